"""``userimage serve``: a small server on the standard library, to try the endpoint with.

It is bounded in threads, time and memory, whatever clients do: bodies wait on the disk, and as many are in
memory as there are processors. For the internet, use ``userimage.wsgi`` or ``userimage.asgi`` with a server
that is made for it.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import socket
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from typing import Any, Optional, cast

from userimage import HttpResponse, Uploader

# Connections at once. When there are so many, those that send for longer than this make way for others.
_CONNECTIONS = 200
_PATIENCE_SECONDS = 10
_HEAD_SECONDS = 20
_BODY_SECONDS = 120
_SEND_SECONDS = 60
# How long a client that has its answer may go on sending: it reads no answer before it has sent its body.
_LINGER_SECONDS = 5
_CHUNK = 64 * 1024


class Server(ThreadingTCPServer):
    """Listens at once; ``serve_forever`` answers with ``uploader``."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 4096

    uploader: Uploader

    def __init__(self, host: str, port: int) -> None:
        """Listen at `host` and `port`; 0 is any that is free."""
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._slots = threading.BoundedSemaphore(_CONNECTIONS)
        self._lock = threading.Lock()
        # Since when each client has been at work, rather than the server; the oldest first.
        self._receiving: dict[socket.socket, Optional[float]] = {}
        # As many pictures are decoded at once as there are processors.
        self.work = threading.BoundedSemaphore(os.cpu_count() or 1)
        super().__init__((host, port), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Start a thread for the connection, when there is room for one."""
        wait = 0.0
        while not self._slots.acquire(timeout=wait):
            wait = self._make_way()
        self.receives(request, True)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Close the connection, and make its room free."""
        with self._lock:
            known = request in self._receiving
            self._receiving.pop(request, None)
        super().shutdown_request(request)
        # An interrupt can make both the thread and its starter close one.
        if known:
            self._slots.release()

    def receives(self, connection: socket.socket, yes: bool) -> None:
        """Note whether the client is at work."""
        with self._lock:
            self._receiving.pop(connection, None)
            self._receiving[connection] = time.monotonic() if yes else None

    def _make_way(self) -> float:
        """Close the connection that has been at it for too long; tell how long to wait for room."""
        with self._lock:
            for connection, since in self._receiving.items():
                if since is not None:
                    left = since + _PATIENCE_SECONDS - time.monotonic()
                    if left > 0:
                        return min(left, 1.0)
                    self._receiving[connection] = None
                    with contextlib.suppress(OSError):
                        connection.shutdown(socket.SHUT_RDWR)
                    break
        return 1.0

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Report what is not the client's doing."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class _Reader(io.RawIOBase):
    """What the client sends until the deadline, however slowly."""

    deadline = 0.0

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise socket.timeout("timed out")
        self._connection.settimeout(left)
        return self._connection.recv_into(buffer)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        super().setup()
        self._server = cast(Server, self.server)
        self._reader = _Reader(self.connection)
        self.rfile = io.BufferedReader(self._reader, _CHUNK)

    def handle_one_request(self) -> None:
        self._within(_HEAD_SECONDS)
        super().handle_one_request()

    def handle_expect_100(self) -> bool:
        # Not before the request's head is found in order.
        return True

    def do_GET(self) -> None:
        lengths = self.headers.get_all("Content-Length", ["0"])
        if "Transfer-Encoding" in self.headers:
            self._refuse(411)
        elif len(lengths) != 1 or not re.fullmatch("[0-9]{1,19}", lengths[0]):
            self._refuse(400)
        else:
            self._answer(int(lengths[0]))

    do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_GET  # noqa: N815

    def _answer(self, length: int) -> None:
        try:
            begun = self._server.uploader.begin(self.command, self.path, self.headers.items())
        except ValueError:
            self._refuse(400)
            return
        if isinstance(begun, HttpResponse):
            self._send(begun, whole=length == 0)
            return
        if self.headers.get("Expect", "").lower() == "100-continue":
            self.send_response_only(100)
            self.end_headers()
        self._within(_BODY_SECONDS)
        # On the disk, until there is a processor for it.
        with tempfile.SpooledTemporaryFile(max_size=_CHUNK) as body:
            wanted = min(length, begun.limit + 1)
            while body.tell() < wanted:
                piece = self.rfile.read1(min(wanted - body.tell(), _CHUNK))
                if not piece:
                    # The client has gone, or has told a wrong length.
                    self._refuse(400)
                    return
                body.write(piece)
            body.seek(0)
            self._server.receives(self.connection, False)
            with self._server.work:
                while begun.feed(body.read(_CHUNK)) and body.tell() < wanted:
                    pass
                response = begun.finish()
        self._server.receives(self.connection, True)
        self._send(response, whole=wanted == length)

    def _send(self, response: HttpResponse, *, whole: bool) -> None:
        self.close_connection = self.close_connection or not whole
        self.connection.settimeout(_SEND_SECONDS)
        self.send_response(response.status)
        for name, value in response.headers:
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(response.body)
        if not whole:
            self._linger()

    def _refuse(self, status: int) -> None:
        self.connection.settimeout(_SEND_SECONDS)
        self.send_error(status)
        self._linger()

    def _linger(self) -> None:
        # To close while the client sends would lose it the answer.
        self.connection.shutdown(socket.SHUT_WR)
        self._within(_LINGER_SECONDS)
        while self.rfile.read1(_CHUNK):
            pass

    def _within(self, seconds: float) -> None:
        self._reader.deadline = time.monotonic() + seconds

    def version_string(self) -> str:
        return "userimage"

    def log_message(self, format: str, *args: Any) -> None:
        # A request's line tells its user.
        pass


def url(server: Server) -> str:
    """Return where a browser on this machine finds the server."""
    host, port = cast("tuple[str, int]", server.server_address[:2])
    if host in ("0.0.0.0", "::"):
        host = "localhost"
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"
