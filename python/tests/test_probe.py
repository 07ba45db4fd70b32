from __future__ import annotations

import errno
import io
import json
import os
import pickle
import signal
import struct
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path
from typing import Any

import pytest
from conftest import FIXTURES, WHO

import userimage


def test_a_photo_is_identified(photo: bytes) -> None:
    info = userimage.probe(photo)
    assert (info.format, info.mime_type, info.extension) == ("jpeg", "image/jpeg", ".jpg")
    assert (info.width, info.height) == (1200, 1600)
    assert (info.stored_width, info.stored_height) == (1600, 1200)
    assert (info.orientation, info.dpi, info.dpi_source) == (6, (300.0, 300.0), "exif")
    assert (info.colour_model, info.colour_bits, info.has_alpha) == ("rgb", 8, False)
    assert info.has_exif
    assert "1200x1600" in repr(info)
    assert "300x300 dpi (exif)" in repr(info)


def test_plain_names_are_as_displayed(uploader: userimage.Uploader) -> None:
    """A fax of 204 x 98 dpi, turned by 90 degrees: every face of the library agrees."""
    fax = turned_fax()
    info = userimage.probe(fax)
    assert (info.width, info.height, info.dpi) == (2, 3, (98.0, 204.0))
    assert (info.stored_width, info.stored_height, info.stored_dpi) == (3, 2, (204.0, 98.0))
    assert info.print_size == (2 / 98, 3 / 204)
    image = uploader.upload(fax, **WHO)
    assert (image.width, image.height) == (info.width, info.height)
    assert (image.stored_width, image.stored_height) == (info.stored_width, info.stored_height)


def turned_fax() -> bytes:
    """A TIFF of 3 x 2 grey pixels, 204 x 98 dpi, orientation 6; by the TIFF 6.0 specification."""
    short, long, rational = 3, 4, 5
    pixels, resolutions = b"\0" * 6, struct.pack("<4I", 204, 1, 98, 1)
    entries = [
        (256, short, 3),
        (257, short, 2),
        (258, short, 8),
        (259, short, 1),
        (262, short, 1),
        (273, long, 8),
        (274, short, 6),
        (277, short, 1),
        (278, short, 2),
        (279, long, 6),
        (282, rational, 14),
        (283, rational, 22),
        (296, short, 2),
    ]
    directory = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in entries)
    head = struct.pack("<2sHI", b"II", 42, 8 + len(pixels) + len(resolutions))
    return head + pixels + resolutions + struct.pack("<H", len(entries)) + directory + bytes(4)


def test_a_dict_has_every_attribute(photo: bytes) -> None:
    info = userimage.probe(photo)
    attributes = [name for name in dir(info) if not name.startswith("_")]
    for other in ("as_dict", "from_json", "to_json", "largest_print"):
        attributes.remove(other)
    facts = info.as_dict()
    assert json.loads(info.to_json()) == facts
    assert sorted(facts) == sorted(attributes)
    for name in attributes:
        value = getattr(info, name)
        assert facts[name] == (list(value) if isinstance(value, tuple) else value)


def test_print_sizes(photo: bytes, small: bytes) -> None:
    info = userimage.probe(photo)
    assert info.print_size == (4.0, 1600 / 300)
    assert info.largest_print(100) == (12.0, 16.0)
    assert userimage.probe(small).print_size is None
    assert userimage.probe(small).largest_print(1) == (4.0, 3.0)
    assert userimage.probe(FIXTURES / "pdf-empty.pdf").largest_print(300) is None
    for dpi in (0, -1, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="min_dpi"):
            info.largest_print(dpi)


def test_it_is_frozen_and_has_equality(photo: bytes, small: bytes) -> None:
    info = userimage.probe(photo)
    assert info == userimage.probe(photo)
    assert info != userimage.probe(small)
    assert info != "jpeg"
    with pytest.raises(AttributeError):
        info.width = 5  # type: ignore[misc]
    with pytest.raises(TypeError):
        type(info)()


def test_every_source_gives_the_same(photo: bytes, photo_path: Path, tmp_path: Path) -> None:
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
    assert userimage.probe(file).width == 1200
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


