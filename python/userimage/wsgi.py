"""The endpoint as a WSGI application, for gunicorn, uWSGI, mod_wsgi, Flask, Django.

    import userimage.wsgi

    uploader = userimage.Uploader("data", base_url="https://img.example/", keys={1001: "abc123"})
    application = userimage.wsgi.application(uploader)

It answers to the paths of the *Upload User Image* API under the uploader's ``http`` prefix, seen from
the server's root: where an application is mounted makes no difference.
"""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from urllib.parse import quote

from userimage import HttpResponse, Receiving, Uploader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_CHUNK = 64 * 1024
# What stands in a path or a query as it is.
_SAFE = "/:@!$&'()*+,;=-._~"


def application(uploader: Uploader) -> WSGIApplication:
    """Return a WSGI application that answers with ``uploader``.

    The body is read piece by piece, no further than the limit, and not at all when the request's head
    tells the answer.
    """

    def userimage(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        response = _answer(uploader, environ)
        if response is None:
            start_response("400 Bad Request", [("Content-Length", "0")])
            return []
        status = HTTPStatus(response.status)
        start_response(f"{status.value} {status.phrase}", response.headers)
        return [response.body]

    return userimage


def _answer(uploader: Uploader, environ: WSGIEnvironment) -> HttpResponse | None:
    begun = uploader.begin(environ["REQUEST_METHOD"], _target(environ), _headers(environ))
    if isinstance(begun, HttpResponse):
        return begun
    return begun.finish() if _received(begun, environ) else None


def _target(environ: WSGIEnvironment) -> str:
    # PEP 3333: texts that stand for bytes. The path is decoded, the query is not.
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


def _received(receiving: Receiving, environ: WSGIEnvironment) -> bool:
    """Take the body; tell whether it came whole, or is too long to be wanted."""
    source = environ["wsgi.input"]
    length: str = environ.get("CONTENT_LENGTH", "")
    if length.isdecimal() and len(length) < 20:
        left = int(length)
    elif environ.get("wsgi.input_terminated"):
        # Chunks: the server itself makes an end.
        left = None
    else:
        left = 0
    while left is None or left > 0:
        try:
            piece: bytes = source.read(_CHUNK if left is None else min(left, _CHUNK))
        except OSError:
            # The client has gone, or sends no valid chunks.
            return False
        if not piece:
            return left is None
        if not receiving.feed(piece):
            return True
        if left is not None:
            left -= len(piece)
    return True
