"""The endpoint as a WSGI application, for gunicorn, uWSGI, mod_wsgi, Flask, Django.

    import userimage.wsgi

    uploader = userimage.Uploader("data", base_url="https://img.example/", keys={1001: "abc123"})
    application = userimage.wsgi.application(uploader)

It answers the paths of the *Upload User Image* API under the uploader's ``http`` prefix, as seen from the
server's root: where the application is mounted makes no difference.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from urllib.parse import quote

from userimage import BodyReceiver, HttpResponse, Uploader
from userimage._userimage import error_response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_CHUNK = 64 * 1024
# The characters that are not escaped in a path or a query.
_SAFE = "/:@!$&'()*+,;=-._~"


def application(uploader: Uploader) -> WSGIApplication:
    """Return a WSGI application that answers with ``uploader``.

    The body is read piece by piece, up to the limit, and not at all when the request's head decides the
    answer. A file is read from the storage piece by piece, as the server sends it.
    """

    def userimage(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        response = _answer(uploader, environ)
        status = HTTPStatus(response.status)
        start_response(f"{status.value} {status.phrase}", response.headers)
        return response

    return userimage


def _answer(uploader: Uploader, environ: WSGIEnvironment) -> HttpResponse:
    start = uploader.begin(
        environ["REQUEST_METHOD"],
        _target(environ),
        _headers(environ),
        peer=environ.get("REMOTE_ADDR"),
    )
    if isinstance(start, HttpResponse):
        return start
    try:
        if _receive(start, environ):
            return start.finish()
    except (socket.timeout, TimeoutError):
        return start.finish_timed_out()
    except ConnectionError:
        pass
    except OSError as error:
        return start.finish_broken(f"the body cannot be read: {error}")
    # The client has gone, or sends no more.
    start.abandon()
    return error_response(400)


def _target(environ: WSGIEnvironment) -> str:
    # PEP 3333: each character of these texts is one byte. The path is percent-decoded, the query is not.
    path: str = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    query: str = environ.get("QUERY_STRING", "")
    target = quote(path.encode("latin-1"), _SAFE) or "/"
    return f"{target}?{quote(query.encode('latin-1'), _SAFE + '?%')}" if query else target


def _headers(environ: WSGIEnvironment) -> Iterator[tuple[str, str]]:
    for name, value in environ.items():
        if name.startswith("HTTP_"):
            yield name[5:].replace("_", "-"), value
        elif name in ("CONTENT_TYPE", "CONTENT_LENGTH") and value:
            yield name.replace("_", "-"), value


def _receive(receiver: BodyReceiver, environ: WSGIEnvironment) -> bool:
    """Feed the body; return whether it is complete, or longer than the limit."""
    source = environ["wsgi.input"]
    length: str = environ.get("CONTENT_LENGTH", "")
    if length.isdecimal() and len(length) < 20:
        left = int(length)
    elif environ.get("wsgi.input_terminated"):
        # A chunked body: the server marks its end.
        left = None
    else:
        left = 0
    while left is None or left > 0:
        piece: bytes = source.read(_CHUNK if left is None else min(left, _CHUNK))
        if not piece:
            return left is None
        if not receiver.feed(piece):
            return True
        if left is not None:
            left -= len(piece)
    return True
