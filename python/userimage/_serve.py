"""``userimage serve``: a small server on the standard library, to try the endpoint with.

Its threads, time and memory are bounded: bodies are kept on the disk, and at most as many are in memory
as there are processors. On the internet, use ``userimage.wsgi`` or ``userimage.asgi`` with a production server.
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

# Connections at once. At that number, a client that has been sending for longer than this is disconnected.
_CONNECTIONS = 200
_PATIENCE_SECONDS = 10
_HEAD_SECONDS = 20
_BODY_SECONDS = 120
_SEND_SECONDS = 60
# How long a client may go on sending after its answer: some clients read only once they have sent the body.
_LINGER_SECONDS = 5
_CHUNK = 64 * 1024


class Server(ThreadingTCPServer):
    """Listens at once; ``serve_forever`` answers with ``uploader``."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 4096

    uploader: Uploader

    def __init__(self, host: str, port: int) -> None:
        """Listen at `host` and `port`; 0 is any free port."""
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._slots = threading.BoundedSemaphore(_CONNECTIONS)
        self._lock = threading.Lock()
        # When each client began to send; None while the server works. The oldest first.
        self._receiving: dict[socket.socket, Optional[float]] = {}
        # At most as many images are decoded at once as there are processors.
        self.work = threading.BoundedSemaphore(os.cpu_count() or 1)
        super().__init__((host, port), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Start a thread for the connection, once a slot is free."""
        wait = 0.0
        while not self._slots.acquire(timeout=wait):
            wait = self._free_slot()
        self.receives(request, True)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Close the connection and free its slot."""
        with self._lock:
            known = request in self._receiving
            self._receiving.pop(request, None)
        super().shutdown_request(request)
        # After an interrupt, both the thread and the one that started it may close the connection.
        if known:
            self._slots.release()

    def receives(self, connection: socket.socket, yes: bool) -> None:
        """Record whether the client is sending."""
        with self._lock:
            self._receiving.pop(connection, None)
            self._receiving[connection] = time.monotonic() if yes else None

    def _free_slot(self) -> float:
        """Disconnect the client that has been sending for too long; return how long to wait for a slot."""
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
        """Report errors other than those of the connection."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class _Reader(io.RawIOBase):
    """Reads from the client until the deadline."""

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
        # Sent later, once the request's head is known to be valid.
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
            start = self._server.uploader.begin(self.command, self.path, self.headers.items())
        except ValueError:
            self._refuse(400)
            return
        if isinstance(start, HttpResponse):
            self._send(start, whole=length == 0)
            return
        if self.headers.get("Expect", "").lower() == "100-continue":
            self.send_response_only(100)
            self.end_headers()
        self._within(_BODY_SECONDS)
        # On the disk, until a processor is free.
        with tempfile.SpooledTemporaryFile(max_size=_CHUNK) as body:
            wanted = min(length, start.limit + 1)
            while body.tell() < wanted:
                piece = self.rfile.read1(min(wanted - body.tell(), _CHUNK))
                if not piece:
                    # The client has disconnected, or Content-Length is wrong.
                    self._refuse(400)
                    return
                body.write(piece)
            body.seek(0)
            self._server.receives(self.connection, False)
            with self._server.work:
                while start.feed(body.read(_CHUNK)) and body.tell() < wanted:
                    pass
                response = start.finish()
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
        # If the connection were closed while the client sends, the client would lose the answer.
        self.connection.shutdown(socket.SHUT_WR)
        self._within(_LINGER_SECONDS)
        while self.rfile.read1(_CHUNK):
            pass

    def _within(self, seconds: float) -> None:
        self._reader.deadline = time.monotonic() + seconds

    def version_string(self) -> str:
        return "userimage"

    def log_message(self, format: str, *args: Any) -> None:
        # A request's line has the user's id.
        pass


def url(server: Server) -> str:
    """Return the server's URL for a browser on this machine."""
    host, port = cast("tuple[str, int]", server.server_address[:2])
    if host in ("0.0.0.0", "::"):
        host = "localhost"
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"
