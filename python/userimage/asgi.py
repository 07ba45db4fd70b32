"""The endpoint as an ASGI application, for uvicorn, hypercorn, Starlette, FastAPI.

    import userimage.asgi

    uploader = userimage.Uploader("data", base_url="https://img.example/", keys={1001: "abc123"})
    application = userimage.asgi.application(uploader)

It answers the paths of the *Upload User Image* API under the uploader's ``http`` prefix, as seen from the
server's root: where the application is mounted makes no difference.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, MutableMapping
from typing import Any, Callable
from urllib.parse import quote

from userimage import HttpResponse, Uploader

_Scope = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
_Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
_Application = Callable[[_Scope, _Receive, _Send], Awaitable[None]]

# The characters that are not escaped in a path or a query; an escape stays as it is.
_SAFE = "/:@!$&'()*+,;=-._~?%"


def application(uploader: Uploader) -> _Application:
    """Return an ASGI application that answers with ``uploader``.

    The body is received piece by piece, up to the limit, and not at all when the request's head decides
    the answer. Calls that may block run in ``asyncio.to_thread``. A client that disconnects before its body
    has ended gets no answer.
    """

    async def userimage(scope: _Scope, receive: _Receive, send: _Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close"})
        else:
            await _http(uploader, scope, receive, send)

    return userimage


async def _lifespan(receive: _Receive, send: _Send) -> None:
    while True:
        event = (await receive())["type"]
        await send({"type": f"{event}.complete"})
        if event == "lifespan.shutdown":
            return


async def _http(uploader: Uploader, scope: _Scope, receive: _Receive, send: _Send) -> None:
    client = scope.get("client")
    start = await asyncio.to_thread(
        uploader.begin,
        scope["method"],
        _target(scope),
        list(scope["headers"]),
        peer=client[0] if client else None,
    )
    response: HttpResponse
    if isinstance(start, HttpResponse):
        response = start
    else:
        more = True
        while more:
            event = await receive()
            if event["type"] == "http.disconnect":
                await asyncio.to_thread(start.abandon)
                return
            more = start.feed(event.get("body", b"")) and event.get("more_body", False)
        response = await asyncio.to_thread(start.finish)
    await _send(send, response)


def _target(scope: _Scope) -> str:
    # The path as the client sent it is optional in ASGI.
    path: bytes = scope.get("raw_path") or quote(scope["path"]).encode()
    query: bytes = scope.get("query_string", b"")
    target = quote(path.partition(b"?")[0], _SAFE)
    return f"{target}?{quote(query, _SAFE)}" if query else target


async def _send(send: _Send, response: HttpResponse) -> None:
    headers = [
        (name.encode("latin-1"), value.encode("latin-1")) for name, value in response.headers
    ]
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    pieces = iter(response)
    # A file is read from the storage, which may block.
    piece = await asyncio.to_thread(next, pieces, b"")
    while True:
        following = await asyncio.to_thread(next, pieces, b"")
        event = {"type": "http.response.body", "body": piece, "more_body": bool(following)}
        await send(event)
        if not following:
            return
        piece = following
