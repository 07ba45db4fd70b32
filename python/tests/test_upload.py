from __future__ import annotations

import array
import copy
import ctypes
import datetime
import enum
import hashlib
import io
import json
import mmap
import os
import pickle
import sys
import tempfile
import threading
import uuid
from pathlib import Path
from typing import Any

import pytest
from conftest import FIXTURES, WHO, png

import userimage


def test_an_upload_answers_and_is_read_back(
    local: userimage.Uploader, photo_path: Path, photo: bytes
) -> None:
    before = datetime.datetime.now(datetime.timezone.utc)
    image = local.upload(photo_path, **WHO, dpi=96)
    assert (image.id, image.photo_code, image.image_name) == (1, "1", photo_path.name)
    assert (image.website_id, image.user_id) == (1001, "12345")
    assert (image.width, image.height, image.stored_width, image.stored_height) == (
        *(1200, 1600),
        *(1600, 1200),
    )
    assert (image.orientation, image.dpi, image.format) == (6, 96, "jpeg")
    assert (image.mime_type, image.extension) == ("image/jpeg", ".jpg")
    assert image.sha256 == hashlib.sha256(photo).hexdigest()
    assert image.original_bytes == len(photo)
    assert abs(image.created - before) < datetime.timedelta(minutes=5)
    assert image.created.utcoffset() == datetime.timedelta(0)
    assert "StoredImage 1 jpeg 1200x1600" in repr(image)

    data = json.loads(image.envelope())["Data"]
    assert data["UniqueName"] == image.unique_name
    assert data["OriginalURL"] == image.original_url
    assert image.http_status == 200

    assert local.find(1001, 1) == image
    assert local.read(1001, 1) == local.read("1001", 1, "original") == photo
    standard = local.read(1001, 1, "standard")
    assert standard is not None
    assert len(standard) == image.standard_bytes
    info = userimage.probe(standard)
    assert (info.width, info.height) == (image.standard_width, image.standard_height)

    assert local.find(1002, 1) is None
    assert local.read(1002, 1) is None
    assert local.find_key(image.original_key) == local.find_key(image.standard_key) == image
    assert image.original_key == f"original/{image.unique_name}"
    assert image.original_url.endswith(image.original_key)
    assert image.standard_url.endswith(image.standard_key)
    assert (image.standard_format, image.standard_mime_type) == ("jpeg", "image/jpeg")

    assert local.delete(1002, 1) is False
    assert local.delete(1001, 1) is True
    assert local.find(1001, 1) is None
    assert local.find_key(image.original_key) is None
    assert local.sweep(0) == userimage.SweepReport(0, 0)
    assert local.sweep(datetime.timedelta(hours=1)).records == 0


def test_a_dict_has_every_attribute(uploader: userimage.Uploader, photo: bytes) -> None:
    image = uploader.upload(photo, **WHO)
    fields = image.as_dict()
    attributes = [name for name in dir(image) if not name.startswith("_")]
    for other in ("as_dict", "to_json", "from_json", "record_json", "envelope", "http_status"):
        attributes.remove(other)
    assert sorted(fields) == sorted(attributes)
    assert all(fields[name] == getattr(image, name) for name in attributes)


