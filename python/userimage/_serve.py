"""``userimage serve``: a server on the standard library.

Its threads, time and memory are bounded: bodies are kept on the disk, at most as many are in memory as there
are processors, and files are read from the storage in pieces.
"""

from __future__ import annotations

import contextlib
import ctypes
import io
import logging
import os
import re
import selectors
import signal
import socket
import struct
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from typing import IO, Any, Optional, cast

from userimage import BodyReceiver, HttpResponse, Uploader
from userimage._userimage import error_response

_LOGGER = logging.getLogger("userimage")

# Connections at once. At that number, the client that has been waited for longest is disconnected, if it
# is for longer than this.
_CONNECTIONS = 600
_PATIENCE_SECONDS = 10
# In what time the head of a request must arrive, the first and any other.
_HEAD_SECONDS = 10
# How long a client may send nothing of its body, and in what time the body must arrive.
_PIECE_SECONDS = 30
_BODY_SECONDS = 300
# How long a client may read nothing of its answer.
_SEND_SECONDS = 30
# How long a client may go on sending after its answer: some clients read only once they have sent the body.
_LINGER_SECONDS = 5
# When the server ends: how long a connection without a request waits for one, and how long the requests that
# have begun have to end.
_LAST_SECONDS = 1
_GRACE_SECONDS = 25

_CHUNK = 32 * 1024
# The longest line before a chunk, with its extensions, and the longest trailers.
_CHUNK_LINE = 256
_TRAILERS = 8 * 1024
# How long a connection that has begun takes until it can be accepted: a round trip.
_HANDSHAKE_SECONDS = 0.3
# The first of the sockets that systemd passes.
_PASSED_SOCKET = 3


class _Client:
    """What the server is waiting for on a connection."""

    def __init__(self) -> None:
        # Since when for the client; None while the server works.
        self.since: Optional[float] = time.monotonic()
        # Whether no request has begun.
        self.idle = True


