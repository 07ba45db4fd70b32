"""Many and hostile clients against real hosts: no answer is lost, and memory is bounded.

``python load.py`` is the short run of the tests; ``python load.py --full`` is 500 trickling clients, 500 that ask for a
file of 20 MB and read nothing, and 2,000 uploads at once. Hosts: gunicorn with 4 sync workers behind nginx, as its documentation recommends,
``userimage serve``, and the server example in Rust.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import random
import re
import select
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import userimage
from hosts import EXAMPLES, SERVER, UPLOAD, Host, free_port, started, wait_for

# The peak memory that a process may use: its own, and for each picture that it decodes at the same time a body of at
# most 26 MiB and the memory for its pixels. A worker decodes one picture at a time, the small server one per processor.
WORKER_MIB = 100
SERVE_MIB = 100 + 50 * (os.cpu_count() or 1)
# The Rust server does not limit connections. Each needs its read buffer and the start of a body.
CONNECTION_MIB = 0.1

HEAD = (
    f"POST {UPLOAD}?userId=load HTTP/1.1\r\nHost: localhost\r\nwebsiteId: 1001\r\n"
    "webApiClientKey: abc123\r\nContent-Type: multipart/form-data; boundary=x\r\n"
)
PART = b'--x\r\nContent-Disposition: form-data; name="postedFile"; filename="a.png"\r\n\r\n'


def picture() -> bytes:
    """A PNG of noise, about 1 MB."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    side = 590
    noise = random.Random(1)
    rows = b"".join(b"\0" + noise.randbytes(side * 3) for _ in range(side))
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows, 0))
        + chunk(b"IEND", b"")
    )


def whole(file: bytes, user: str = "load") -> bytes:
    body = PART + file + b"\r\n--x--\r\n"
    head = HEAD.replace("userId=load", f"userId={user}")
    return f"{head}Connection: close\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