def test_lists_and_iterators(uploader: userimage.Uploader) -> None:
    for number in range(7):
        uploader.upload(png(3, number + 1), **WHO)
    uploader.upload(png(3, 3), **{**WHO, "user_id": "another"})
    for page_size in (1, 2, 3, 7, 100):
        images = uploader.iter_images(1001, "12345", page_size=page_size)
        assert iter(images) is images
        assert [image.height for image in images] == [7, 6, 5, 4, 3, 2, 1]
        assert next(images, None) is None
    part = uploader.list(1001, 12345, 1, 3)
    assert (part.total, len(part), [image.height for image in part]) == (7, 3, [4, 3, 2])
    assert list(part) == part.images
    assert repr(part) == "<ImageList 3 of 7>"
    assert part == uploader.list(1001, "12345", page_index=1, page_size=3)
    assert part != uploader.list(1001, "12345", page_index=2, page_size=3)
    assert part == userimage.ImageList(part.total, part.images)
    assert len(uploader.list(1001, 12345)) == 7
    assert len(uploader.list(1001, 12345, 9)) == 0
    assert list(uploader.iter_images(1002, "12345")) == []
    assert len(uploader.list(1001, "12345", 2**64)) == 0
    assert len(uploader.list(1001, "12345", 0, 2**64)) == 7
    with pytest.raises(ValueError, match="at least 0"):
        uploader.list(1001, "12345", -1)
    with pytest.raises(ValueError, match="at least 0"):
        uploader.list(1001, "12345", 0, -1)
    with pytest.raises(ValueError, match="page_size"):
        uploader.iter_images(1001, "12345", page_size=0)
    with pytest.raises(ValueError, match="websiteId"):
        uploader.iter_images(0, "12345")


@pytest.mark.parametrize(
    ("fields", "error", "code"),
    [
        ({"website_id": None}, userimage.MissingWebsiteId, 372),
        ({"website_id": " "}, userimage.MissingWebsiteId, 372),
        ({"website_id": "x"}, userimage.InvalidWebsiteId, 221),
        ({"website_id": 0}, userimage.InvalidWebsiteId, 221),
        ({"website_id": 2**80}, userimage.InvalidWebsiteId, 221),
        ({"website_id": 1003}, userimage.InvalidWebsiteId, 221),
        ({"website_id": True}, userimage.InvalidWebsiteId, 221),
        ({"client_key": None}, userimage.InvalidClientKey, 226),
        ({"client_key": "wrong"}, userimage.InvalidClientKey, 226),
        ({"user_id": None}, userimage.InvalidUserId, 261),
        ({"user_id": "a\ud800"}, userimage.InvalidUserId, 261),
        ({"user_id": "a\0"}, userimage.InvalidUserId, 261),
        ({"dpi": "0"}, userimage.InvalidDpi, 265),
        ({"dpi": 70000}, userimage.InvalidDpi, 265),
        ({"file": b""}, userimage.InvalidFile, 262),
        ({"file": b"no image"}, userimage.InvalidFile, 262),
        ({"file": FIXTURES / "png-cut-idat.png"}, userimage.InvalidFile, 262),
    ],
)
def test_a_refusal_is_an_exception_of_its_own_class(
    uploader: userimage.Uploader,
    small: bytes,
    fields: dict[str, Any],
    error: type[userimage.UploadError],
    code: int,
) -> None:
    request: dict[str, Any] = {"file": small, **WHO, **fields}
    with pytest.raises(userimage.UploadError) as caught:
        uploader.upload(**request)
    assert type(caught.value) is error
    assert caught.value.code == code
    envelope = json.loads(caught.value.envelope())
    assert envelope["ErrorCode"] == str(code)
    assert envelope["Message"] == caught.value.message
    assert str(caught.value) == f"{caught.value.message} ({code}): {caught.value.reason}"
    assert caught.value.http_status in (400, 401)
    assert "wrong" not in repr(caught.value)

    again = pickle.loads(pickle.dumps(caught.value))
    assert type(again) is error
    assert (vars(again), str(again)) == (vars(caught.value), str(caught.value))

    failures = uploader.validate_all(**request)
    if code != 262 or request["file"] == b"":
        assert [type(failure) for failure in failures] == [error]
        assert failures.http_status == caught.value.http_status
        assert failures.envelope() == caught.value.envelope()
    else:
        assert (len(failures), failures.envelope(), failures.http_status) == (0, None, None)