class Server(ThreadingTCPServer):
    """Listens at once; ``run`` answers with ``uploader`` until ``stop``."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 4096

    uploader: Uploader

    def __init__(self, host: str, port: int) -> None:
        """Listen at `host` and `port`; 0 is any free port. A socket that systemd passes is used instead."""
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._slots = threading.Semaphore(_CONNECTIONS)
        self._changed = threading.Condition()
        self._clients: dict[socket.socket, _Client] = {}
        self.ending = False
        self._woken, self._wake = socket.socketpair()
        # At most as many images are in memory at once as there are processors. Each thread that has held one keeps
        # some of its memory, so there are no others that do.
        self.work = ThreadPoolExecutor(os.cpu_count() or 1)
        passed = _passed_socket()
        super().__init__((host, port), _Handler, bind_and_activate=passed is None)
        if passed is not None:
            self.socket.close()
            self.socket = passed
            self.server_address = passed.getsockname()

    def run(self) -> None:
        """Answer until ``stop``, then finish the requests that have begun."""
        self.socket.setblocking(False)
        with selectors.DefaultSelector() as selector:
            selector.register(self.socket, selectors.EVENT_READ)
            selector.register(self._woken, selectors.EVENT_READ)
            while not self.ending:
                selector.select()
                self._accept(one=True)
        # Clients that have connected meanwhile, or are about to, would lose what they send.
        _turn_away(self.socket)
        self._accept(one=False)
        time.sleep(_HANDSHAKE_SECONDS)
        self._accept(one=False)
        _let_in(self.socket)
        self.socket.close()
        _LOGGER.info("finishing the requests that have begun")
        self._finish()

    def stop(self) -> None:
        """Let ``run`` end. May be called in a signal handler."""
        self.ending = True
        with contextlib.suppress(OSError):
            self._wake.send(b"x")

    def server_close(self) -> None:
        """Close all sockets."""
        super().server_close()
        self.work.shutdown(wait=False, cancel_futures=True)
        self._woken.close()
        self._wake.close()

    def _accept(self, *, one: bool) -> None:
        while True:
            try:
                connection, address = self.socket.accept()
            except BlockingIOError:
                return
            except OSError as error:
                # A client that has gone, or too many open files.
                _LOGGER.warning("cannot accept: %s", error)
                time.sleep(0.1)
                return
            connection.setblocking(True)
            self.process_request(connection, address)
            if one:
                return

    def process_request(self, request: Any, client_address: Any) -> None:
        """Start a thread for the connection, once a slot is free."""
        wait = 0.0
        while not self._slots.acquire(timeout=wait) and not self.ending:
            wait = self._free_slot()
        with self._changed:
            self._clients[request] = _Client()
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Close the connection and free its slot."""
        super().shutdown_request(request)
        with self._changed:
            del self._clients[request]
            self._changed.notify_all()
        self._slots.release()

    def waits(self, connection: socket.socket, *, idle: bool = False) -> None:
        """Record that the server waits for the client from now on: for its next request if `idle`."""
        with self._changed:
            # At the end: the first has been waited for longest.
            client = self._clients.pop(connection)
            client.since, client.idle = time.monotonic(), idle
            self._clients[connection] = client

    def begins(self, connection: socket.socket) -> None:
        """Record that a request has begun. The client is waited for as long as before."""
        with self._changed:
            self._clients[connection].idle = False

    def works(self, connection: socket.socket) -> None:
        """Record that the server works on a request."""
        with self._changed:
            self._clients[connection].since = None

    def _free_slot(self) -> float:
        """Disconnect the client that has been waited for too long; return how long to wait for a slot."""
        with self._changed:
            for connection, client in self._clients.items():
                if client.since is not None:
                    left = client.since + _PATIENCE_SECONDS - time.monotonic()
                    if left > 0:
                        return min(left, 1.0)
                    client.since = None
                    with contextlib.suppress(OSError):
                        connection.shutdown(socket.SHUT_RDWR)
                    break
        return 1.0

    def _finish(self) -> None:
        """Wait until all connections are closed, or the grace time is over."""
        with self._changed:
            self._changed.wait_for(lambda: not self._clients, _LAST_SECONDS)
            for connection, client in self._clients.items():
                if client.idle:
                    with contextlib.suppress(OSError):
                        connection.shutdown(socket.SHUT_RD)
            if not self._changed.wait_for(lambda: not self._clients, _GRACE_SECONDS):
                _LOGGER.warning("some requests have not ended in time")

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Log errors; those of the connection only for developers."""
        level = logging.DEBUG if isinstance(sys.exc_info()[1], OSError) else logging.ERROR
        _LOGGER.log(level, "a connection has ended client=%s", client_address[0], exc_info=True)


def _passed_socket() -> Optional[socket.socket]:
    """Return the socket that systemd passes to this process, if it does."""
    if os.environ.get("LISTEN_PID") != str(os.getpid()) or os.environ.get("LISTEN_FDS") != "1":
        return None
    return socket.socket(fileno=_PASSED_SOCKET)


# Between the last look at the listener and its end a client could connect, and lose what it sends. On Linux the kernel
# drops their first packets instead: they try again after a second, and reach the next server. Classic BPF: the flags of
# TCP are byte 13 of its header, SYN is 2 and ACK 16 (RFC 9293, section 3.1).
_DROP_FIRST_PACKETS = (
    (0x30, 0, 0, 13),  # load the byte
    (0x54, 0, 0, 0x12),  # and SYN | ACK
    (0x15, 0, 1, 0x02),  # if it is not SYN alone, skip one
    (0x06, 0, 0, 0),  # drop the packet
    (0x06, 0, 0, 0xFFFFFFFF),  # keep all of it
)
_SO_ATTACH_FILTER = 26
_SO_DETACH_FILTER = 27


def _turn_away(listener: socket.socket) -> None:
    """Let no client begin to connect. Those that have begun are still accepted."""
    if sys.platform == "linux":
        program = b"".join(struct.pack("=HBBI", *step) for step in _DROP_FIRST_PACKETS)
        steps = ctypes.create_string_buffer(program)
        pointer = struct.pack("HP", len(_DROP_FIRST_PACKETS), ctypes.addressof(steps))
        with contextlib.suppress(OSError):
            listener.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, pointer)


def _let_in(listener: socket.socket) -> None:
    """Let clients connect again, if another process has the same socket, as systemd does."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            listener.setsockopt(socket.SOL_SOCKET, _SO_DETACH_FILTER, 0)


