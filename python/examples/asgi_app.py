"""ASGI without a framework: uvicorn asgi_app:application."""

import userimage
import userimage.asgi

uploader = userimage.Uploader(
    "data",
    base_url="/",
    keys={1001: "abc123"},
    http={"files": True, "list": True, "settings": True, "page": True},
)
application = userimage.asgi.application(uploader)
