"""Flask: gunicorn --workers 4 flask_app:app."""

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
    """Answer with whatever else the shop's application does."""
    return "well"


# Behind Flask's own hooks. Each path is the endpoint's affair: it answers 404, 405 and the rest.
@app.route("/api/4/UploadImage/<path:_>", methods=["GET", "POST", "PUT", "DELETE"])
@app.route("/original/<_>")
@app.route("/standard/<_>")
def images(_: str) -> Response:
    """Hand the request over as it is."""
    return Response.from_app(endpoint, request.environ)