class _Broken(ValueError):
    """The body of a request is not valid HTTP."""


class _Reader(io.RawIOBase):
    """Reads from the client until the deadline, and waits no longer than `patience` each time."""

    deadline = 0.0
    patience = 0.0

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        left = min(self.deadline - time.monotonic(), self.patience)
        if left <= 0:
            raise socket.timeout("timed out")
        self._connection.settimeout(left)
        return self._connection.recv_into(buffer)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._server = cast(Server, self.server)
        self._reader = _Reader(self.connection)
        self._buffered = io.BufferedReader(self._reader, _CHUNK)
        self.rfile = self._buffered
        self._request_id = ""

    def handle_one_request(self) -> None:
        self._request_id = ""
        self._server.waits(self.connection, idle=True)
        self._within(_HEAD_SECONDS)
        with contextlib.suppress(socket.timeout):
            if self._buffered.peek(1):
                self._server.begins(self.connection)
                super().handle_one_request()
                return
        self.close_connection = True

    def handle_expect_100(self) -> bool:
        # Sent later, once the request's head is known to be valid.
        return True

    def do_GET(self) -> None:
        self._request_id = _request_id(self.headers.get("X-Request-Id"))
        lengths = self.headers.get_all("Content-Length", [])
        codings = self.headers.get_all("Transfer-Encoding", [])
        if codings:
            # RFC 9112, section 6.1: both are an attempt to smuggle a request.
            is_chunked = [coding.strip().lower() for coding in codings] == ["chunked"]
            if lengths or not is_chunked or self.request_version < "HTTP/1.1":
                self.send_error(400)
            else:
                self._answer(None)
        elif len(lengths) > 1 or not re.fullmatch("[0-9]{1,19}", lengths[0] if lengths else "0"):
            self.send_error(400)
        else:
            self._answer(int(lengths[0]) if lengths else 0)

    do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_GET  # noqa: N815

    def _answer(self, length: Optional[int]) -> None:
        """Answer a request whose body has this length, or comes in chunks."""
        headers = [("X-Request-Id", self._request_id), *self.headers.items()]
        start = self._server.uploader.begin(
            self.command, self.path, headers, peer=self.client_address[0]
        )
        if isinstance(start, HttpResponse):
            self._send(start, whole=length == 0)
            return
        if self.headers.get("Expect", "").lower() == "100-continue":
            self.send_response_only(100)
            self.end_headers()
        self._within(_BODY_SECONDS, _PIECE_SECONDS)
        try:
            response, whole = self._receive(start, length)
        except _Broken as error:
            response, whole = start.finish_broken(str(error)), False
        except socket.timeout:
            response, whole = start.finish_timed_out(), False
        except EOFError:
            # The client has gone, or sends no more.
            start.abandon()
            response, whole = error_response(400), False
        except ConnectionError:
            start.abandon()
            raise
        self._send(response, whole=whole)

    def _receive(self, receiver: BodyReceiver, length: Optional[int]) -> tuple[HttpResponse, bool]:
        """Return the answer, and whether the body has been read to its end."""
        # On the disk, until a processor is free.
        with tempfile.SpooledTemporaryFile(max_size=_CHUNK) as body:
            pieces = self._chunks() if length is None else self._pieces(length)
            whole = True
            for piece in pieces:
                body.write(piece)
                if body.tell() > receiver.limit:
                    whole = False
                    break
            body.seek(0)
            self._server.works(self.connection)
            return self._server.work.submit(_upload, receiver, body).result(), whole

    def _pieces(self, length: int) -> Iterator[bytes]:
        """Yield the next `length` bytes from the client."""
        while length:
            piece = self.rfile.read1(min(length, _CHUNK))
            if not piece:
                raise EOFError
            yield piece
            length -= len(piece)

    def _chunks(self) -> Iterator[bytes]:
        """Yield the content of a body in chunks (RFC 9112, section 7.1)."""
        while True:
            line = self._line(_CHUNK_LINE)
            size, _, _ = line.partition(b";")
            if not re.fullmatch(b"[0-9A-Fa-f]{1,16}[ \\t]*", size):
                raise _Broken("a chunk has no valid size")
            left = int(size, 16)
            if left == 0:
                break
            yield from self._pieces(left)
            if self._line(2):
                raise _Broken("a chunk is longer than its size")
        trailers = 0
        while line := self._line(_TRAILERS - trailers):
            trailers += len(line)

    def _line(self, limit: int) -> bytes:
        line = self.rfile.readline(limit + 2)
        if line.endswith(b"\r\n"):
            return line[:-2]
        if line.endswith(b"\n") or len(line) >= limit:
            raise _Broken("a line between chunks does not end as it should")
        raise EOFError

    def _send(self, response: HttpResponse, *, whole: bool) -> None:
        """Send an answer. `whole`: the request has been read to its end."""
        self.close_connection = self.close_connection or not whole or self._server.ending
        self._server.waits(self.connection)
        self.connection.settimeout(_SEND_SECONDS)
        self.send_response(response.status)
        for name, value in response.headers:
            self.send_header(name, value)
        if self._request_id:
            self.send_header("X-Request-Id", self._request_id)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        for piece in response if self.command != "HEAD" else ():
            self.wfile.write(piece)
            self._server.waits(self.connection)
        if not whole:
            self._linger()

    def send_error(self, code: int, message: Optional[str] = None, explain: Any = None) -> None:
        """Answer a request that is not valid HTTP, and close the connection."""
        _LOGGER.debug(
            "invalid request client=%s status=%d %s", self.client_address[0], code, message or ""
        )
        # Of a line that cannot be read the version is not known.
        self.request_version = self.protocol_version
        self.close_connection = True
        self._send(error_response(code), whole=False)

    def _linger(self) -> None:
        # If the connection were closed while the client sends, the client would lose the answer.
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_WR)
            self._within(_LINGER_SECONDS)
            while self.rfile.read1(_CHUNK):
                pass

    def _within(self, seconds: float, patience: float = float("inf")) -> None:
        self._reader.deadline = time.monotonic() + seconds
        self._reader.patience = min(patience, seconds)

    def version_string(self) -> str:
        return "userimage"

    def log_message(self, format: str, *args: Any) -> None:
        # A request's line has the user's id.
        pass


def _upload(receiver: BodyReceiver, body: IO[bytes]) -> HttpResponse:
    """Answer a request whose body has arrived."""
    while piece := body.read(_CHUNK):
        if not receiver.feed(piece):
            break
    return receiver.finish()


def _request_id(given: Optional[str]) -> str:
    """Return the request's id if the core takes it, else one of our own."""
    return given if given and re.fullmatch("[!-~]{1,128}", given) else uuid.uuid4().hex


def url(server: Server) -> str:
    """Return the server's URL for a browser on this machine."""
    host, port = cast("tuple[str, int]", server.server_address[:2])
    if host in ("0.0.0.0", "::"):
        host = "localhost"
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def prepare(server: Server, level: str) -> None:
    """Log to standard error, end on SIGTERM and SIGINT, and allow as many files as connections need."""
    logging.basicConfig(
        stream=sys.stderr,
        level=level.upper(),
        format="%(asctime)s %(levelname)s %(message)s",
    )

    def stop(_number: int, _frame: object) -> None:
        server.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