def test_short_reads_are_continued(photo: bytes) -> None:
    class Dripping(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(min(size or 0, 3))

    assert userimage.probe(Dripping(photo)) == userimage.probe(photo)


@pytest.mark.parametrize("name", ["hostile-empty.jpg", "bmp-cut-header.bmp"])
def test_a_file_that_is_not_an_image_is_a_probe_error(name: str) -> None:
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
def test_a_source_without_bytes_is_a_type_error(source: Any) -> None:
    with pytest.raises(TypeError):
        userimage.probe(source)


def test_a_file_that_cannot_seek_is_a_type_error(photo: bytes) -> None:
    class Pipe:
        def read(self, size: int = -1) -> bytes:
            return photo

    class Half(Pipe):
        def tell(self) -> int:
            return 0

    for source, needed in [(Pipe(), "Pipe has no seek"), (Half(), "Half has no seek")]:
        with pytest.raises(TypeError, match=f"a file that can seek is needed: {needed}"):
            userimage.probe(source)  # type: ignore[arg-type]


class Failing(io.BytesIO):
    """A file whose method `what` raises or returns `answer`."""

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
        ("tell", -1, OSError),
        ("tell", 2**70, OSError),
        ("tell", "0", TypeError),
    ],
)
def test_a_file_that_returns_a_wrong_value_is_an_error(
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


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no FIFOs")
@pytest.mark.parametrize(
    "call",
    [
        "userimage.probe(path)",
        "userimage.exif_details(path)",
        "userimage.count_frames(path)",
        "uploader.upload(path, website_id=1001, client_key='abc123', user_id='u')",
        "uploader.validate_all(path, website_id=1001, client_key='abc123', user_id='u')",
    ],
)
def test_a_fifo_is_refused_and_not_opened(tmp_path: Path, call: str) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    lines = f"""
import sys, userimage
path = sys.argv[1]
uploader = userimage.Uploader({{"memory": {{"base_url": "u/"}}}}, keys={{1001: "abc123"}})
try:
    {call}
except OSError as error:
    assert not isinstance(error, userimage.Error), error
    print(error.errno, error.filename)
"""
    # In a process of its own: to open the FIFO hangs it, and not even Ctrl-C ends that.
    done = subprocess.run(
        [sys.executable, "-c", lines, str(fifo)],
        capture_output=True,
        encoding="utf-8",
        timeout=20,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, f"{errno.EINVAL} {fifo}\n"), done.stderr


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/null"])
def test_a_device_is_refused(device: str) -> None:
    if not Path(device).is_char_device():
        pytest.skip(f"this system has no {device}")
    with pytest.raises(OSError, match="regular file") as caught:
        userimage.probe(device)
    assert caught.value.filename == device


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no FIFOs")
@pytest.mark.parametrize("call", ["probe", "count_frames"])
def test_ctrl_c_ends_a_slow_read(tmp_path: Path, call: str) -> None:
    """A file object that waits is Python's own, so Ctrl-C interrupts it."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    lines = f"""
import io, os, signal, sys, userimage
# A background job of a shell starts with SIGINT ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
class Waiting(io.RawIOBase):
    def readable(self): return True
    def seekable(self): return True
    def seek(self, offset, whence=0): return 0
    def tell(self): return 1000
    def read(self, size=-1):
        print("reading", flush=True)
        return os.read(descriptor, size)
descriptor = os.open(sys.argv[1], os.O_RDWR)
try:
    userimage.{call}(Waiting())
except KeyboardInterrupt:
    print("interrupted")
"""
    process = subprocess.Popen(
        [sys.executable, "-c", lines, str(fifo)], stdout=subprocess.PIPE, encoding="utf-8"
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "reading\n"
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=20)
    finally:
        process.kill()
        process.wait()
    assert (process.returncode, out) == (0, "interrupted\n")


@pytest.mark.skipif(sys.platform != "linux", reason="needs a limit of the address space")
@pytest.mark.parametrize("call", ["exif_details", "count_frames", "render"])
def test_a_file_without_an_end_does_not_end_the_process(call: str) -> None:
    """Memory ends before the file does, and that is an exception."""
    code = """
        import resource, sys, userimage
        class Endless:
            def read(self, size):
                return bytes(size)
        resource.setrlimit(resource.RLIMIT_AS, (700 << 20, 700 << 20))
        options = {"policy": {"max_bytes": 2**64 - 1}} if sys.argv[1] == "render" else {}
        try:
            getattr(userimage, sys.argv[1])(Endless(), **options)
        except (OSError, MemoryError) as error:
            print("refused", error)
    """
    program = [sys.executable, "-c", textwrap.dedent(code), call]
    done = subprocess.run(program, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout[:7]) == (0, "refused"), done.stderr


def test_exif_details(photo: bytes, photo_path: Path, small: bytes) -> None:
    details = userimage.exif_details(photo)
    assert details is not None
    assert (details.make, details.model, details.lens) == ("Example", "Phone 1", None)
    assert (details.software, details.time) == ("1.0", "2024:05:17 10:20:30")
    assert details.has_position
    assert "Phone 1" in repr(details)
    for source in (photo_path, str(photo_path), io.BytesIO(photo), bytearray(photo)):
        assert userimage.exif_details(source) == details
    attributes = [name for name in dir(details) if not name.startswith("_") and name != "as_dict"]
    assert details.as_dict() == {name: getattr(details, name) for name in attributes}
    assert userimage.exif_details(small) is None
    assert userimage.exif_details(b"not an image") is None
    with pytest.raises(FileNotFoundError):
        userimage.exif_details("none")


def test_frames_are_counted(small: bytes) -> None:
    animated = FIXTURES / "gif-animated.gif"
    with animated.open("rb") as file:
        for source in (animated, str(animated), animated.read_bytes(), file):
            assert userimage.count_frames(source) == 3
    assert userimage.count_frames(animated, limit=1) == 2
    assert userimage.count_frames(small) == 1
    with pytest.raises(userimage.ProbeError):
        userimage.count_frames(b"not an image")
    assert userimage.count_frames(animated, limit=2**64) == 3
    with pytest.raises(ValueError, match="at least 0"):
        userimage.count_frames(small, -1)


def test_formats(photo: bytes) -> None:
    names = [known.name for known in userimage.FORMATS]
    assert len({*names}) == len(names) == 18
    assert [known.name for known in userimage.FORMATS if known.has_rendition] == [
        *(
            "jpeg",
            "png",
            "gif",
            "bmp",
            "tiff",
            "webp",
            "psd",
            "jp2",
            "j2k",
            "jxl",
            "svg",
            "eps",
            "pdf",
        )
    ]
    info = userimage.probe(photo)
    (jpeg,) = (known for known in userimage.FORMATS if known.name == info.format)
    assert (jpeg.mime_type, jpeg.extension) == (info.mime_type, info.extension)
    assert len({*userimage.FORMATS}) == 18
    assert repr(jpeg) == "<Format jpeg>"


def test_facts_are_values(photo: bytes, small: bytes) -> None:
    info = userimage.probe(photo)
    same = pickle.loads(pickle.dumps(info))
    assert same == info
    assert hash(same) == hash(info)
    assert {info: 1}[same] == 1
    assert len({info, same, userimage.probe(small)}) == 2
    assert userimage.ImageInfo.from_json(info.to_json()) == info
    for wrong in ("", "[]", "{}", info.to_json().replace('"jpeg"', '"jpg"')):
        with pytest.raises(ValueError, match="facts of an image"):
            userimage.ImageInfo.from_json(wrong)
    camera = userimage.exif_details(photo)
    assert len({camera, userimage.exif_details(photo)}) == 1


def test_the_facts_of_every_file_come_back() -> None:
    """Also the densities, to the last digit."""
    seen = 0
    for path in sorted(FIXTURES.iterdir()):
        try:
            info = userimage.probe(path)
        except userimage.ProbeError:
            continue
        same = pickle.loads(pickle.dumps(info))
        assert same == info, path
        assert same.stored_dpi == info.stored_dpi, path
        seen += 1
    assert seen > 100
