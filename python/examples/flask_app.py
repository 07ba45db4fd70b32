"""Flask: gunicorn --workers 4 --backlog 4096 flask_app:app."""

from flask import Flask, Response, request

import userimage
import userimage.wsgi

uploader = userimage.Uploader(
    "data", base_url="/", keys={1001: "abc123"}, http={"files": True, "list": True}
)
endpoint = userimage.wsgi.application(uploader)
app = Flask(__name__)


@app.get("/health")
def health() -> str:
    """Answer another route of the application."""
    return "well"


# Every other path, after Flask's own hooks. The endpoint answers 404, 405 and the rest.
@app.route("/<path:_>", methods=["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def images(_: str) -> Response:
    """Pass the request on unchanged."""
    return Response.from_app(endpoint, request.environ)
