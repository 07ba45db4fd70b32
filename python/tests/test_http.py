"""HTTP requests: what the binding translates, and that the adapters pass on what they receive."""

from __future__ import annotations

import asyncio
import gc
import io
import json
import socket
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import KEYS, png

import userimage
import userimage.asgi
import userimage.wsgi

TARGET = "/api/4/UploadImage/UploadImage?userId=u&DPI=96"
HEADERS = {
    "websiteId": "1001",
    "webApiClientKey": "abc123",
    "Content-Type": "multipart/form-data; boundary=x",
}
ALL = {"files": True, "list": True, "settings": True, "page": True}


def form(file: bytes) -> bytes:
    head = b'--x\r\nContent-Disposition: form-data; name="postedFile"; filename="a.png"\r\n\r\n'
    return head + file + b"\r\n--x--\r\n"


@pytest.fixture
def endpoint() -> Iterator[userimage.Uploader]:
    with userimage.Uploader({"memory": {"base_url": "/"}}, keys=KEYS, http=ALL) as made:
        yield made


def code(response: userimage.HttpResponse) -> tuple[int, str]:
    assert dict(response.headers)["content-length"] == str(len(response.body))
    return response.status, json.loads(response.body)["ErrorCode"]


class Untouchable:
    def read(self, size: int, /) -> bytes:
        raise AssertionError("the body was read")


@pytest.mark.parametrize(
    "body",
    [bytes, bytearray, memoryview, io.BytesIO],
)
def test_every_kind_of_body(endpoint: userimage.Uploader, small: bytes, body: Any) -> None:
    response = endpoint.handle("POST", TARGET, HEADERS, body(form(small)))
    assert code(response) == (200, "")
    assert repr(response) == f"<HttpResponse 200, {len(response.body)} bytes>"
    data = json.loads(response.body)["Data"]
    assert data["DPI"] == 96
    original = endpoint.handle("GET", data["OriginalURL"], {})
    assert (original.status, original.body) == (200, small)
    head = endpoint.handle("HEAD", data["OriginalURL"], {})
    assert (head.status, head.body) == (200, b"")
    assert dict(head.headers)["content-length"] == str(len(small))


@pytest.mark.parametrize(
    "headers",
    [
        HEADERS,
        HEADERS.items(),
        [(name.encode(), value.encode()) for name, value in HEADERS.items()],
        {name.upper(): value for name, value in HEADERS.items()},
    ],
)
def test_every_kind_of_headers(endpoint: userimage.Uploader, small: bytes, headers: Any) -> None:
    assert code(endpoint.handle("POST", TARGET, headers, form(small))) == (200, "")


def test_a_file_is_read_from_where_it_is(endpoint: userimage.Uploader, small: bytes) -> None:
    body = io.BytesIO(b"before" + form(small))
    body.seek(6)
    assert code(endpoint.handle("POST", TARGET, HEADERS, body)) == (200, "")


def test_a_body_is_not_read_needlessly(endpoint: userimage.Uploader) -> None:
    wrong = {**HEADERS, "webApiClientKey": "wrong"}
    assert code(endpoint.handle("POST", TARGET, wrong, Untouchable())) == (401, "226")
    assert code(endpoint.handle("GET", "/nowhere", {}, Untouchable())) == (404, "404")
    long = {**HEADERS, "Content-Length": str(10**12)}
    assert code(endpoint.handle("POST", TARGET, long, Untouchable())) == (413, "262")


def test_a_body_is_read_no_further_than_the_limit() -> None:
    class Endless:
        taken = 0

        def read(self, size: int, /) -> bytes:
            self.taken += size
            return bytes(size)

    with userimage.Uploader(
        {"memory": {"base_url": "/"}}, keys=KEYS, policy={"max_bytes": 1000}
    ) as uploader:
        body = Endless()
        assert code(uploader.handle("POST", TARGET, HEADERS, body)) == (413, "262")
        assert body.taken <= 3 * 1024 * 1024
        receiving = uploader.begin("POST", TARGET, HEADERS)
        assert isinstance(receiving, userimage.BodyReceiver)
        assert receiving.limit == 1000 + 1024 * 1024
        assert receiving.feed(bytes(1000))
        assert not receiving.feed(bytes(receiving.limit))
        assert code(receiving.finish()) == (413, "262")


