"""FastAPI: uvicorn --workers 4 fastapi_app:app."""

from fastapi import FastAPI

import userimage
import userimage.asgi

uploader = userimage.Uploader(
    "data", base_url="/", keys={1001: "abc123"}, http={"files": True, "list": True}
)
endpoint = userimage.asgi.application(uploader)
app = FastAPI()


@app.get("/health")
async def health() -> str:
    """Answer another route of the application."""
    return "well"


# Last, so that it gets every other path. The endpoint answers 404, 405 and the rest.
app.mount("/", endpoint)