def test_every_failure_is_reported(uploader: userimage.Uploader) -> None:
    failures = uploader.validate_all(b"", website_id="x", client_key=None, user_id="", dpi="-")
    assert [failure.code for failure in failures] == [221, 226, 261, 265, 262]
    assert [failure.code for failure in failures[1:3]] == [226, 261]
    envelope = failures.envelope()
    assert envelope is not None
    assert json.loads(envelope)["ErrorCode"] == "221,226,261,265,262"
    assert "InvalidUserId" in repr(failures)


def test_fields_may_be_numbers_or_texts(uploader: userimage.Uploader, small: bytes) -> None:
    image = uploader.upload(small, website_id=1001, client_key="abc123", user_id=7, dpi=300)
    assert (image.website_id, image.user_id, image.dpi) == (1001, "7", 300)
    image = uploader.upload(small, website_id=" 1001 ", client_key="abc123", user_id="é漢", dpi="")
    assert (image.user_id, image.dpi) == ("é漢", 72)

    class Number(enum.IntEnum):
        SHOP = 1001

    assert uploader.upload(small, **{**WHO, "website_id": Number.SHOP}).website_id == 1001
    for wrong in (b"1001", 1001.0, [1001]):
        with pytest.raises(TypeError):
            uploader.upload(small, **{**WHO, "website_id": wrong})  # type: ignore[arg-type]


def test_names(uploader: userimage.Uploader, small: bytes, tmp_path: Path) -> None:
    path = tmp_path / "Logo ü.png"
    path.write_bytes(small)

    def name(file: Any, **more: str) -> str:
        image = uploader.upload(file, **WHO, **more)
        return "UNIQUE" if image.image_name == image.unique_name else image.image_name

    assert name(path) == name(str(path)) == "Logo ü.png"
    assert name(small) == name(io.BytesIO(small)) == "UNIQUE"
    assert name(small, filename=r"C:\pictures\me.png") == "me.png"
    assert name(path, filename="other.png") == "other.png"
    assert name(path, filename="") == "UNIQUE"
    assert name(path, filename="a\ud800b") == "a\ufffd\ufffd\ufffdb"
    with path.open("rb") as file:
        assert name(file) == "Logo ü.png"
    with os.fdopen(os.open(path, os.O_RDONLY), "rb") as file:
        assert name(file) == "UNIQUE"

    class Somewhere:
        def __fspath__(self) -> str:
            return str(path)

    assert name(Somewhere()) == "Logo ü.png"
    odd = os.path.join(os.fsencode(tmp_path), b"not utf-8 \xff.png")
    Path(os.fsdecode(odd)).write_bytes(small)
    assert name(os.fsdecode(odd)) == "not utf-8 \ufffd\ufffd\ufffd.png"


