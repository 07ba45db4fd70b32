"""The servers that operators run, the Rust example and ``userimage serve``: configured, watched, restarted."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Optional

import pytest
import requests
import requests.adapters
import userimage
from hosts import FIXTURES, ROOT, SERVER, SERVERS, UPLOAD, Host, free_port, running

# Small: the servers are tested here, not the rendition.
PHOTO = FIXTURES / "png-rgb8.png"
HEADERS = {"websiteId": "1001", "webApiClientKey": "abc123"}
TARGET = f"{UPLOAD}?userId=12345"

EACH = pytest.mark.parametrize(
    "name",
    [
        "serve",
        pytest.param(
            "server",
            marks=pytest.mark.skipif(
                not SERVER.exists(), reason=f"the server is not built: {SERVER}"
            ),
        ),
    ],
)

CONFIG: dict[str, Any] = {
    "storage": {"local": {"path": "data", "base_url": "https://img.example/shop/"}},
    "authentication": "keys",
    "websites": [
        {"id": 1001, "keys": {"env": "SHOP_KEYS"}},
        {"id": 1002, "keys": ["xyz"], "policy": {"formats": ["jpeg"]}},
    ],
    "http": {
        "prefix": "/shop",
        "files": True,
        "list": True,
        "cache_control": "public, max-age=31536000, immutable",
        "trusted_proxies": ["127.0.0.1"],
    },
}


@contextlib.contextmanager
def server(name: str, folder: Path, config: Optional[Any] = None, *more: str) -> Iterator[Host]:
    """Runs a server with a configuration, or as the demonstration."""
    port = free_port()
    command = [*SERVERS[name], "--listen", f"127.0.0.1:{port}", *more]
    if config is None:
        command += ["--store", "data"]
    else:
        (folder / "userimage.json").write_text(json.dumps(config))
        command += ["--config", "userimage.json"]
    with running(command, port, folder / "log", {"SHOP_KEYS": "abc123 next-key"}) as host:
        yield host


def head(length: str, target: str = TARGET) -> bytes:
    return (
        f"POST {target} HTTP/1.1\r\nHost: x\r\nwebsiteId: 1001\r\nwebApiClientKey: abc123\r\n"
        f"Content-Type: multipart/form-data; boundary=x\r\n{length}\r\n\r\n"
    ).encode()


def form(file: bytes) -> bytes:
    part = b"--x\r\nContent-Disposition: form-data; name=postedFile; filename=a.png\r\n\r\n"
    return part + file + b"\r\n--x--\r\n"


def connect(host: Host) -> socket.socket:
    return socket.create_connection(("127.0.0.1", host.port), 60)


def answer(connection: socket.socket) -> tuple[int, dict[str, str], bytes]:
    """Reads to the end of the connection."""
    data = b""
    while piece := connection.recv(65536):
        data += piece
    first, _, body = data.partition(b"\r\n\r\n")
    status, *lines = first.decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines)
    return int(status.split()[1]), headers, body


def upload(host: Host, headers: dict[str, str], target: str = TARGET) -> requests.Response:
    with open(PHOTO, "rb") as file:
        return requests.post(
            host.url(target), headers=headers, files={"postedFile": file}, timeout=60
        )


@EACH
def test_a_configuration(name: str, tmp_path: Path) -> None:
    with server(name, tmp_path, CONFIG) as host:
        target = f"/shop{TARGET}"
        for key in ("abc123", "next-key"):
            stored = upload(host, {**HEADERS, "webApiClientKey": key}, target)
            assert stored.status_code == 200, stored.text
        assert (
            upload(host, {**HEADERS, "webApiClientKey": "abc123 next-key"}, target).status_code
            == 400
        )
        assert (
            upload(host, {"websiteId": "1002", "webApiClientKey": "abc123"}, target).status_code
            == 401
        )
        refused = upload(host, {"websiteId": "1002", "webApiClientKey": "xyz"}, target)
        assert (refused.status_code, refused.json()["ErrorCode"]) == (400, "262")
        url = stored.json()["Data"]["OriginalURL"]
        assert url.startswith("https://img.example/shop/original/")
        file = requests.get(host.url(url[len("https://img.example") :]), timeout=60)
        assert (file.status_code, file.content) == (200, PHOTO.read_bytes())
        assert file.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert requests.get(host.url("/"), timeout=60).status_code == 404
        assert requests.get(host.url("/shop/health"), timeout=60).status_code == 404


@EACH
def test_a_base_url_of_the_command(name: str, tmp_path: Path) -> None:
    for config, target in ((None, TARGET), (CONFIG, f"/shop{TARGET}")):
        with server(name, tmp_path, config, "--base-url", "https://cdn.example/x") as host:
            url = upload(host, HEADERS, target).json()["Data"]["OriginalURL"]
            assert url.startswith("https://cdn.example/x/original/")


@EACH
def test_a_wrong_configuration_is_named(name: str, tmp_path: Path) -> None:
    config = tmp_path / "userimage.json"
    for text, expected in (
        (json.dumps(CONFIG), "SHOP_KEYS"),
        (json.dumps({"x": 1}), "x: the key is not known"),
        ("{", "not a JSON document"),
    ):
        config.write_text(text)
        done = subprocess.run(
            [*SERVERS[name], "--listen", "127.0.0.1:0", "--config", str(config)],
            capture_output=True,
            encoding="utf-8",
            timeout=60,
        )
        assert done.returncode != 0
        assert expected in done.stderr
        assert "Traceback" not in done.stderr


@EACH
def test_health_and_metrics(name: str, tmp_path: Path) -> None:
    with server(name, tmp_path, CONFIG) as host:
        for path in ("/health", "/ready"):
            response = requests.get(host.url(path), timeout=60)
            assert (response.status_code, response.text) == (200, "ok\n")
        target = f"/shop{TARGET}"
        assert upload(host, HEADERS, target).status_code == 200
        assert upload(host, {**HEADERS, "webApiClientKey": "wrong"}, target).status_code == 401
        response = requests.get(host.url("/metrics"), timeout=60)
        assert response.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        lines = response.text.splitlines()
        for line in (
            'userimage_uploads_total{result="stored",kind=""} 1',
            'userimage_uploads_total{result="refused",kind="refused_client_key"} 1',
            f'userimage_upload_bytes_total{{result="stored"}} {PHOTO.stat().st_size}',
            'userimage_upload_step_seconds_count{step="rendition"} 1',
            "userimage_uploads_in_flight 0",
            "# TYPE userimage_storage_errors_total counter",
        ):
            assert line in lines, response.text
    off = {**CONFIG, "http": {"health": False, "metrics": False}}
    with server(name, tmp_path, off) as host:
        for path in ("/health", "/ready", "/metrics"):
            assert requests.get(host.url(path), timeout=60).status_code == 404


@EACH
def test_each_event_names_its_request_and_its_client(name: str, tmp_path: Path) -> None:
    with server(name, tmp_path, CONFIG) as host:
        target = f"/shop{TARGET}"
        forwarded = {"X-Request-Id": "abc-1", "X-Forwarded-For": "6.6.6.6, 203.0.113.7"}
        stored = upload(host, {**HEADERS, **forwarded}, target)
        assert stored.headers["X-Request-Id"] == "abc-1"
        made = upload(host, {**HEADERS, "webApiClientKey": "wrong"}, target).headers["X-Request-Id"]
        assert re.fullmatch("[0-9a-f]{32}", made)
    log = host.log.read_text()
    [line] = [line for line in log.splitlines() if "image stored" in line]
    assert "abc-1" in line
    assert "203.0.113.7" in line
    assert "6.6.6.6" not in line
    [line] = [line for line in log.splitlines() if "upload refused" in line]
    assert made in line
    assert "127.0.0.1" in line
    assert "\x1b" not in log
    assert "12345" not in log
    assert "abc123" not in log

    # Not behind a trusted proxy.
    with server(name, tmp_path, {**CONFIG, "http": {}}) as host:
        upload(host, {**HEADERS, **forwarded})
    assert "203.0.113.7" not in host.log.read_text().replace(log, "")


@EACH
def test_faults_of_clients_are_no_errors(name: str, tmp_path: Path) -> None:
    body = form(PHOTO.read_bytes())
    with server(name, tmp_path, None, "--log", "debug") as host:
        for chunks in (b"zz\r\n", b"3\r\nabcX\r\n", b"-1\r\n\r\n", b"3\nabc\n"):
            with connect(host) as connection:
                connection.sendall(head("Transfer-Encoding: chunked") + chunks)
                status, headers, text = answer(connection)
                assert (status, json.loads(text)["ErrorCode"]) == (400, "262"), chunks
                assert headers["content-type"] == "application/json; charset=utf-8"
        # Some go away in the middle, with and without a reset.
        for number in range(6):
            with connect(host) as connection:
                sent = ("Content-Length: 99999", "Transfer-Encoding: chunked")[number % 2]
                connection.sendall(head(sent) + b"1000\r\n" + body[:500])
                if number % 3 == 0:
                    linger = struct.pack("ii", 1, 0)
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        # One only sends no more, and reads.
        with connect(host) as connection:
            connection.sendall(head("Content-Length: 99999") + body[:500])
            connection.shutdown(socket.SHUT_WR)
            assert answer(connection)[0] == 400
        # The head itself may be wrong.
        for lines in (
            b"GET\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
            b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n",
            b"GET / HTTP/1.1\r\nA: " + b"a" * 100_000 + b"\r\n\r\n",
        ):
            with connect(host) as connection:
                with contextlib.suppress(OSError):
                    connection.sendall(lines)
                    status, _, text = answer(connection)
                    assert 400 <= status < 500, (lines[:40], status)
        assert upload(host, HEADERS).status_code == 200
        deadline = time.monotonic() + 20
        while host.log.read_text().count("upload abandoned") < 7 and time.monotonic() < deadline:
            time.sleep(0.1)
    log = host.log.read_text()
    assert log.count("upload abandoned") == 7, log
    assert "ERROR" not in log, log


@EACH
def test_a_chunked_body(name: str, tmp_path: Path) -> None:
    body = form(PHOTO.read_bytes())
    with server(name, tmp_path) as host:
        with connect(host) as connection:
            connection.sendall(head("Connection: close\r\nTransfer-Encoding: chunked"))
            for at in range(0, len(body), 7000):
                piece = body[at : at + 7000]
                connection.sendall(b"%x;a=b\r\n%s\r\n" % (len(piece), piece))
            connection.sendall(b"0\r\nX-Trailer: 1\r\n\r\n")
            status, _, text = answer(connection)
            assert status == 200, text
        with connect(host) as connection:
            connection.sendall(head("Transfer-Encoding: chunked\r\nContent-Length: 5"))
            # Never both: 400, or the length is ignored and the connection closed.
            connection.sendall(b"0\r\n\r\n")
            assert answer(connection)[0] == 400


def peak(host: Host) -> float:
    """The peak memory of the process, in MiB."""
    status = Path(f"/proc/{host.process.pid}/status").read_text()
    return int(re.search(r"^VmHWM:\s+(\d+)", status, re.M)[1]) / 1024  # type: ignore[index]


@EACH
def test_500_clients_that_read_nothing(name: str, tmp_path: Path) -> None:
    """They ask for a file of 20 MB. The others are served, memory is bounded, and they are disconnected."""
    with server(name, tmp_path) as host:
        large = PHOTO.read_bytes() + bytes(20_000_000)
        stored = requests.post(
            host.url(TARGET), headers=HEADERS, files={"postedFile": large}, timeout=60
        )
        path = stored.json()["Data"]["OriginalURL"].partition(f":{host.port}")[2]
        before = peak(host)
        silent = []
        start = time.monotonic()
        for number in range(500):
            connection = socket.socket()
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.connect(("127.0.0.1", host.port))
            part = "Range: bytes=5-\r\n" if number % 2 else ""
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n{part}\r\n".encode())
            silent.append(connection)
        time.sleep(2)
        for _ in range(3):
            assert upload(host, HEADERS).status_code == 200
        took = time.monotonic() - start
        after = peak(host)
        print(
            f"{name}: peak {before:.0f} MiB before, {after:.0f} MiB with 500; uploads after {took:.1f} s"
        )
        assert after < 200
        # Each is disconnected: what the system has buffered is all that it gets.
        deadline = time.monotonic() + 90
        for connection in silent:
            connection.settimeout(max(1.0, deadline - time.monotonic()))
            got = 0
            with contextlib.suppress(ConnectionError):
                time.sleep(max(0.0, start + 45 - time.monotonic()))
                while piece := connection.recv(1 << 20):
                    got += len(piece)
            assert got < 20_000_000
            connection.close()
        assert peak(host) < 200


@EACH
def test_nothing_in_flight_is_lost(name: str, tmp_path: Path) -> None:
    body = form(PHOTO.read_bytes())
    with server(name, tmp_path) as host, connect(host) as connection:
        connection.sendall(head(f"Content-Length: {len(body)}") + body[:1000])
        time.sleep(0.5)
        host.process.terminate()
        end = time.monotonic() + 10
        while True:
            try:
                connect(host).close()
            except ConnectionError:
                break
            assert time.monotonic() < end, "new connections are still accepted"
            time.sleep(0.05)
        time.sleep(1.5)
        connection.sendall(body[1000:])
        status, headers, text = answer(connection)
        assert status == 200, text
        assert headers["connection"] == "close"
        assert host.process.wait(20) == 0
        with userimage.Uploader(
            tmp_path / "data", base_url="/", authentication="already_checked"
        ) as uploader:
            assert uploader.find(1001, json.loads(text)["Data"]["Id"]) is not None


class Uploads:
    """Clients that upload one file after the other until they are stopped."""

    def __init__(self, port: int, clients: int) -> None:
        self.port = port
        self.ids: list[int] = []
        self.lost: list[str] = []
        self.refused = 0
        self.done = threading.Event()
        self.threads = [threading.Thread(target=self.run) for _ in range(clients)]
        for thread in self.threads:
            thread.start()

    def run(self) -> None:
        body = form(PHOTO.read_bytes())
        request = head(f"Connection: close\r\nContent-Length: {len(body)}") + body
        while not self.done.is_set():
            try:
                connection = socket.create_connection(("127.0.0.1", self.port), 60)
            except (ConnectionRefusedError, ConnectionResetError):
                # No server, or one that ended while it connected: the client has sent nothing, and tries again.
                self.refused += 1
                time.sleep(0.05)
                continue
            try:
                with connection:
                    connection.sendall(request)
                    status, _, text = answer(connection)
                    assert status == 200, text
                    self.ids.append(json.loads(text)["Data"]["Id"])
            except Exception as error:
                self.lost.append(repr(error))

    def stop(self) -> None:
        self.done.set()
        for thread in self.threads:
            thread.join()


def check(uploads: Uploads, folder: Path) -> None:
    assert not uploads.lost, (len(uploads.lost), len(uploads.ids), uploads.lost[:5])
    assert len({*uploads.ids}) == len(uploads.ids) > 20
    with userimage.Uploader(folder, base_url="/", authentication="already_checked") as uploader:
        stored = {image.id for image in uploader.iter_images(1001, "12345")}
    assert stored == {*uploads.ids}


@EACH
def test_restarts_under_load(name: str, tmp_path: Path) -> None:
    """Each server is ended by SIGTERM and the next one started at the same port."""
    port = free_port()
    command = [*SERVERS[name], "--listen", f"127.0.0.1:{port}", "--store", "data"]
    uploads = None
    try:
        for _ in range(4):
            with running(command, port, tmp_path / "log", {}) as host:
                uploads = uploads or Uploads(port, 8)
                time.sleep(1.5)
                host.process.terminate()
                assert host.process.wait(30) == 0
    finally:
        if uploads:
            time.sleep(0.5)
            uploads.stop()
    assert uploads
    check(uploads, tmp_path / "data")
    assert uploads.refused > 0


# Gives the listening socket to a server as systemd does, in the process that becomes the server.
PASSING = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.set_inheritable(3, True)
os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
os.execvp(sys.argv[2], sys.argv[2:])
"""


