"""Validate an uploaded image, identify it, render a web-size copy, store both, and build the API's JSON answer.

    import userimage

    uploader = userimage.Uploader("data", base_url="https://img.example/", keys={1001: "abc123"})
    image = uploader.upload("photo.jpg", website_id=1001, client_key="abc123", user_id="12345")
    print(image.id, image.width, image.height, image.standard_url)
    original = uploader.read(1001, image.id)

What an upload is, which files are accepted and what the answers mean is the *Upload User Image* API,
version 4. It is the same in every language of the library: one Rust core decides it.

In a web application
    Make one ``Uploader`` at the start. ``userimage.wsgi.application(uploader)`` and
    ``userimage.asgi.application(uploader)`` are the whole endpoint, for any server. Behind a view of
    your own, ``handle`` answers a whole request::

        answer = uploader.handle(request.method, target, headers, body)
        return Response(answer.body, answer.status, answer.headers)

    Or take the request apart yourself: pass the framework's upload object and the fields as the
    client sent them to ``upload``, and send ``envelope()`` of what it returns or raises, with
    ``http_status``::

        try:
            answer = uploader.upload(request.files["postedFile"], website_id=..., ...)
        except userimage.UploadError as error:
            answer = error
        return Response(answer.envelope(), answer.http_status, mimetype="application/json")

    In an ``async`` view, ``await uploader.upload_async(...)``. Uploads run without the GIL.

    To refuse a request before its body is read, ``admit`` its headers and query first; ``finish`` takes
    the form::

        admitted = uploader.admit(headers=request.headers, query=request.query_params)
        ...  # receive the form, its file up to admitted.max_bytes
        image = admitted.finish([userimage.FormPart("postedFile", file, "photo.jpg")])

Sizes and densities
    ``width``, ``height`` and ``dpi`` are as displayed, that is after the orientation is applied; ``stored_width``,
    ``stored_height`` and ``stored_dpi`` are as stored in the file.

Errors
    Every refusal is an ``UploadError``, in a subclass for its code: ``MissingWebsiteId``,
    ``InvalidWebsiteId``, ``InvalidClientKey``, ``InvalidUserId``, ``InvalidFile``, ``InvalidDpi``,
    ``ServerError``. ``error.kind`` says precisely what went wrong, for a program: ``"too_large"``,
    ``"not_an_image"``, ... See ``help(userimage.errors)``.

What is this file?
    ``probe`` reads format, size, orientation and DPI of an image from its header alone, in about a
    microsecond. ``exif_details`` has camera and time; ``count_frames`` counts frames and pages; ``render`` makes
    the web-size copy without storing it.

Your own storage and your own check of keys
    See ``help(userimage.Storage)``, ``help(userimage.ReadableStorage)`` and ``help(userimage.Authenticator)``;
    ``help(userimage.Inspector)`` for your own check of images before they are stored.

Logging
    Each upload is one record of the logger ``userimage``: website, id, format, sizes, the time of
    each step, as text and as the record's attribute ``userimage``; never a key, a user or file
    content.

On the command line
    ``userimage probe photo.jpg``, ``userimage serve``; see ``userimage --help``.
"""

# Holds up calls when the interpreter ends.
from userimage._exit import calls as _calls  # noqa: F401  # pyright: ignore[reportUnusedImport]
from userimage._userimage import (
    ERROR_KINDS,
    FORMATS,
    Admitted,
    BodyReceiver,
    CopyReport,
    ExifDetails,
    Format,
    HttpResponse,
    ImageInfo,
    ImageIterator,
    ImageList,
    NewImage,
    Rendition,
    StoredFile,
    StoredImage,
    SweepReport,
    Uploader,
    Usage,
    __version__,
    count_frames,
    exif_details,
    probe,
    render,
)
from userimage.errors import (
    ConfigError,
    Error,
    Failures,
    InvalidClientKey,
    InvalidDpi,
    InvalidFile,
    InvalidUserId,
    InvalidWebsiteId,
    MissingWebsiteId,
    ProbeError,
    ServerError,
    StorageError,
    UnsupportedOperation,
    UploadError,
)

TYPE_CHECKING = False
# The class is the same in all interpreters of a process: the first one's function stays.
if not TYPE_CHECKING and not hasattr(Uploader, "upload_async"):
    from userimage._async import upload_async as _upload_async

    # A function of Python's own, so that `inspect.iscoroutinefunction` and mocks see what it is.
    _upload_async.__qualname__ = "Uploader.upload_async"
    _upload_async.__module__ = "userimage"
    Uploader.upload_async = _upload_async

if TYPE_CHECKING:
    from userimage._kinds import ErrorKind
    from userimage._protocols import (
        Authenticator,
        FormPart,
        Inspector,
        ReadableStorage,
        Storage,
    )

__all__ = [
    "ERROR_KINDS",
    "FORMATS",
    "Admitted",
    "Authenticator",
    "BodyReceiver",
    "ConfigError",
    "CopyReport",
    "Error",
    "ErrorKind",
    "ExifDetails",
    "Failures",
    "FormPart",
    "Format",
    "HttpResponse",
    "ImageInfo",
    "ImageIterator",
    "ImageList",
    "Inspector",
    "InvalidClientKey",
    "InvalidDpi",
    "InvalidFile",
    "InvalidUserId",
    "InvalidWebsiteId",
    "MissingWebsiteId",
    "NewImage",
    "ProbeError",
    "ReadableStorage",
    "Rendition",
    "ServerError",
    "Storage",
    "StorageError",
    "StoredFile",
    "StoredImage",
    "SweepReport",
    "UnsupportedOperation",
    "UploadError",
    "Uploader",
    "Usage",
    "__version__",
    "count_frames",
    "exif_details",
    "probe",
    "render",
]


def __getattr__(name: str) -> object:
    # These import `typing`, which takes longer than everything else here.
    if name == "ErrorKind":
        from userimage._kinds import ErrorKind

        return ErrorKind
    if name in ("Authenticator", "FormPart", "Inspector", "ReadableStorage", "Storage"):
        from userimage import _protocols

        return getattr(_protocols, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> "list[str]":
    return sorted({*globals(), *__all__} - {"TYPE_CHECKING"})