@pytest.mark.parametrize(
    ("method", "target", "headers"),
    [
        ("GET", "/", {"a": "\u20ac"}),
        ("GET", "/", [("a", "b", "c")]),
    ],
)
def test_a_malformed_argument(
    endpoint: userimage.Uploader, method: str, target: str, headers: Any
) -> None:
    with pytest.raises(ValueError):
        endpoint.handle(method, target, headers)
    with pytest.raises(ValueError):
        endpoint.begin(method, target, headers)


@pytest.mark.parametrize(
    ("method", "target", "headers", "status"),
    [
        ("", TARGET, {}, 405),
        ("GET IT", TARGET, {}, 405),
        ("POST", "", {}, 404),
        ("POST", "/a b", {}, 404),
        ("POST", "/\ud800", {}, 404),
        ("POST", TARGET, {"a b": "c"}, 400),
        ("POST", TARGET, {"": "c"}, 400),
        ("POST", TARGET, {"websiteId": "1001\r\nc: d"}, 400),
        ("POST", TARGET, [(f"x-{number}", "y") for number in range(40_000)], 400),
    ],
)
def test_what_http_does_not_allow_is_answered(
    endpoint: userimage.Uploader, method: str, target: str, headers: Any, status: int
) -> None:
    response = endpoint.handle(method, target, headers)
    assert response.status == status
    assert json.loads(response.body)["Response"] == "Error"


@pytest.mark.parametrize("body", ["text", 5, [b"a"], io.StringIO("text")])
def test_a_body_of_the_wrong_type(endpoint: userimage.Uploader, body: Any) -> None:
    with pytest.raises(TypeError):
        endpoint.handle("POST", TARGET, HEADERS, body)
    receiving = endpoint.begin("POST", TARGET, HEADERS)
    assert isinstance(receiving, userimage.BodyReceiver)
    with pytest.raises(TypeError):
        receiving.feed(body)


def test_headers_must_not_be_numbers(endpoint: userimage.Uploader) -> None:
    with pytest.raises(TypeError):
        endpoint.handle("GET", "/", {"websiteId": 1001})  # type: ignore[dict-item]


def test_a_file_s_error_is_raised(endpoint: userimage.Uploader) -> None:
    class Broken:
        def read(self, size: int, /) -> bytes:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        endpoint.handle("POST", TARGET, HEADERS, Broken())


def test_a_request_is_finished_once(endpoint: userimage.Uploader, small: bytes) -> None:
    receiving = endpoint.begin("POST", TARGET, HEADERS)
    assert isinstance(receiving, userimage.BodyReceiver)
    for byte in form(small):
        assert receiving.feed(bytes([byte]))
    assert code(receiving.finish()) == (200, "")
    for call in (receiving.finish, lambda: receiving.feed(b""), lambda: receiving.limit):
        with pytest.raises(ValueError, match="finished"):
            call()


def test_many_threads_finish_once(endpoint: userimage.Uploader, small: bytes) -> None:
    receiving = endpoint.begin("POST", TARGET, HEADERS)
    assert isinstance(receiving, userimage.BodyReceiver)
    receiving.feed(form(small))
    outcomes: list[object] = []

    def finish() -> None:
        try:
            outcomes.append(receiving.finish().status)
        except ValueError:
            outcomes.append(None)

    threads = [threading.Thread(target=finish) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, outcomes)) == ["200"] + ["None"] * 7


