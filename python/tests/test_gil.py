"""The GIL is released while the core works: shown by the order of events, never by time.

With a switch interval of 1,000 s no thread is forced to release the GIL: another one runs only when the
one that holds it waits or releases it.
"""

from __future__ import annotations

import io
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import WHO, png

import userimage

pytestmark = pytest.mark.skipif(
    not getattr(sys, "_is_gil_enabled", lambda: True)(), reason="there is no GIL"
)


# How often a short call is made, at most.
OFTEN = 100_000


@pytest.fixture(autouse=True)
def no_switching() -> Iterator[None]:
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1000)
    yield
    sys.setswitchinterval(interval)


def progresses_during(work: Callable[[], object], times: int = 1) -> bool:
    """Whether this thread runs while another one does `work`, `times` times or until this one has run.

    A call that is short may release the GIL for less time than it takes to wake a thread on a busy
    machine, so such a call is made often.
    """
    begun, ran, done = threading.Event(), threading.Event(), threading.Event()

    def run() -> None:
        begun.set()
        for _ in range(times):
            work()
            if ran.is_set():
                break
        done.set()

    thread = threading.Thread(target=run)
    thread.start()
    begun.wait()
    progressed = not done.is_set()
    ran.set()
    thread.join()
    return progressed


def test_this_test_sees_a_held_gil() -> None:
    assert not progresses_during(lambda: sum(range(3_000_000)))
    assert not progresses_during(lambda: sum(range(300)), 10_000)


def test_an_upload_releases_the_gil(uploader: userimage.Uploader) -> None:
    large = png(6000, 4000)
    assert progresses_during(lambda: uploader.upload(large, **WHO))
    assert progresses_during(lambda: uploader.upload(bytearray(large), **WHO))


def test_a_probe_releases_the_gil(photo: bytes, photo_path: Path) -> None:
    large = photo + bytes(30_000_000)
    file = io.BytesIO(photo)
    assert progresses_during(lambda: userimage.probe(large), OFTEN)
    assert progresses_during(lambda: userimage.probe(photo_path), OFTEN)
    assert progresses_during(lambda: userimage.probe(file), OFTEN)


def test_reading_and_listing_release_the_gil(local: userimage.Uploader, photo: bytes) -> None:
    image = local.upload(photo, **WHO)
    assert progresses_during(lambda: local.read(1001, image.id), OFTEN)
    assert progresses_during(lambda: list(local.iter_images(1001, "12345")), OFTEN)
    assert progresses_during(lambda: local.sweep(1), OFTEN)


def test_two_uploads_overlap(uploader: userimage.Uploader) -> None:
    large = png(6000, 4000)
    events: list[str] = []
    start = threading.Barrier(2)

    def upload() -> None:
        start.wait()
        events.append("begin")
        uploader.upload(large, **WHO)
        events.append("end")

    threads = [threading.Thread(target=upload) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert events == ["begin", "begin", "end", "end"]
