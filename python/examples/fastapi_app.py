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
    """Answer with whatever else the shop's application does."""
    return "well"


# Last: whatever is nobody else's. The endpoint answers 404, 405 and the rest.
app.mount("/", endpoint)
