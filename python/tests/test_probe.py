from __future__ import annotations

import io
import os
import tempfile
from pathlib import Path
from typing import Any

import pytest
from conftest import FIXTURES

import userimage


def test_it_tells_what_a_photo_is(photo: bytes) -> None:
    info = userimage.probe(photo)
    assert (info.format, info.mime_type, info.extension) == ("jpeg", "image/jpeg", ".jpg")
    assert (info.width, info.height) == (1600, 1200)
    assert (info.displayed_width, info.displayed_height) == (1200, 1600)
    assert (info.orientation, info.dpi, info.dpi_source) == (6, (300.0, 300.0), "exif")
    assert (info.colour, info.bits, info.alpha) == ("rgb", 8, False)
    assert info.has_exif
    assert "1600x1200" in repr(info)
    assert "300x300 dpi (exif)" in repr(info)


def test_a_dict_has_every_attribute(photo: bytes) -> None:
    info = userimage.probe(photo)
    attributes = [name for name in dir(info) if not name.startswith("_")]
    attributes = [name for name in attributes if name not in ("as_dict", "print_size")]
    assert sorted(info.as_dict()) == sorted(attributes)
    assert all(info.as_dict()[name] == getattr(info, name) for name in attributes)


def test_it_tells_how_large_a_picture_prints(photo: bytes, small: bytes) -> None:
    info = userimage.probe(photo)
    assert info.print_size() == (4.0, 1600 / 300)
    assert info.print_size(100) == (12.0, 16.0)
    assert userimage.probe(small).print_size() is None


def test_it_is_frozen_and_equal_to_its_like(photo: bytes, small: bytes) -> None:
    info = userimage.probe(photo)
    assert info == userimage.probe(photo)
    assert info != userimage.probe(small)
    assert info != "jpeg"
    with pytest.raises(AttributeError):
        info.width = 5  # type: ignore[misc]
    with pytest.raises(TypeError):
        type(info)()


def test_every_source_tells_the_same(photo: bytes, photo_path: Path, tmp_path: Path) -> None:
    expected = userimage.probe(photo)

    class Bytes(bytes):
        pass

    sources: list[Any] = [
        Bytes(photo),
        bytearray(photo),
        memoryview(photo),
        memoryview(bytearray(photo)),
        str(photo_path),
        photo_path,
        io.BytesIO(photo),
    ]
    for source in sources:
        assert userimage.probe(source) == expected, type(source)
    strided = bytearray(2 * len(photo))
    strided[::2] = photo
    assert userimage.probe(memoryview(strided)[::2]) == expected
    with photo_path.open("rb", buffering=0) as raw, tempfile.SpooledTemporaryFile() as spooled:
        spooled.write(photo)
        assert userimage.probe(raw) == expected
        assert userimage.probe(spooled) == expected
        spooled.rollover()
        assert userimage.probe(spooled) == expected


def test_a_file_is_probed_from_its_beginning_and_left_where_it_was(photo: bytes) -> None:
    file = io.BytesIO(photo)
    file.seek(77)
    assert userimage.probe(file).width == 1600
    assert file.tell() == 77
    file = io.BytesIO(b"nothing that is an image")
    file.seek(5)
    with pytest.raises(userimage.ProbeError):
        userimage.probe(file)
    assert file.tell() == 5


def test_only_what_is_needed_is_read(tmp_path: Path, photo: bytes) -> None:
    read = 0

    class Counting(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            nonlocal read
            data = super().read(size)
            read += len(data)
            return data

    userimage.probe(Counting(photo + bytes(10_000_000)))
    assert read < 16_384


def test_short_reads_are_read_on(photo: bytes) -> None:
    class Dripping(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(min(size or 0, 3))

    assert userimage.probe(Dripping(photo)) == userimage.probe(photo)


@pytest.mark.parametrize("name", ["hostile-empty.jpg", "bmp-cut-header.bmp"])
def test_what_is_no_image_is_a_probe_error(name: str) -> None:
    path = FIXTURES / name
    for source in (path, path.read_bytes(), io.BytesIO(path.read_bytes())):
        with pytest.raises(userimage.ProbeError) as caught:
            userimage.probe(source)
        assert isinstance(caught.value, (userimage.Error, ValueError))
        assert str(caught.value)


def test_what_cannot_be_opened_raises_as_open_does(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        userimage.probe(tmp_path / "none")
    assert caught.value.filename == str(tmp_path / "none")
    assert str(caught.value).startswith("[Errno 2] No such file or directory: ")
    with pytest.raises(IsADirectoryError):
        userimage.probe(tmp_path)
    with pytest.raises((ValueError, OSError)):
        userimage.probe("a\0b")
    with pytest.raises(FileNotFoundError):
        userimage.probe(os.fsdecode(b"not utf-8 \xff"))


@pytest.mark.parametrize("source", [None, 5, 1.5, [1], {}, object(), type, io.StringIO("text")])
def test_what_holds_no_bytes_is_a_type_error(source: Any) -> None:
    with pytest.raises(TypeError):
        userimage.probe(source)


class Failing(io.BytesIO):
    """A file whose method `what` raises, or answers, something odd."""

    def __init__(self, data: bytes, what: str, answer: Any) -> None:
        super().__init__(data)
        self.what, self.answer = what, answer

    def _do(self, name: str, *arguments: Any) -> Any:
        if name != self.what:
            return getattr(io.BytesIO, name)(self, *arguments)
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer

    def read(self, *size: Any) -> Any:
        return self._do("read", *size)

    def seek(self, *where: Any) -> Any:
        return self._do("seek", *where)

    def tell(self) -> Any:
        return self._do("tell")


@pytest.mark.parametrize("what", ["read", "seek", "tell"])
@pytest.mark.parametrize(
    "error",
    [
        OSError(5, "disk"),
        InterruptedError(),
        RuntimeError("mine"),
        KeyboardInterrupt(),
        SystemExit(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_file_s_exception_comes_through(photo: bytes, what: str, error: BaseException) -> None:
    with pytest.raises(type(error)) as caught:
        userimage.probe(Failing(photo, what, error))
    assert caught.value is error


@pytest.mark.parametrize(
    ("what", "answer", "expected"),
    [
        ("read", None, TypeError),
        ("read", "text", TypeError),
        ("read", 5, TypeError),
        ("read", b"x" * 100_000, OSError),
        ("tell", None, TypeError),
        ("tell", -1, OverflowError),
        ("tell", 2**70, OverflowError),
        ("tell", "0", TypeError),
    ],
)
def test_a_file_s_rubbish_is_an_error(
    photo: bytes, what: str, answer: Any, expected: type[Exception]
) -> None:
    with pytest.raises(expected):
        userimage.probe(Failing(photo, what, answer))


def test_a_closed_file_is_an_error(photo_path: Path) -> None:
    with photo_path.open("rb") as file:
        pass
    with pytest.raises(ValueError, match="closed"):
        userimage.probe(file)


def test_a_pipe_cannot_be_probed() -> None:
    reader, writer = os.pipe()
    os.close(writer)
    with os.fdopen(reader, "rb") as file, pytest.raises(OSError):
        userimage.probe(file)


def test_a_file_that_ends_early_is_an_error(photo: bytes) -> None:
    class Shrinking(io.BytesIO):
        def seek(self, offset: int, whence: int = 0, /) -> int:
            where = super().seek(offset, whence)
            if whence == 2:
                self.truncate(10)
            return where

    with pytest.raises(userimage.ProbeError):
        userimage.probe(Shrinking(photo))