class Load:
    """The clients of one run."""

    def __init__(self, port: int, file: bytes) -> None:
        self.port = port
        self.file = file
        self.ids: list[int] = []
        self.lost: list[str] = []
        self.seconds: list[float] = []
        self.dropped = 0
        self.dropped_silent = 0

    async def upload(self, number: int) -> None:
        """Upload once. Bytes after the picture's end make every file different."""
        start = time.monotonic()
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            request = whole(self.file + struct.pack(">Q", number))
            for at in range(0, len(request), 65536):
                writer.write(request[at : at + 65536])
                await writer.drain()
            answer = await reader.read()
            writer.close()
            status, _, body = answer.partition(b"\r\n\r\n")
            if b" 200 " not in status.partition(b"\r\n")[0]:
                raise RuntimeError(answer[:200])
            self.ids.append(json.loads(body)["Data"]["Id"])
            self.seconds.append(time.monotonic() - start)
        except Exception as error:
            self.lost.append(f"{type(error).__name__}: {error}")

    async def trickle(self, number: int) -> None:
        """Send the head or the body one byte at a time. Reconnect when disconnected."""
        request = whole(self.file)
        quick = request.index(b"\r\n\r\n") + 4 + 200 if number % 2 else 20
        while True:
            with contextlib.suppress(OSError):
                _reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
                try:
                    writer.write(request[:quick])
                    for octet in request[quick:]:
                        await asyncio.sleep(1)
                        writer.write(bytes([octet]))
                        await writer.drain()
                finally:
                    writer.close()
            self.dropped += 1
            await asyncio.sleep(1)

    async def read_nothing(self, path: str) -> None:
        """Ask for a file and read nothing. Ask again when disconnected."""
        request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
        loop = asyncio.get_running_loop()
        while True:
            connection = socket.socket()
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.setblocking(False)
            with contextlib.suppress(OSError), connection:
                await loop.sock_connect(connection, ("127.0.0.1", self.port))
                await loop.sock_sendall(connection, request)
                # Whether the server has closed it can be seen without reading.
                poll = select.poll()
                poll.register(connection, select.POLLRDHUP)
                while not poll.poll(0):
                    await asyncio.sleep(1)
            self.dropped_silent += 1
            await asyncio.sleep(1)

    async def cut_off(self, number: int) -> None:
        """Disconnect in the middle, or send a wrong Content-Length."""
        request = whole(self.file)
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            # The largest is refused unread; after the smallest, the rest is not a valid request.
            length = (None, 99_999_999, 20_000_000, 300)[number % 4]
            if length is None:
                writer.write(request[: len(request) // 2])
            else:
                said = f"Content-Length: {length}".encode()
                writer.write(re.sub(rb"Content-Length: \d+", said, request))
            await writer.drain()
            if length is not None:
                with contextlib.suppress(asyncio.TimeoutError):
                    answer = await asyncio.wait_for(reader.read(), 5)
                    assert b" 200 " not in answer.partition(b"\r\n")[0], answer
            writer.transport.abort()

    async def large_file(self) -> str:
        """Upload a file of 20 MB. Return its path."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(whole(self.file + bytes(20_000_000), user="silent"))
        _, _, body = (await reader.read()).partition(b"\r\n\r\n")
        writer.close()
        url: str = json.loads(body)["Data"]["OriginalURL"]
        return url[url.index("/original/") :]

    async def run(self, trickling: int, uploads: int, at_once: int) -> None:
        path = await self.large_file()
        tricklers = [asyncio.ensure_future(self.trickle(number)) for number in range(trickling)]
        tricklers += [asyncio.ensure_future(self.read_nothing(path)) for _ in range(trickling)]
        await asyncio.sleep(2)
        room = asyncio.Semaphore(at_once)

        async def one(number: int) -> None:
            async with room:
                await self.upload(number)

        hostile = [self.cut_off(number) for number in range(trickling // 5)]
        await asyncio.gather(*(one(number) for number in range(uploads)), *hostile)
        for trickler in tricklers:
            trickler.cancel()
        await asyncio.gather(*tricklers, return_exceptions=True)


def peaks(process: int) -> list[int]:
    """The peak memory, in MiB, of a process and of its children."""
    found = []
    for status in Path("/proc").glob("[0-9]*/status"):
        with contextlib.suppress(OSError):
            text = status.read_text()
            parent = re.search(r"^PPid:\s+(\d+)", text, re.M)
            peak = re.search(r"^VmHWM:\s+(\d+)", text, re.M)
            if peak and (
                status.parent.name == str(process) or (parent and int(parent[1]) == process)
            ):
                found.append(int(peak[1]) // 1024)
    return sorted(found, reverse=True)


@contextlib.contextmanager
def behind_nginx(host: Host, folder: Path) -> Iterator[int]:
    """Runs the example's nginx in front of the host. Yields its port."""
    port = free_port()
    text = (EXAMPLES / "nginx.conf").read_text()
    text = text.replace("8000", str(host.port)).replace("listen 8080", f"listen 127.0.0.1:{port}")
    temporary = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    paths = "".join(f"    {name}_temp_path {folder}/{name};\n" for name in temporary)
    (folder / "nginx.conf").write_text(text.replace("http {\n", "http {\n" + paths))
    command = ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf"), "-g", "daemon off;"]
    with open(folder / "nginx.log", "wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        wait_for(port, process, folder / "nginx.log")
        yield port
    finally:
        process.terminate()
        process.wait(20)


def measure(name: str, trickling: int, uploads: int, at_once: int) -> None:
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="load-")))
        # The workers of nginx run as the user nobody, and store bodies here.
        folder.chmod(0o755)
        host = stack.enter_context(
            started("flask" if name == "gunicorn" else name, folder, workers=4)
        )
        port = host.port
        if name == "gunicorn":
            port = stack.enter_context(behind_nginx(host, folder))
        before = peaks(host.process.pid)
        load = Load(port, picture())
        start = time.monotonic()
        asyncio.run(load.run(trickling, uploads, at_once))
        seconds = time.monotonic() - start
        after = peaks(host.process.pid)
        with userimage.Uploader(
            folder / "data", base_url="/", authentication="already_checked"
        ) as uploader:
            stored = {image.id for image in uploader.iter_images(1001, "load")}
        taken = sorted(load.seconds) or [0.0]
        print(
            f"{name}: {trickling} trickling ({load.dropped} sent away), {trickling} that read nothing "
            f"({load.dropped_silent} sent away), {uploads} uploads of "
            f"{len(load.file) / 1e6:.1f} MB, {at_once} at once: {len(load.lost)} lost, in {seconds:.1f} s "
            f"({uploads / seconds:.0f}/s); median {taken[len(taken) // 2]:.2f} s, longest {taken[-1]:.2f} s; "
            f"peak MiB of each process {after}, at the start {before}"
        )
        log = host.log.read_text()
        assert "Traceback" not in log, log
        assert not load.lost, load.lost[:5]
        assert len({*load.ids}) == uploads, "an id twice"
        assert {*load.ids} == stored, "the store has others than were answered"
        bound = WORKER_MIB if name == "gunicorn" else SERVE_MIB
        if name == "server":
            bound += CONNECTION_MIB * (trickling + at_once)
        assert after[0] <= bound, after


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("hosts", nargs="*", default=["gunicorn", "serve", "server"])
    options = parser.parse_args()
    trickling, uploads, at_once = (500, 2000, 2000) if options.full else (100, 200, 50)
    for host in options.hosts:
        if host == "gunicorn" and not shutil.which("nginx"):
            print("skipped: gunicorn under load needs nginx in front of it, which is not here")
        elif host == "server" and not SERVER.exists():
            print(f"skipped: the server under load is not built: {SERVER}")
        else:
            measure(host, trickling, uploads, at_once)
    return 0


if __name__ == "__main__":
    sys.exit(main())