def test_a_request_outlives_its_uploader(small: bytes) -> None:
    class Shop:
        uploader: Any

        def store(self, image: userimage.NewImage) -> userimage.StoredImage:
            return image.stored(1, photo_code="1", original_url="o", standard_url="s")

    shop = Shop()
    # A cycle, which the collector must not break while a request is being received.
    shop.uploader = userimage.Uploader(shop, keys=KEYS)
    receiving = shop.uploader.begin("POST", TARGET, HEADERS)
    alive = weakref.ref(shop)
    del shop
    gc.collect()
    receiving.feed(form(small))
    assert code(receiving.finish()) == (200, "")
    del receiving
    gc.collect()
    assert alive() is None


def test_a_closed_uploader_answers_nothing(endpoint: userimage.Uploader) -> None:
    endpoint.close()
    with pytest.raises(ValueError, match="closed"):
        endpoint.handle("GET", "/", {})
    with pytest.raises(ValueError, match="closed"):
        endpoint.begin("GET", "/", {})


def test_wrong_options(tmp_path: Path) -> None:
    for http in ({"prefix": "shop"}, {"file": True}, {"files": "yes"}, 5):
        with pytest.raises(userimage.ConfigError):
            userimage.Uploader(tmp_path, keys=KEYS, http=http)  # type: ignore[arg-type]


ORIGIN = "https://shop.example"
PREFLIGHT = {
    "Origin": ORIGIN,
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "websiteid,webapiclientkey",
}
ALLOWED = {
    "access-control-allow-origin": ORIGIN,
    "access-control-allow-headers": "websiteid,webapiclientkey",
    "access-control-allow-methods": "POST, OPTIONS",
}


@pytest.fixture
def shared() -> Iterator[userimage.Uploader]:
    http: Any = {"origins": [ORIGIN], "explain": True, "max_parts": 2}
    with userimage.Uploader({"memory": {"base_url": "/"}}, keys=KEYS, http=http) as made:
        yield made


def test_pages_of_the_configured_origins(shared: userimage.Uploader, small: bytes) -> None:
    response = shared.handle("OPTIONS", TARGET, PREFLIGHT)
    assert (response.status, response.body) == (204, b"")
    assert ALLOWED.items() <= dict(response.headers).items()
    response = shared.handle("POST", TARGET, {**HEADERS, "Origin": ORIGIN}, form(small))
    assert code(response) == (200, "")
    assert dict(response.headers)["access-control-allow-origin"] == ORIGIN
    response = shared.handle(
        "POST", TARGET, {**HEADERS, "Origin": "https://evil.example"}, form(small)
    )
    assert "access-control-allow-origin" not in dict(response.headers)


def test_a_preflight_through_wsgi(shared: userimage.Uploader) -> None:
    variables = {
        f"HTTP_{name.upper().replace('-', '_')}": value for name, value in PREFLIGHT.items()
    }
    answers: list[Any] = []
    application = userimage.wsgi.application(shared)
    body = application(
        environ("OPTIONS", TARGET, b"", **variables),
        lambda status, headers, exc_info=None: answers.append((status, headers)),  # type: ignore[arg-type]
    )
    (status, headers) = answers[0]
    assert (status, b"".join(body)) == ("204 No Content", b"")
    assert ALLOWED.items() <= dict(headers).items()


def test_refusals_are_explained(shared: userimage.Uploader, small: bytes) -> None:
    part = form(small)[: -len(b"--x--\r\n")]
    response = shared.handle("POST", TARGET, HEADERS, part * 2 + form(small))
    assert code(response) == (400, "262")
    headers = dict(response.headers)
    assert headers["x-upload-error"] == "malformed_form"
    assert headers["x-upload-reason"] == "the form has more than 2 parts"


def environ(method: str, path: str, body: bytes = b"", **more: Any) -> dict[str, Any]:
    path, _, query = path.partition("?")
    return {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "CONTENT_TYPE": HEADERS["Content-Type"],
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_WEBSITEID": "1001",
        "HTTP_WEBAPICLIENTKEY": "abc123",
        "wsgi.input": io.BytesIO(body),
        **more,
    }


