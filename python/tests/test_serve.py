"""``userimage serve``: how long it waits for clients. What it answers is tested with other hosts in tests/hosts."""

from __future__ import annotations

import contextlib
import json
import logging
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any, Callable

import pytest
from conftest import png

import userimage
from userimage import _serve

HEAD = (
    "POST /api/4/UploadImage/UploadImage?userId=u HTTP/1.1\r\nHost: x\r\nwebsiteId: 1001\r\n"
    "webApiClientKey: abc123\r\nContent-Type: multipart/form-data; boundary=x\r\n"
)
PART = b"--x\r\nContent-Disposition: form-data; name=postedFile; filename=a.png\r\n\r\n"
CONFIG = {
    "storage": {"memory": {"base_url": "/"}},
    "authentication": "keys",
    "websites": [{"id": 1001, "keys": ["abc123"]}],
    "http": {"files": True},
}

Connect = Callable[[], socket.socket]


@contextlib.contextmanager
def serving() -> Iterator[_serve.Server]:
    uploader = userimage.Uploader._for_server(json.dumps(CONFIG))
    with _serve.Server("127.0.0.1", 0) as server, uploader:
        server.uploader = uploader
        thread = threading.Thread(target=server.run)
        thread.start()
        yield server
        server.stop()
        thread.join(60)
        assert not thread.is_alive()


@pytest.fixture
def served() -> Iterator[_serve.Server]:
    with serving() as server:
        yield server


@pytest.fixture
def connect(served: _serve.Server) -> Iterator[Connect]:
    opened: list[socket.socket] = []

    def connect() -> socket.socket:
        connection = socket.create_connection(served.server_address[:2], 60)
        opened.append(connection)
        return connection

    yield connect
    for connection in opened:
        connection.close()


def answer(connection: socket.socket) -> tuple[int, dict[str, str], Any]:
    """Read one answer: status, headers and envelope."""
    with connection.makefile("rb") as file:
        status = int(file.readline().split()[1])
        headers: dict[str, str] = {}
        while line := file.readline().strip():
            name, _, value = line.decode().lower().partition(": ")
            headers[name] = value
        body = file.read(int(headers["content-length"]))
    return status, headers, json.loads(body)


def upload(connection: socket.socket, file: bytes) -> tuple[int, dict[str, str], Any]:
    body = PART + file + b"\r\n--x--\r\n"
    connection.sendall(f"{HEAD}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    return answer(connection)


def test_a_connection_is_kept_until_it_sends_nothing(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_serve, "_HEAD_SECONDS", 1)
    silent, half, kept = connect(), connect(), connect()
    half.sendall(HEAD[:50].encode())
    for _ in range(3):
        status, headers, _ = upload(kept, png(4, 4))
        assert (status, headers.get("connection")) == (200, None)
    start = time.monotonic()
    assert [connection.recv(1) for connection in (silent, half, kept)] == [b"", b"", b""]
    assert time.monotonic() - start < 10


@pytest.mark.parametrize(
    "body", ["Content-Length: 99\r\n\r\n--", "Transfer-Encoding: chunked\r\n\r\n2\r\n--\r\n"]
)
def test_a_body_that_stalls(connect: Connect, monkeypatch: pytest.MonkeyPatch, body: str) -> None:
    monkeypatch.setattr(_serve, "_PIECE_SECONDS", 1)
    connection = connect()
    connection.sendall(f"{HEAD}{body}".encode())
    status, headers, envelope = answer(connection)
    assert (status, envelope["ErrorCode"], headers["connection"]) == (408, "408", "close")


def test_a_body_that_trickles(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_serve, "_BODY_SECONDS", 1)
    connection = connect()
    connection.sendall(f"{HEAD}Content-Length: 999\r\n\r\n".encode())
    start = time.monotonic()
    while time.monotonic() < start + 1.5:
        connection.sendall(b"-")
        time.sleep(0.1)
    assert answer(connection)[0] == 408


@pytest.mark.parametrize(
    "body",
    [b"zz\r\n", b"\r\n", b"5 5\r\n", b"3\r\nabcd\r\n", b"3\n", b"0" * 300, b"0\r\n" + b"a" * 9000],
)
def test_chunks_that_are_not_valid(connect: Connect, body: bytes) -> None:
    connection = connect()
    connection.sendall(f"{HEAD}Transfer-Encoding: chunked\r\n\r\n".encode() + body)
    status, headers, envelope = answer(connection)
    assert (status, envelope["ErrorCode"], headers["connection"]) == (400, "262", "close")


def test_a_client_that_reads_nothing(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_serve, "_SEND_SECONDS", 1)
    stored = upload(connect(), png(4, 4) + bytes(20_000_000))
    connection = connect()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.sendall(
        f"GET {stored[2]['Data']['OriginalURL']} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    )
    time.sleep(3)
    got = 0
    with contextlib.suppress(ConnectionError):
        while piece := connection.recv(1 << 20):
            got += len(piece)
    assert got < 20_000_000


def test_the_clients_that_are_waited_for_longest_make_room(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_serve, "_CONNECTIONS", 3)
    monkeypatch.setattr(_serve, "_PATIENCE_SECONDS", 1)
    with serving() as server:
        silent = [socket.create_connection(server.server_address[:2], 60) for _ in range(10)]
        with socket.create_connection(server.server_address[:2], 60) as connection:
            assert upload(connection, png(4, 4))[0] == 200
        assert silent[0].recv(1) == b""
        for connection in silent:
            connection.close()


def test_invalid_http_gets_an_envelope(connect: Connect) -> None:
    for lines, expected in (
        (b"GET\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nContent-Length: +1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 400),
        (b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 200 + b"\r\n", 431),
        (b"BREW / HTTP/1.1\r\n\r\n", 501),
    ):
        connection = connect()
        connection.sendall(lines)
        status, headers, envelope = answer(connection)
        assert (status, envelope["ErrorCode"]) == (expected, str(expected)), lines[:60]
        assert headers["content-type"] == "application/json; charset=utf-8"


def test_requests_that_follow_each_other(connect: Connect) -> None:
    body = PART + png(4, 4) + b"\r\n--x--\r\n"
    one = f"{HEAD}Content-Length: {len(body)}\r\n\r\n".encode() + body
    connection = connect()
    connection.sendall(one * 3 + b"GET /health HTTP/1.1\r\nConnection: close\r\n\r\n")
    data = b""
    while piece := connection.recv(65536):
        data += piece
    assert data.count(b"HTTP/1.1 200 OK\r\n") == 4
    assert data.endswith(b"\r\n\r\nok\n")


def test_clients_faults_are_not_errors(connect: Connect, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "userimage")
    connection = connect()
    connection.sendall(f"{HEAD}X-Request-Id: abc-1\r\nContent-Length: 99\r\n\r\n--x".encode())
    connection.close()
    deadline = time.monotonic() + 20
    while "upload abandoned" not in caplog.text and time.monotonic() < deadline:
        time.sleep(0.05)
    [record] = [record for record in caplog.records if "upload abandoned" in record.message]
    assert record.levelno == logging.DEBUG
    fields = record.__dict__["userimage"]
    assert fields == {"website": 1001, "request_id": "abc-1", "client": "127.0.0.1"}
    assert all(record.levelno < logging.WARNING for record in caplog.records)


def test_a_socket_is_taken_only_if_it_is_passed_to_this_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LISTEN_FDS", "1")
    monkeypatch.setenv("LISTEN_PID", "1")
    assert _serve._passed_socket() is None
