"""The endpoint as an ASGI application, for uvicorn, hypercorn, Starlette, FastAPI.

    import userimage.asgi

    uploader = userimage.Uploader("data", base_url="https://img.example/", keys={1001: "abc123"})
    application = userimage.asgi.application(uploader)

It answers to the paths of the *Upload User Image* API under the uploader's ``http`` prefix, seen from
the server's root: where an application is mounted makes no difference.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, MutableMapping
from typing import Any, Callable, Optional
from urllib.parse import quote

from userimage import HttpResponse, Uploader

_Scope = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
_Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
_Application = Callable[[_Scope, _Receive, _Send], Awaitable[None]]

# What stands in a path or a query as it is; what is escaped already stays so.
_SAFE = "/:@!$&'()*+,;=-._~?%"


def application(uploader: Uploader) -> _Application:
    """Return an ASGI application that answers with ``uploader``.

    The body is taken piece by piece, no further than the limit, and not at all when the request's head
    tells the answer. What may block is done by ``asyncio.to_thread``. A client that goes away before its body
    has ended is forgotten.
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
    begun = await asyncio.to_thread(
        uploader.begin, scope["method"], _target(scope), list(scope["headers"])
    )
    response: Optional[HttpResponse]
    if isinstance(begun, HttpResponse):
        response = begun
    else:
        more = True
        while more:
            event = await receive()
            if event["type"] == "http.disconnect":
                return
            more = begun.feed(event.get("body", b"")) and event.get("more_body", False)
        response = await asyncio.to_thread(begun.finish)
    await _send(send, response.status, response.headers, response.body)


def _target(scope: _Scope) -> str:
    # The raw path is the client's own; a server need not tell it.
    path: bytes = scope.get("raw_path") or quote(scope["path"]).encode()
    query: bytes = scope.get("query_string", b"")
    target = quote(path.partition(b"?")[0], _SAFE)
    return f"{target}?{quote(query, _SAFE)}" if query else target


async def _send(send: _Send, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
    fields = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    await send({"type": "http.response.start", "status": status, "headers": fields})
    await send({"type": "http.response.body", "body": body})