def wsgi(uploader: userimage.Uploader, environ: dict[str, Any]) -> tuple[str, Any, bytes]:
    started: list[Any] = []
    body = b"".join(
        userimage.wsgi.application(uploader)(environ, lambda *line: started.append(line))  # type: ignore[arg-type,return-value]
    )
    ((status, headers),) = started
    return status, dict(headers), body


def test_wsgi(endpoint: userimage.Uploader, small: bytes) -> None:
    body = form(small)
    status, headers, answer = wsgi(endpoint, environ("POST", TARGET, body))
    assert (status, headers["content-type"]) == ("200 OK", "application/json; charset=utf-8")
    assert json.loads(answer)["Data"]["Width"] == 4

    # Mounted, and with paths that HTTP does not allow.
    mounted = environ(
        "POST", TARGET, body, SCRIPT_NAME="/api/4", PATH_INFO="/UploadImage/UploadImage"
    )
    assert wsgi(endpoint, mounted)[0] == "200 OK"
    for path in ("/\xc3\xa9 \x00?", "", "//", "/%2e%2e/\xff"):
        assert wsgi(endpoint, environ("GET", "/", PATH_INFO=path))[0] in ("404 Not Found", "200 OK")
    odd = environ("POST", TARGET, body, QUERY_STRING="userId=\xc3\xa9 \x7f\x00&%zz")
    status, headers, answer = wsgi(endpoint, odd)
    assert (status, json.loads(answer)["ErrorCode"]) == ("400 Bad Request", "261")

    # Up to its length; to its end where the server marks it; and not at all without either.
    assert (
        wsgi(
            endpoint,
            environ(
                "POST",
                TARGET,
                CONTENT_LENGTH=str(len(body)),
                **{"wsgi.input": io.BytesIO(body + b"next")},
            ),
        )[0]
        == "200 OK"
    )
    chunked = {"wsgi.input_terminated": True, "wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": ""}
    assert wsgi(endpoint, environ("POST", TARGET, **chunked))[0] == "200 OK"
    for length in ("", "no", "-1", "9" * 5000):
        unknown = {"CONTENT_LENGTH": length, "wsgi.input": Untouchable()}
        assert wsgi(endpoint, environ("POST", TARGET, **unknown))[0].startswith("4")

    class Cut:
        def __init__(self) -> None:
            self.left = [body[:50], body[50:100]]

        def read(self, size: int, /) -> bytes:
            if not self.left:
                raise ConnectionResetError
            return self.left.pop(0)

    class Failing:
        def __init__(self, error: Exception) -> None:
            self.error = error

        def read(self, size: int, /) -> bytes:
            raise self.error

    # A truncated body is an error, even if its form is complete.
    for source, expected in (
        (Cut(), (400, "400")),
        (io.BytesIO(body), (400, "400")),
        (Failing(OSError("a chunk has no size")), (400, "262")),
        (Failing(socket.timeout()), (408, "408")),
        (Failing(TimeoutError()), (408, "408")),
    ):
        cut = {"wsgi.input": source, "CONTENT_LENGTH": str(len(body) + 1)}
        status, headers, answer = wsgi(endpoint, environ("POST", TARGET, **cut))
        assert headers["content-type"] == "application/json; charset=utf-8"
        assert (int(status[:3]), json.loads(answer)["ErrorCode"]) == expected
    chunked = {"wsgi.input_terminated": True, "wsgi.input": Cut(), "CONTENT_LENGTH": ""}
    assert wsgi(endpoint, environ("POST", TARGET, **chunked))[0] == "400 Bad Request"
    assert wsgi(endpoint, environ("G T", TARGET))[0] == "405 Method Not Allowed"
    assert wsgi(endpoint, environ("GET", "/", HTTP_A="b\nc"))[0] == "200 OK"
    endpoint.close()
    with pytest.raises(ValueError, match="closed"):
        wsgi(endpoint, environ("GET", "/"))


def asgi(
    uploader: userimage.Uploader, scope: dict[str, Any], events: list[dict[str, Any]]
) -> list[Any]:
    sent: list[Any] = []

    async def receive() -> Any:
        return events.pop(0)

    async def send(event: Any) -> None:
        sent.append(event)

    asyncio.run(userimage.asgi.application(uploader)(scope, receive, send))
    return sent


