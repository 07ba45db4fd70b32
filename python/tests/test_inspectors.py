"""Inspectors, the smallest print, and warnings."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from typing import Any, Union

import pytest
from conftest import FIXTURES, WHO

import userimage

MEMORY: dict[str, Any] = {"memory": {"base_url": "u/"}}
OPEN: dict[str, Any] = {"storage": MEMORY, "authentication": "already_checked"}


class Own:
    """Answers as its test says, and keeps what it has seen."""

    def __init__(self, answer: object) -> None:
        self.answer = answer
        self.seen: list[userimage.NewImage] = []

    def inspect(self, image: userimage.NewImage) -> Any:
        self.seen.append(image)
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer


def test_an_inspector_sees_the_record_and_both_files(photo: bytes) -> None:
    own = Own(True)
    uploader = userimage.Uploader(**OPEN, inspectors=[own])
    image = uploader.upload(photo, **WHO, filename="me.jpg")
    [seen] = own.seen
    assert (seen.original, seen.unique_name) == (photo, image.unique_name)
    assert seen.standard == uploader.read(1001, image.id, "standard")


@pytest.mark.parametrize(
    ("answer", "kind", "reason"),
    [
        ("no cats", "refused_by_inspector", "Own: no cats"),
        ("", "refused_by_inspector", "Own: "),
        (False, "refused_by_inspector", "Own: the image is refused"),
        (OSError("no socket"), "inspector_failed", "Own: it failed: OSError: no socket"),
        (None, "inspector_failed", "an inspector returned NoneType, not True or a reason"),
        (1, "inspector_failed", "an inspector returned int, not True or a reason"),
    ],
)
def test_what_does_not_accept_refuses_or_fails(
    small: bytes, answer: object, kind: str, reason: str
) -> None:
    uploader = userimage.Uploader(**OPEN, inspectors=[Own(answer)])
    with pytest.raises(userimage.UploadError) as caught:
        uploader.upload(small, **WHO)
    error = caught.value
    assert error.kind == kind
    assert reason in error.reason
    refused = kind == "refused_by_inspector"
    assert isinstance(error, userimage.InvalidFile if refused else userimage.ServerError)
    if isinstance(answer, OSError):
        assert error.__cause__ is answer
    assert uploader.list(1001, "12345").total == 0


def test_a_coroutine_lets_nobody_in(small: bytes) -> None:
    async def inspector(image: userimage.NewImage) -> bool:
        return True

    uploader = userimage.Uploader(**OPEN, inspectors=[inspector])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]
    with pytest.warns(RuntimeWarning, match="never awaited"), pytest.raises(userimage.ServerError):
        uploader.upload(small, **WHO)


def test_an_interrupt_is_passed_on(small: bytes) -> None:
    uploader = userimage.Uploader(**OPEN, inspectors=[Own(KeyboardInterrupt())])
    with pytest.raises(KeyboardInterrupt):
        uploader.upload(small, **WHO)


@pytest.fixture
def clamd() -> Iterator[str]:
    """A ``clamd`` that finds the word ``virus``."""

    class Scan(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            assert self.rfile.read(10) == b"zINSTREAM\0"
            file = b""
            while size := int.from_bytes(self.rfile.read(4), "big"):
                file += self.rfile.read(size)
            found = b"virus" in file
            self.wfile.write(b"stream: Word FOUND\0" if found else b"stream: OK\0")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Scan) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"tcp://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_callables_objects_and_the_configurations_are_asked_in_order(
    clamd: str, small: bytes
) -> None:
    asked: list[str] = []

    def first(image: userimage.NewImage) -> Union[bool, str]:
        asked.append("first")
        return True

    def last(image: userimage.NewImage) -> Union[bool, str]:
        asked.append("last")
        return "never on Fridays"

    inspectors = [first, {"clamd": {"address": clamd}}, last]
    uploader = userimage.Uploader(**OPEN, inspectors=inspectors)
    with pytest.raises(userimage.InvalidFile) as caught:
        uploader.upload(small, **WHO)
    assert caught.value.reason == "last: never on Fridays"
    assert asked == ["first", "last"]
    with pytest.raises(userimage.InvalidFile) as caught:
        uploader.upload(small + b"virus", **WHO)
    assert caught.value.reason == "clamd: Word was found"
    assert asked == ["first", "last", "first"]
    assert 'userimage_inspections_total{inspector="clamd",result="refused"} 1' in uploader.metrics()

    config = {**OPEN, "inspectors": [{"host": {"on_failure": "allow"}}]}
    uploader = userimage.Uploader.from_config(config, inspectors=[Own(OSError()), first])
    uploader.upload(small, **WHO)
    assert asked[-1] == "first"


@pytest.mark.parametrize(
    ("inspectors", "problem"),
    [
        ([5], "int has no method __call__"),
        ([Own], "Own is a class: an object is needed"),
        ([{"clamd": {}}], r"inspectors\[0\].clamd.address is missing"),
        ([{"host": {}}], r"inspectors\[0\].host: the host brings no further inspector"),
    ],
)
def test_wrong_inspectors_are_errors(inspectors: list[Any], problem: str) -> None:
    with pytest.raises((TypeError, userimage.ConfigError), match=problem):
        userimage.Uploader(**OPEN, inspectors=inspectors)


def test_inspectors_are_collected(small: bytes) -> None:
    import gc
    import weakref

    class Circle:
        uploader: userimage.Uploader

        def inspect(self, image: userimage.NewImage) -> bool:
            return True

    own = Circle()
    own.uploader = userimage.Uploader(**OPEN, inspectors=[own])
    own.uploader.upload(small, **WHO)
    alive = weakref.ref(own)
    del own
    gc.collect()
    assert alive() is None


def test_a_small_picture_is_refused_or_warned_of(photo: bytes) -> None:
    print_size: dict[str, Any] = {"width_inches": 12, "height_inches": 16, "dpi": 101}
    uploader = userimage.Uploader(**OPEN, policy={"min_print": print_size})
    with pytest.raises(userimage.InvalidFile) as caught:
        uploader.upload(photo, **WHO)
    assert caught.value.kind == "print_too_small"
    assert caught.value.reason == (
        "1200 x 1600 pixels are too few for a print of 12 x 16 inches at 101 dpi, "
        "which needs 1212 x 1616"
    )
    with pytest.raises(userimage.InvalidFile):
        userimage.render(photo, policy={"min_print": print_size})
    warns = userimage.Uploader(**OPEN, policy={"min_print": {**print_size, "action": "warn"}})
    image = warns.upload(photo, **WHO)
    assert image.warnings == image.as_dict()["warnings"] == ["low_resolution"]
    rebuilt = userimage.StoredImage(**image.as_dict())
    assert rebuilt == image
    assert warns.find(1001, image.id) == image


def test_warnings_are_those_of_the_file(local: userimage.Uploader) -> None:
    for name, warnings in (
        ("jpeg-phone-orientation6.jpg", []),
        ("jpeg-cmyk-adobe.jpg", ["cmyk_without_profile"]),
        ("gif-animated.gif", ["animation"]),
        ("png-gray-alpha8.png", ["transparency"]),
    ):
        image = local.upload(FIXTURES / name, **WHO)
        assert image.warnings == warnings, name
        found = local.find(1001, image.id)
        assert found is not None
        assert found.warnings == warnings