@EACH
def test_restarts_with_a_socket_that_stays_open(name: str, tmp_path: Path) -> None:
    """As with systemd's socket activation: clients do not notice that the server is another one."""
    with (
        socket.create_server(("127.0.0.1", 0), backlog=4096) as listener,
        open(tmp_path / "log", "ab") as log,
    ):
        # The address of the command is not used.
        server = [*SERVERS[name], "--listen", "127.0.0.1:1", "--store", "data"]
        passed = listener.fileno()
        command = [sys.executable, "-c", PASSING, str(passed), *server]
        uploads = Uploads(listener.getsockname()[1], 8)
        processes: list[subprocess.Popen[bytes]] = []
        try:
            for _ in range(5):
                process = subprocess.Popen(
                    command, cwd=tmp_path, stdout=log, stderr=log, pass_fds=[passed]
                )
                processes.append(process)
                time.sleep(2)
                if len(processes) == 5:
                    uploads.stop()
                process.terminate()
                assert process.wait(30) == 0
        finally:
            for process in processes:
                process.kill()
            uploads.stop()
    check(uploads, tmp_path / "data")
    assert uploads.refused == 0


NGINX_CONF = ROOT / "core" / "examples" / "server" / "nginx.conf"


@contextlib.contextmanager
def nginx(folder: Path, upstream: int) -> Iterator[int]:
    """Runs nginx as it is configured for the servers, at a port of its own."""
    port = free_port()
    text = NGINX_CONF.read_text()
    for old, new in (
        ("listen 80 ", f"listen 127.0.0.1:{port} "),
        ("127.0.0.1:8080", f"127.0.0.1:{upstream}"),
    ):
        assert old in text
        text = text.replace(old, new)
    (folder / "nginx.conf").write_text(text)
    command = ["nginx", "-p", str(folder), "-c", "nginx.conf", "-g", "daemon off;"]
    with running(command, port, folder / "nginx.log", {}):
        yield port


@pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed")
@EACH
def test_restarts_behind_nginx(name: str, tmp_path: Path) -> None:
    """Two websites behind nginx, a page of another origin, restarts under load, and the metrics: as docs/http.md has it."""
    config = {
        **CONFIG,
        "http": {**CONFIG["http"], "prefix": "", "origins": ["https://shop.example"]},
    }
    (tmp_path / "userimage.json").write_text(json.dumps(config))
    jpeg = FIXTURES / "jpeg-progressive-gray.jpg"
    wanted = {1001: ("abc123", PHOTO), 1002: ("xyz", jpeg)}
    with (
        socket.create_server(("127.0.0.1", 0), backlog=4096) as listener,
        open(tmp_path / "log", "ab") as log,
        nginx(tmp_path, listener.getsockname()[1]) as port,
    ):
        address = f"http://127.0.0.1:{port}"
        passed = listener.fileno()
        command = [sys.executable, "-c", PASSING, str(passed), *SERVERS[name]]
        command += ["--config", "userimage.json"]
        environment = {**os.environ, "SHOP_KEYS": "abc123"}

        def start() -> subprocess.Popen[bytes]:
            return subprocess.Popen(
                command, cwd=tmp_path, env=environment, stdout=log, stderr=log, pass_fds=[passed]
            )

        done = threading.Event()
        stored: dict[int, list[int]] = {1001: [], 1002: []}
        lost: list[str] = []

        def upload_all(website: int) -> None:
            key, photo = wanted[website]
            headers = {"websiteId": str(website), "webApiClientKey": key}
            headers["Origin"] = "https://shop.example"
            while not done.is_set():
                try:
                    response = requests.post(
                        address + TARGET,
                        headers=headers,
                        files={"postedFile": photo.read_bytes()},
                        timeout=60,
                    )
                    assert response.status_code == 200, response.text
                    allowed = response.headers["Access-Control-Allow-Origin"]
                    assert allowed == "https://shop.example", allowed
                    stored[website].append(response.json()["Data"]["Id"])
                except Exception as error:
                    lost.append(repr(error))

        server = start()
        clients = [
            threading.Thread(target=upload_all, args=(website,)) for website in (1001, 1002) * 4
        ]
        for client in clients:
            client.start()
        try:
            for _ in range(3):
                time.sleep(1.2)
                server.terminate()
                assert server.wait(30) == 0
                server = start()
            time.sleep(1.2)
            done.set()
            for client in clients:
                client.join()
            assert not lost, (len(lost), lost[:3])
            # Since the last start.
            metrics = requests.get(f"{address}/metrics", timeout=60).text
            found = re.search(r'userimage_uploads_total{result="stored",kind=""} (\d+)', metrics)
            assert found, metrics
            assert 0 < int(found[1]) < sum(map(len, stored.values()))
            assert "userimage_uploads_in_flight 0" in metrics.splitlines()
            # Only from the machine itself; nginx allows one address of it.
            with requests.Session() as session:
                session.mount("http://", From("127.0.0.2"))
                assert session.get(f"{address}/metrics", timeout=60).status_code == 403
                assert session.get(f"{address}/health", timeout=60).status_code == 200
        finally:
            done.set()
            server.terminate()
            server.wait(40)
    with userimage.Uploader(
        tmp_path / "data", base_url="/", authentication="already_checked"
    ) as uploader:
        for website, ids in stored.items():
            kept = {image.id for image in uploader.iter_images(website, "12345")}
            assert len({*ids}) == len(ids) > 10
            assert kept == {*ids}


class From(requests.adapters.HTTPAdapter):
    """Connects from an address."""

    def __init__(self, address: str) -> None:
        self.address = address
        super().__init__()

    def init_poolmanager(self, *arguments: Any, **named: Any) -> Any:
        return super().init_poolmanager(*arguments, source_address=(self.address, 0), **named)


@EACH
def test_a_kill_under_load_loses_no_answered_upload(name: str, tmp_path: Path) -> None:
    port = free_port()
    command = [*SERVERS[name], "--listen", f"127.0.0.1:{port}", "--store", "data"]
    uploads = None
    for _ in range(3):
        with running(command, port, tmp_path / "log", {}) as host:
            uploads = uploads or Uploads(port, 8)
            time.sleep(1.5)
            host.process.kill()
            host.process.wait()
    assert uploads
    uploads.stop()
    with userimage.Uploader(
        tmp_path / "data", base_url="/", authentication="already_checked"
    ) as uploader:
        stored = {image.id for image in uploader.iter_images(1001, "12345")}
    assert {*uploads.ids} <= stored
    assert len(uploads.ids) > 10