def scope(method: str, target: str, **more: Any) -> dict[str, Any]:
    path, _, query = target.partition("?")
    headers = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
    return {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": headers,
        **more,
    }


def test_asgi(endpoint: userimage.Uploader, small: bytes) -> None:
    body = form(small)
    pieces: list[dict[str, Any]] = [
        {"type": "http.request", "body": body[at : at + 100], "more_body": True}
        for at in range(0, len(body), 100)
    ]
    for more in ({}, {"raw_path": None}):
        events = [*pieces, {"type": "http.request"}]
        start, answer = asgi(endpoint, scope("POST", TARGET, **more), events)
        assert (start["status"], events) == (200, [])
        assert json.loads(answer["body"])["Data"]["Width"] == 4
    # A client that disconnects gets no answer, and nothing is stored.
    listed = "/api/4/UploadImage/GetUserUploadedList?userId=u"
    assert asgi(endpoint, scope("POST", TARGET), [*pieces, {"type": "http.disconnect"}]) == []
    _, answer = asgi(endpoint, scope("GET", listed), [])
    assert json.loads(answer["body"])["Data"]["AssetCount"] == 2
    # The body is not received needlessly.
    start, _ = asgi(endpoint, scope("POST", TARGET, headers=[]), [])
    assert start["status"] == 400
    start, _ = asgi(endpoint, scope("G T", TARGET), [])
    assert start["status"] == 405
    start, _ = asgi(endpoint, scope("GET", "/é \x00", query_string=b"\xff #"), [])
    assert start["status"] == 404
    assert asgi(
        endpoint,
        {"type": "lifespan"},
        [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}],
    ) == [{"type": "lifespan.startup.complete"}, {"type": "lifespan.shutdown.complete"}]
    assert asgi(endpoint, {"type": "websocket"}, [{"type": "websocket.connect"}]) == [
        {"type": "websocket.close"}
    ]


def test_asgi_cancelled(endpoint: userimage.Uploader) -> None:
    async def run() -> None:
        async def receive() -> Any:
            await asyncio.sleep(60)

        async def send(event: Any) -> None:
            raise AssertionError(event)

        app = userimage.asgi.application(endpoint)
        task = asyncio.ensure_future(app(scope("POST", TARGET), receive, send))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(run())


def test_the_gil_is_free_while_a_request_is_answered() -> None:
    inside, outside = threading.Event(), threading.Event()

    class Slow:
        def store(self, image: userimage.NewImage) -> userimage.StoredImage:
            inside.set()
            assert outside.wait(20)
            return image.stored(1, photo_code="1", original_url="o", standard_url="s")

    uploader = userimage.Uploader(Slow(), keys=KEYS)
    done: list[int] = []
    thread = threading.Thread(
        target=lambda: done.append(uploader.handle("POST", TARGET, HEADERS, form(png(9, 9))).status)
    )
    thread.start()
    assert inside.wait(20)
    # Another thread gets its answer meanwhile.
    assert uploader.handle("GET", "/", {}).status == 404
    outside.set()
    thread.join(20)
    assert done == [200]


def test_an_interrupt_of_the_host_is_raised(small: bytes) -> None:
    class Shop:
        def store(self, image: userimage.NewImage) -> userimage.StoredImage:
            raise KeyboardInterrupt

    class Door:
        def knows(self, website_id: int) -> bool:
            raise SystemExit(3)

        def accepts(self, website_id: int, client_key: str) -> bool:
            return True

    uploader = userimage.Uploader(Shop(), keys=KEYS)
    with pytest.raises(KeyboardInterrupt):
        uploader.handle("POST", TARGET, HEADERS, form(small))
    closed = userimage.Uploader(Shop(), authentication=Door())
    with pytest.raises(SystemExit):
        closed.begin("POST", TARGET, HEADERS)
    # The exception is not kept.
    assert uploader.handle("GET", "/", {}).status == 404