def test_every_source_is_taken(uploader: userimage.Uploader, photo_path: Path) -> None:
    photo = photo_path.read_bytes()
    sha256 = hashlib.sha256(photo).hexdigest()

    def same(file: Any) -> bool:
        return uploader.upload(file, **WHO).sha256 == sha256

    for file in (photo, bytearray(photo), memoryview(photo), io.BytesIO(photo), photo_path):
        assert same(file), type(file)
    with photo_path.open("rb") as file, photo_path.open("rb", buffering=0) as raw:
        for opened in (file, raw):
            opened.seek(100)
            assert same(opened)
            assert opened.tell() == 100
    with tempfile.SpooledTemporaryFile() as spooled, tempfile.NamedTemporaryFile() as named:
        for temporary in (spooled, named):
            temporary.write(photo)
            assert same(temporary)
    with tempfile.SpooledTemporaryFile(max_size=10) as spooled:
        spooled.write(photo)
        assert same(spooled)

    class Dripping(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(min(size or 0, 1000))

    assert same(Dripping(photo))


def test_a_pipe_is_read_to_its_end(uploader: userimage.Uploader, photo: bytes) -> None:
    reader, writer = os.pipe()

    def write() -> None:
        with os.fdopen(writer, "wb") as file:
            file.write(photo)

    thread = threading.Thread(target=write)
    thread.start()
    with os.fdopen(reader, "rb") as file:
        assert uploader.upload(file, **WHO).original_bytes == len(photo)
    thread.join()


@pytest.mark.parametrize("spill", [False, True])
def test_django_uploads(uploader: userimage.Uploader, photo: bytes, spill: bool) -> None:
    conf = pytest.importorskip("django.conf")
    if not conf.settings.configured:
        conf.settings.configure()
    from django.core.files.uploadedfile import InMemoryUploadedFile, TemporaryUploadedFile

    if spill:
        file: Any = TemporaryUploadedFile("me.jpg", "image/jpeg", len(photo), None)
        file.write(photo)
    else:
        file = InMemoryUploadedFile(
            io.BytesIO(photo), "postedFile", "me.jpg", "image/jpeg", len(photo), None
        )
    image = uploader.upload(file, **WHO)
    assert (image.image_name, image.original_bytes) == ("me.jpg", len(photo))
    assert userimage.probe(file) == userimage.probe(photo)
    file.close()


def test_starlette_uploads(uploader: userimage.Uploader, photo: bytes) -> None:
    datastructures = pytest.importorskip("starlette.datastructures")
    file = datastructures.UploadFile(io.BytesIO(photo), filename="me.jpg")
    image = uploader.upload(file, **WHO)
    assert (image.image_name, image.original_bytes) == ("me.jpg", len(photo))
    image = uploader.upload(file.file, **WHO)
    assert (image.image_name, image.original_bytes) == (image.unique_name, len(photo))
    assert userimage.probe(file) == userimage.probe(photo)


def test_werkzeug_uploads(uploader: userimage.Uploader, photo: bytes) -> None:
    datastructures = pytest.importorskip("werkzeug.datastructures")
    file = datastructures.FileStorage(io.BytesIO(photo), filename="me.jpg", name="postedFile")
    image = uploader.upload(file, **WHO)
    assert (image.image_name, image.original_bytes) == ("me.jpg", len(photo))
    unnamed = datastructures.FileStorage(io.BytesIO(photo), name="postedFile")
    image = uploader.upload(unnamed, **WHO)
    assert image.image_name == image.unique_name
    assert userimage.probe(file) == userimage.probe(photo)


def test_a_file_over_the_limit_is_not_read_to_its_end() -> None:
    class Endless(io.RawIOBase):
        read_bytes = 0

        def readable(self) -> bool:
            return True

        def read(self, size: int = -1, /) -> bytes:
            assert size > 0
            self.read_bytes += size
            return bytes(size)

    file = Endless()
    with userimage.Uploader(
        {"memory": {"base_url": "u/"}},
        keys={1001: "abc123", 1002: "xyz"},
        websites=[{"id": 1002, "policy": {"max_bytes": 10}}],
        policy={"max_bytes": 3_000_000},
    ) as uploader:
        with pytest.raises(userimage.InvalidFile) as caught:
            uploader.upload(file, **WHO)  # type: ignore[arg-type]
        assert caught.value.http_status == 413
        assert file.read_bytes == 3_000_001
        file.read_bytes = 0
        with pytest.raises(userimage.MissingWebsiteId):
            uploader.upload(file, **{**WHO, "website_id": None})  # type: ignore[arg-type]
        assert file.read_bytes == 0
        uploader.validate_all(file, **WHO)  # type: ignore[arg-type]
        assert file.read_bytes == 1


class Odd:
    """A file whose reads are `answers`, one after another."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)

    def read(self, size: int) -> Any:
        answer = self.answers.pop(0) if self.answers else b""
        if isinstance(answer, BaseException):
            raise answer
        return answer


@pytest.mark.parametrize("error", [OSError(5, "disk"), KeyboardInterrupt(), RuntimeError("mine")])
def test_a_file_s_exception_comes_through(
    uploader: userimage.Uploader, photo: bytes, error: BaseException
) -> None:
    with pytest.raises(type(error)) as caught:
        uploader.upload(Odd(photo[:1000], error), **WHO)
    assert caught.value is error
    assert list(uploader.iter_images(1001, "12345")) == []


@pytest.mark.parametrize("answer", [None, "text", 5, [b""]])
def test_a_file_that_returns_no_bytes_is_a_type_error(
    uploader: userimage.Uploader, answer: Any
) -> None:
    with pytest.raises(TypeError, match="binary"):
        uploader.upload(Odd(answer), **WHO)


def test_a_file_may_answer_buffers(uploader: userimage.Uploader, photo: bytes) -> None:
    half = len(photo) // 2
    file = Odd(bytearray(photo[:half]), memoryview(photo)[half:])
    assert uploader.upload(file, **WHO).sha256 == hashlib.sha256(photo).hexdigest()


def test_what_cannot_be_opened_raises_as_open_does(
    uploader: userimage.Uploader, tmp_path: Path, photo_path: Path
) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        uploader.upload(tmp_path / "none", **WHO)
    assert caught.value.filename == str(tmp_path / "none")
    with pytest.raises(IsADirectoryError):
        uploader.upload(tmp_path, **WHO)
    with photo_path.open("rb") as file:
        pass
    with pytest.raises(ValueError, match="closed"):
        uploader.upload(file, **WHO)
    with photo_path.open("r", encoding="latin-1") as text, pytest.raises(TypeError):
        uploader.upload(text, **WHO)  # type: ignore[arg-type]


def test_a_file_that_uploads_itself_while_it_is_read(
    uploader: userimage.Uploader, small: bytes
) -> None:
    class Again(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            uploader.upload(small, **WHO)
            return super().read(size)

    assert uploader.upload(Again(small), **WHO).id > 1


@pytest.mark.parametrize("kind", [bytearray, lambda data: memoryview(bytearray(data))])
def test_a_buffer_that_changes_during_the_call(uploader: userimage.Uploader, kind: Any) -> None:
    """The bytes of one moment are stored, whatever another thread writes meanwhile."""
    data = png(700, 700, level=0)
    buffer = kind(data)
    stop = threading.Event()

    def scribble() -> None:
        view = memoryview(buffer)
        while not stop.is_set():
            view[60:100] = b"\xff" * 40
            view[60:100] = data[60:100]

    thread = threading.Thread(target=scribble)
    thread.start()
    try:
        for _ in range(20):
            try:
                image = uploader.upload(buffer, **WHO)
            except userimage.InvalidFile:
                continue
            stored = uploader.read(1001, image.id)
            assert stored is not None
            assert image.sha256 == hashlib.sha256(stored).hexdigest()
            userimage.probe(buffer)
    finally:
        stop.set()
        thread.join()


def test_a_buffer_may_be_resized_during_the_call(uploader: userimage.Uploader) -> None:
    buffer = bytearray(png(900, 900, level=0))
    begun, done = threading.Event(), threading.Event()

    def resize() -> None:
        begun.set()
        while not done.is_set():
            buffer.extend(b"x")
            del buffer[-1]

    thread = threading.Thread(target=resize)
    thread.start()
    begun.wait()
    try:
        for _ in range(20):
            uploader.upload(buffer, **WHO)
    finally:
        done.set()
        thread.join()


def test_a_closed_uploader_raises(tmp_path: Path, small: bytes) -> None:
    with userimage.Uploader(tmp_path / "s", base_url="u/", keys={1001: "abc123"}) as uploader:
        uploader.upload(small, **WHO)
        images = uploader.iter_images(1001, "12345")
        assert not uploader.closed
    assert uploader.closed
    uploader.close()
    for call in (
        lambda: uploader.upload(small, **WHO),
        lambda: uploader.validate_all(small, **WHO),
        lambda: uploader.find(1001, 1),
        lambda: uploader.sweep(1),
        lambda: next(images),
    ):
        with pytest.raises(ValueError, match="closed"):
            call()
    with pytest.raises(KeyError), uploader:
        raise KeyError


def test_sweep_needs_an_age(uploader: userimage.Uploader) -> None:
    for age in (-1, float("nan"), float("inf"), 1e300, datetime.timedelta(seconds=-1)):
        with pytest.raises(ValueError, match="min_age"):
            uploader.sweep(age)
    with pytest.raises(TypeError):
        uploader.sweep(None)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        uploader.sweep()  # type: ignore[call-arg]
    assert uploader.sweep(0.5) == userimage.SweepReport(0, 0)


def test_variants(uploader: userimage.Uploader) -> None:
    for name in ("Thumbnail", "a/b", "", "api"):
        with pytest.raises(ValueError, match=f'not "{name}"'):
            uploader.read(1001, 1, name)
    # A rendition that may have been made.
    assert uploader.read(1001, 1, "thumbnail") is None


def test_an_id_that_cannot_exist_is_no_image(local: userimage.Uploader) -> None:
    for number in (-1, 0, 5, 2**63, 2**64, -(10**30), 10**30):
        assert local.find(1001, number) is None
        assert local.read(1001, number) is None
        assert local.delete(1001, number) is False
    for wrong in ("1", 1.0, None):
        with pytest.raises(TypeError):
            local.find(1001, wrong)  # type: ignore[arg-type]


def test_the_limit_is_known_before_a_file_is_read() -> None:
    with userimage.Uploader(
        {"memory": {"base_url": "u/"}},
        keys={1001: "abc123", 1002: "xyz"},
        websites=[{"id": 1002, "policy": {"max_bytes": 10}}],
        policy={"max_bytes": 3_000_000},
    ) as uploader:
        assert (uploader.max_bytes(1001), uploader.max_bytes("1002")) == (3_000_000, 10)
        with pytest.raises(ValueError, match="websiteId"):
            uploader.max_bytes(0)


def test_the_general_form(uploader: userimage.Uploader, photo: bytes) -> None:
    part = userimage.FormPart
    image = uploader.upload_request(
        headers={"WEBSITEID": "1001", "webapiclientkey": "abc123"},
        query=(("dpi", 120),),
        form=iter(
            [
                part("userId", "u"),
                part("postedFile", bytearray(photo), "me.jpg", "image/png"),
            ]
        ),
    )
    assert (image.user_id, image.dpi, image.image_name) == ("u", 120, "me.jpg")
    for form, needed in [
        ([part("postedFile", 5)], "a path, bytes or a binary file is needed, not int"),
        ([part("postedFile", b"", 5)], "a form part's file_name is a str, not int"),
        ([part("postedFile", b"", "a.png", b"image/png")], "content_type is a str, not bytes"),
        ([part(5, b"")], "a form part's name is a str, not int"),
        ([part(None, b"")], "a form part's name is needed, not None"),
        ([("postedFile", b"")], "a FormPart is needed, not tuple"),
        ([None], "a FormPart is needed, not NoneType"),
        (5, "not iterable"),
    ]:
        with pytest.raises(TypeError, match=needed):
            uploader.upload_request(headers={}, query={}, form=form)  # type: ignore[arg-type,list-item]
    for pairs in ([("a",)], [("a", "b", "c")], 5, {"a": None}, {5: "a"}):
        with pytest.raises((TypeError, ValueError)):
            uploader.upload_request(headers=pairs, query={}, form=[])  # type: ignore[arg-type]


def test_a_huge_number_is_the_field_s_error(uploader: userimage.Uploader, small: bytes) -> None:
    huge = 10**5000
    for field, error in [
        ("website_id", userimage.InvalidWebsiteId),
        ("client_key", userimage.InvalidClientKey),
        ("user_id", userimage.InvalidUserId),
        ("dpi", userimage.InvalidDpi),
    ]:
        with pytest.raises(error):
            uploader.upload(small, **{**WHO, field: huge})
    assert uploader.find(huge, huge) is None
    with pytest.raises(ValueError, match="websiteId"):
        uploader.max_bytes(huge)


def test_a_path_may_be_bytes_underneath(
    uploader: userimage.Uploader, small: bytes, tmp_path: Path
) -> None:
    class Odd:
        def __fspath__(self) -> bytes:
            return os.fsencode(tmp_path) + b"/a.png"

    (tmp_path / "a.png").write_bytes(small)
    assert uploader.upload(Odd(), **WHO).image_name == "a.png"  # type: ignore[arg-type]


def test_values_may_be_copied(uploader: userimage.Uploader, small: bytes) -> None:
    for value in (uploader.upload(small, **WHO), userimage.probe(small)):
        assert copy.copy(value) is value
        assert copy.deepcopy([value])[0] is value


def test_an_integer_that_names_no_image_is_no_error(
    uploader: userimage.Uploader, small: bytes
) -> None:
    image = uploader.upload(small, **WHO)
    for website, number in [
        (1001, 0),
        (1001, -1),
        (1001, 2**63),
        (1001, 2**64),
        (1001, -(2**64)),
        (0, image.id),
        (-1, image.id),
        (2**31, image.id),
        (2**64, image.id),
        (2**64, 2**64),
    ]:
        assert uploader.find(website, number) is None
        assert uploader.read(website, number) is None
        assert uploader.read(website, number, "standard") is None
        assert uploader.delete(website, number) is False
    assert uploader.find(1001, image.id) == image
    # A text is not the id of an image, and one that is no website's is a mistake of the program.
    with pytest.raises(TypeError):
        uploader.find(1001, "1")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="websiteId"):
        uploader.find("x", 1)
    with pytest.raises(ValueError, match="id"):
        userimage.StoredImage(id=-1, photo_code="1", original_url="o", standard_url="s")


def test_a_user_may_be_an_object_with_a_text_of_its_own(
    uploader: userimage.Uploader, small: bytes
) -> None:
    user = uuid.UUID(int=7)
    who: dict[str, Any] = {**WHO, "user_id": user}
    image = uploader.upload(small, **who)
    assert image.user_id == str(user)
    assert uploader.list(1001, user).images == [image]
    assert list(uploader.iter_images(1001, user)) == [image]
    assert not uploader.validate_all(small, **who)

    class Colour(enum.Enum):
        RED = 1

    class Plain:
        pass

    for wrong in (b"5", bytearray(b"5"), memoryview(b"5"), 5.0, [5], {}, Colour.RED, Plain()):
        with pytest.raises(TypeError, match="text form"):
            uploader.upload(small, **{**WHO, "user_id": wrong})  # type: ignore[arg-type]
    # Only a user: a key is a text.
    with pytest.raises(TypeError):
        uploader.upload(small, **{**WHO, "client_key": user})  # type: ignore[arg-type]


def test_a_file_may_be_any_buffer(uploader: userimage.Uploader, photo: bytes) -> None:
    buffers: list[Any] = [array.array("B", photo), (ctypes.c_char * len(photo))(*photo)]
    if sys.version_info >= (3, 12):

        class Own:
            def __buffer__(self, flags: int) -> memoryview:
                return memoryview(photo)

        buffers.append(Own())
    for buffer in buffers:
        assert userimage.probe(buffer) == userimage.probe(photo)
        image = uploader.upload(buffer, **WHO, filename="a.jpg")
        assert uploader.read(1001, image.id) == photo
    with tempfile.TemporaryFile() as file:
        file.write(photo)
        file.flush()
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
            assert userimage.probe(mapped) == userimage.probe(photo)
            assert uploader.upload(mapped, **WHO, filename="a.jpg").sha256 == image.sha256
    released = memoryview(b"x")
    released.release()
    for wrong in (5, 1.5, object(), [1, 2]):
        with pytest.raises(TypeError, match="a path, bytes or a binary file"):
            userimage.probe(wrong)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="released"):
        userimage.probe(released)
