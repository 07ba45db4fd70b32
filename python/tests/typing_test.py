"""Never run: what a host writes, for pyright in strict mode, and what it must not write."""

from __future__ import annotations

import array
import ctypes
import datetime
import io
import json
import mmap
import uuid
from pathlib import Path
from typing import Optional, Union

from django.core.files.uploadedfile import UploadedFile  # pyright: ignore[reportMissingTypeStubs]
from werkzeug.datastructures import FileStorage

import userimage
import userimage.asgi
import userimage.wsgi


def accepts(uploader: userimage.Uploader, posted: UploadedFile, stored: FileStorage) -> None:
    """What run time accepts: frameworks' uploads, buffers, tuples and sets, users with a text."""
    for file in (posted, stored, array.array("B"), (ctypes.c_char * 5)()):
        uploader.upload(file, website_id=1, client_key="k", user_id=uuid.UUID(int=1))
    userimage.probe(posted)
    userimage.probe(stored)
    with open("a.jpg", "rb") as file, mmap.mmap(file.fileno(), 0) as mapped:
        userimage.probe(mapped)
        uploader.upload(mapped, website_id=1, client_key="k", user_id="u")
    userimage.Uploader("data", keys={1: ("a", "b"), 2: {"c"}, 3: frozenset({"d"})})
    userimage.Uploader("data", keys=[(1, "a"), (1, ["b"])])
    userimage.Uploader.from_config(Path("config.json"))
    userimage.FormPart("postedFile", array.array("B"), "a.jpg")
    userimage.probe(5)  # pyright: ignore[reportArgumentType]
    uploader.upload(object(), website_id=1, client_key="k", user_id="u")  # pyright: ignore[reportArgumentType]
    values: set[object] = {userimage.probe("a.jpg"), uploader.find(1, 1)}
    assert values


class Shop:
    def __init__(self) -> None:
        self.images: dict[int, userimage.StoredImage] = {}

    def store(self, image: userimage.NewImage) -> userimage.StoredImage:
        number = len(self.images) + 1
        kept: bytes = image.original + image.standard
        stored = image.stored(
            number, photo_code=str(number), original_url=f"u/{len(kept)}", standard_url="v"
        )
        self.images[number] = stored
        return stored


class Door:
    def knows(self, website_id: int) -> bool:
        return website_id == 1

    def accepts(self, website_id: int, client_key: str) -> bool:
        return self.knows(website_id) and client_key == "k"


class NoStorage:
    def keep(self) -> None: ...


class Guard:
    def inspect(self, image: userimage.NewImage) -> Union[bool, str]:
        return "low_resolution" in image.warnings


def no_panoramas(image: userimage.NewImage) -> Union[bool, str]:
    return image.width < 3 * image.height or "too wide"


def inspects() -> userimage.Uploader:
    guard: userimage.Inspector = Guard()
    clamd = {"clamd": {"address": "tcp://127.0.0.1:3310"}}
    userimage.Uploader("data", keys={1: "k"}, inspectors=[guard, no_panoramas, clamd])
    userimage.Uploader("data", keys={1: "k"}, inspectors=[5])  # pyright: ignore[reportArgumentType]
    poster = {"width_cm": 20, "height_cm": 30, "dpi": 150}
    return userimage.Uploader.from_config({"policy": {"min_print": poster}}, inspectors=[guard])


def makes() -> userimage.Uploader:
    userimage.Uploader(Path("data"), base_url="u/", keys={1: "k", 2: ["a", "b"]})
    userimage.Uploader({"memory": {"base_url": "u/"}}, authentication="already_checked")
    userimage.Uploader.from_config(json.dumps({}), storage=Shop(), authenticator=Door())
    userimage.Uploader(NoStorage())  # pyright: ignore[reportArgumentType]
    userimage.Uploader("data", authentication="anybody")  # pyright: ignore[reportArgumentType]
    return userimage.Uploader(
        Shop(),
        authentication=Door(),
        websites=[{"id": 1, "policy": {"formats": ["png"], "max_bytes": 1}}],
        policy={"min_dpi": 90},
        standard={"jpeg_quality": 85},
    )


def uploads(uploader: userimage.Uploader) -> str:
    key: Optional[str] = None
    for file in ("a.jpg", Path("a.jpg"), b"", bytearray(), memoryview(b""), io.BytesIO()):
        image = uploader.upload(file, website_id="1", client_key=key, user_id=5, dpi=96)
        width: int = image.width
        assert width
    with open("a.jpg", "rb") as file:
        uploader.upload(file, website_id=1, client_key="k", user_id="u", filename="b.jpg")
    with open("a.jpg") as text:
        uploader.upload(text, website_id=1, client_key="k", user_id="u")  # pyright: ignore[reportArgumentType]
    uploader.upload("a.jpg")  # pyright: ignore[reportCallIssue]
    try:
        return uploader.upload_request(
            headers={"websiteId": "1"},
            query=[("userId", "u")],
            form=[userimage.FormPart("postedFile", b"", file_name="a.jpg")],
        ).envelope()
    except userimage.InvalidFile as error:
        code: int = error.code
        kind: userimage.ErrorKind = error.kind
        if kind == "too_large":
            return str(error.kind_number)
        if kind == "too_big":  # pyright: ignore[reportUnnecessaryComparison]
            return ""
        return f"{code} {error.reason} {error.http_status}" + error.envelope()
    except userimage.UploadError as error:
        return error.message


