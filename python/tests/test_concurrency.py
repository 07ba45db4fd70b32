"""Many threads and many processes on one local store; fork and spawn."""

from __future__ import annotations

import functools
import io
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from conftest import FIXTURES, KEYS, WHO, png, scaled

import userimage

FORKS = hasattr(os, "fork")
# From Python 3.12 on, forking with threads about is warned of; these tests fork on purpose.
pytestmark = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")


def opened(folder: Path) -> userimage.Uploader:
    return userimage.Uploader(folder, base_url="https://img.example/", keys=KEYS)


def all_are_there(folder: Path, count: int) -> None:
    with opened(folder) as uploader:
        images = list(uploader.iter_images(1001, "12345", page_size=250))
        assert len(images) == len({image.id for image in images}) == count
        assert len({image.unique_name for image in images}) == count
        for image in images[:: max(1, count // 50)]:
            data = uploader.read(1001, image.id)
            assert data is not None
            assert userimage.probe(data).width == image.width
        assert uploader.sweep(0) == userimage.SweepReport(0, 0)
    for name in ("original", "standard"):
        assert sum(path.is_file() for path in (folder / name).rglob("*")) == count


def test_threads_lose_nothing(tmp_path: Path) -> None:
    each = scaled(1000)
    with opened(tmp_path) as uploader:

        def upload(thread: int) -> list[int]:
            return [
                uploader.upload(png(thread + 1, number % 50 + 1), **WHO).id
                for number in range(each)
            ]

        with ThreadPoolExecutor(8) as pool:
            ids = [number for numbers in pool.map(upload, range(8)) for number in numbers]
    assert len(set(ids)) == 8 * each
    all_are_there(tmp_path, 8 * each)


def upload_many(folder: str, process: int, count: int) -> None:
    with opened(Path(folder)) as uploader:
        for number in range(count):
            uploader.upload(png(process + 1, number % 50 + 1), **WHO)


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_processes_lose_nothing(tmp_path: Path, method: str) -> None:
    each = scaled(250)
    context = multiprocessing.get_context(method)
    processes = [
        context.Process(target=upload_many, args=(str(tmp_path), number, each))
        for number in range(4)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        assert process.exitcode == 0
    all_are_there(tmp_path, 4 * each)


def in_child(work: Callable[[], None]) -> None:
    """Runs `work` in a fork; a child that hangs is killed and fails the test."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.alarm(60)
            work()
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(status)
    _, status = os.waitpid(child, 0)
    assert not os.WIFSIGNALED(status), f"the child hung, or died of signal {os.WTERMSIG(status)}"
    assert os.WEXITSTATUS(status) == 0


@pytest.mark.skipif(not FORKS, reason="this system does not fork")
def test_made_before_a_fork_and_used_only_in_children(tmp_path: Path, small: bytes) -> None:
    with opened(tmp_path) as uploader:
        for _ in range(2):
            in_child(lambda: uploader.upload(small, **WHO) and None)
        uploader.upload(small, **WHO)
    all_are_there(tmp_path, 3)


@pytest.mark.skipif(not FORKS, reason="this system does not fork")
def test_used_before_a_fork_it_is_an_error_in_the_child(tmp_path: Path, small: bytes) -> None:
    uploader = opened(tmp_path)
    uploader.upload(small, **WHO)

    def child() -> None:
        for call in (
            lambda: uploader.upload(small, **WHO),
            lambda: uploader.find(1001, 1),
            lambda: list(uploader.iter_images(1001, "12345")),
            lambda: uploader.sweep(1),
        ):
            with pytest.raises(userimage.Error) as caught:
                call()
            cause: BaseException | None = caught.value
            texts = []
            while cause is not None:
                texts.append(f"{cause} {getattr(cause, 'reason', '')}")
                cause = cause.__cause__
            assert any("close the storage before the fork" in text for text in texts), texts
        # What needs no folder works.
        assert userimage.probe(small).width == 4
        uploader.close()
        # SQLite in the child has the parent's state, so a new uploader is no better.
        with pytest.raises(userimage.ConfigError, match="close the storage before the fork"):
            opened(tmp_path)
        # Another folder is no concern of that state.
        with opened(tmp_path / "other") as other:
            assert other.upload(small, **WHO).id == 1

    in_child(child)
    assert uploader.upload(small, **WHO).photo_code == "1"
    uploader.close()

    def later_child() -> None:
        with opened(tmp_path) as fresh:
            assert fresh.upload(small, **WHO).photo_code == "1"

    in_child(later_child)
    all_are_there(tmp_path, 3)


@pytest.mark.skipif(not FORKS, reason="this system does not fork")
def test_a_fork_in_the_midst_of_uploads_never_hangs(tmp_path: Path, small: bytes) -> None:
    large = png(2000, 2000)
    stop = threading.Event()
    memory = userimage.Uploader({"memory": {"base_url": "u/"}}, keys=KEYS)
    uploader = opened(tmp_path)
    # Used before the first fork, however late the threads start.
    uploader.upload(small, **WHO)

    def work() -> None:
        while not stop.is_set():
            uploader.upload(small, **WHO)
            userimage.probe(large)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()

    def child() -> None:
        with pytest.raises(userimage.ServerError):
            uploader.upload(small, **WHO)
        with pytest.raises(userimage.ConfigError, match="forked"):
            opened(tmp_path)
        # Another folder opens if no thread of the parent was inside SQLite at the moment of the fork.
        try:
            with opened(tmp_path / "other") as other:
                other.upload(small, **WHO)
        except userimage.ConfigError as error:
            assert "forked" in str(error)
        userimage.probe(large)
        assert memory.upload(small, **WHO).id == 1

    try:
        for _ in range(20):
            in_child(child)
    finally:
        stop.set()
        for thread in threads:
            thread.join()


@pytest.mark.skipif(not FORKS, reason="this system does not fork")
def test_a_child_may_upload_asynchronously(tmp_path: Path, small: bytes) -> None:
    import asyncio

    async def upload() -> int:
        return (await uploader.upload_async(small, **WHO)).id

    uploader = userimage.Uploader({"memory": {"base_url": "u/"}}, keys=KEYS)
    assert asyncio.run(upload()) == 1

    def child() -> None:
        assert asyncio.run(upload()) == 2

    in_child(child)


def test_closing_while_others_upload(tmp_path: Path, small: bytes) -> None:
    uploader = opened(tmp_path)
    uploader.upload(small, **WHO)
    stored: list[int] = []

    def work() -> None:
        try:
            while True:
                stored.append(uploader.upload(small, **WHO).id)
        except ValueError as error:
            assert "closed" in str(error)

    with ThreadPoolExecutor(4) as pool:
        working = [pool.submit(work) for _ in range(4)]
        while len(stored) < 20:
            pass
        uploader.close()
        for future in working:
            future.result()
    all_are_there(tmp_path, len(stored) + 1)


def test_one_iterator_in_several_threads(uploader: userimage.Uploader) -> None:
    for number in range(50):
        uploader.upload(png(2, number + 1), **WHO)
    images = uploader.iter_images(1001, "12345", page_size=3)
    found: list[int] = []

    def take() -> None:
        for image in images:
            found.append(image.id)

    with ThreadPoolExecutor(4) as pool:
        for future in [pool.submit(take) for _ in range(4)]:
            future.result()
    assert sorted(found) == list(range(1, 51))


def test_close_waits_for_calls_of_other_threads(photo: bytes) -> None:
    begun, events = threading.Event(), []

    class Shop:
        def store(self, image: userimage.NewImage) -> userimage.StoredImage:
            begun.set()
            time.sleep(0.3)
            events.append("stored")
            return image.stored(1, photo_code="1", original_url="o", standard_url="s")

    def work(uploader: userimage.Uploader) -> None:
        uploader.upload(png(4, 3), **WHO)

    with userimage.Uploader(Shop(), keys=KEYS) as uploader:
        thread = threading.Thread(target=work, args=(uploader,))
        thread.start()
        begun.wait()
    events.append("closed")
    thread.join()
    assert events == ["stored", "closed"]


def test_a_folder_may_be_removed_after_close(tmp_path: Path, photo: bytes) -> None:
    begun = threading.Event()

    class Slow(io.BytesIO):
        def read(self, size: Any = -1, /) -> bytes:
            begun.set()
            time.sleep(0.02)
            return super().read(min(size, 8192))

    ids: list[int] = []
    with opened(tmp_path / "s") as uploader:
        upload = functools.partial(uploader.upload, Slow(photo), filename="a.jpg", **WHO)
        thread = threading.Thread(target=lambda: ids.append(upload().id))
        thread.start()
        begun.wait()
    shutil.rmtree(tmp_path / "s")
    thread.join()
    assert ids == [1]


def test_close_within_a_call_does_not_wait_for_itself(small: bytes) -> None:
    class Shop:
        def store(self, image: userimage.NewImage) -> userimage.StoredImage:
            uploader.close()
            return image.stored(1, photo_code="1", original_url="o", standard_url="s")

    uploader = userimage.Uploader(Shop(), keys=KEYS)
    assert uploader.upload(small, **WHO).id == 1
    assert uploader.closed


def test_what_has_begun_is_refused_after_close(small: bytes) -> None:
    uploader = userimage.Uploader({"memory": {"base_url": "u/"}}, keys=KEYS)
    headers = {"websiteId": "1001", "webApiClientKey": "abc123"}
    admitted = uploader.admit(headers=headers, query={"userId": "5"})
    receiver = uploader.begin(
        "POST",
        "/api/4/UploadImage/UploadImage?userId=5",
        {**headers, "Content-Type": "multipart/form-data; boundary=x"},
    )
    assert isinstance(receiver, userimage.BodyReceiver)
    uploader.close()
    with pytest.raises(ValueError, match="closed"):
        admitted.finish([userimage.FormPart("postedFile", small, "a.png")])
    with pytest.raises(ValueError, match="closed"):
        receiver.finish()


@pytest.mark.skipif(not FORKS, reason="this system does not fork")
def test_closing_can_be_interrupted() -> None:
    script = """
import signal, threading, time, userimage
class Shop:
    def store(self, image):
        begun.set()
        time.sleep(1000)
begun = threading.Event()
uploader = userimage.Uploader(Shop(), authentication="already_checked")
photo = open(__import__("sys").argv[1], "rb").read()
who = dict(website_id=1, client_key="k", user_id="u")
threading.Thread(target=uploader.upload, args=(photo,), kwargs=who, daemon=True).start()
begun.wait()
signal.signal(signal.SIGALRM, signal.default_int_handler)
signal.alarm(1)
try:
    uploader.close()
except KeyboardInterrupt:
    print("interrupted", uploader.closed, flush=True)
    __import__("os")._exit(0)
"""
    done = subprocess.run(
        [sys.executable, "-c", script, str(FIXTURES / "png-rgb8.png")],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.stdout, done.stderr) == ("interrupted True\n", "")