def stages(uploader: userimage.Uploader) -> userimage.StoredImage:
    admitted = uploader.admit(headers={"websiteId": "1"}, query=[("userId", "u")])
    with open("a.jpg", "rb") as file:
        assert uploader.max_bytes(1) == admitted.max_bytes
        return admitted.finish([userimage.FormPart("postedFile", file, "a.jpg")])


class Database(Shop):
    def find(self, website_id: int, id: int) -> Optional[userimage.StoredImage]:
        url = f"https://img.example/{id}"
        facts = json.loads("{}")
        return userimage.StoredImage(
            id=id, photo_code=str(id), original_url=url, standard_url=url, **facts
        )

    def find_key(self, key: str) -> Optional[userimage.StoredImage]:
        return userimage.StoredImage.from_json(key)

    def read(self, website_id: int, id: int, variant: str) -> Optional[bytes]:
        return variant.encode()

    def list(
        self, website_id: int, user_id: str, page_index: int, page_size: int
    ) -> userimage.ImageList:
        return userimage.ImageList(page_size, [])

    def delete(self, website_id: int, id: int) -> bool:
        return True

    def sweep(self, min_age: datetime.timedelta) -> userimage.SweepReport:
        return userimage.SweepReport(0, 0)


def storages() -> None:
    whole: userimage.ReadableStorage = Database()
    part: userimage.ReadableStorage = Shop()  # pyright: ignore[reportAssignmentType]
    least: userimage.Storage = Shop()
    for storage in (whole, part, least):
        userimage.Uploader(storage, authentication="already_checked")


def makes_renditions() -> bytes:
    rendition = userimage.render("a.jpg", policy={"max_bytes": 1}, standard={"max_width": 1})
    userimage.render("a.jpg", standard={"width": 1})  # pyright: ignore[reportArgumentType]
    formats = {known.name for known in userimage.FORMATS if known.has_rendition}
    assert rendition.format in formats
    assert userimage.ERROR_KINDS["too_large"] == userimage.count_frames("a.jpg", 5)
    details = userimage.exif_details(b"")
    return rendition.data + (details.make or "" if details else "").encode()


async def uploads_async(uploader: userimage.Uploader) -> int:
    image = await uploader.upload_async(b"", website_id=1, client_key="k", user_id="u")
    return image.id


def reads(uploader: userimage.Uploader) -> list[str]:
    found = uploader.find(1, 1)
    data = uploader.read(1, 1, "standard")
    uploader.read(1, 1, "thumbnail")
    assert found is not None
    assert data is not None
    part = uploader.list(1, "u", page_size=10)
    failures = uploader.validate_all("a.jpg", website_id=1, client_key=None, user_id=None)
    return [
        *(image.image_name for image in uploader.iter_images(1, "u")),
        *(image.created.isoformat() for image in part),
        *(failure.reason for failure in failures),
    ]


def probes() -> tuple[int, float]:
    info = userimage.probe(Path("a.jpg"))
    info.width = 5  # pyright: ignore[reportAttributeAccessIssue]
    return info.width or 0, info.dpi[0] if info.dpi else 72.0


def answers(uploader: userimage.Uploader) -> bytes:
    userimage.Uploader("data", keys={1: "k"}, http={"prefix": "/shop", "files": True})
    userimage.Uploader(
        "data", keys={1: "k"}, http={"origins": ["*"], "explain": True, "max_parts": 9}
    )
    userimage.Uploader("data", keys={1: "k"}, http={"origins": "*"})  # pyright: ignore[reportArgumentType]
    userimage.Uploader("data", keys={1: "k"}, http={"file": True})  # pyright: ignore[reportArgumentType]
    application = userimage.wsgi.application(uploader)
    application({}, lambda status, headers, exc_info=None: lambda data: None)
    userimage.asgi.application(uploader)
    headers = [(b"websiteId", b"1")]
    begun = uploader.begin("POST", "/", headers)
    if isinstance(begun, userimage.BodyReceiver):
        more: bool = begun.feed(b"")
        assert more
        begun = begun.finish()
    for name, value in begun.headers:
        assert name + value
    status: int = uploader.handle("GET", "/", {"websiteId": "1"}, io.BytesIO()).status
    return begun.body + bytes(status)
