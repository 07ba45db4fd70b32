"""Memory stays flat and no Python object leaks."""

from __future__ import annotations

import gc
import io
import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import KEYS, WHO, png, scaled

import userimage

STATM = Path("/proc/self/statm")


def resident() -> int:
    return int(STATM.read_text().split()[1]) * 4096


def stays_flat(work: Callable[[], object], times: int) -> None:
    """Asserts that `work` makes the process grow, if at all, only while it warms up."""
    for _ in range(times // 5 + 10):
        work()
    gc.collect()
    before = resident()
    for _ in range(times):
        work()
    gc.collect()
    grown = resident() - before
    # A leak of less than 100 bytes each is not seen here; the next test looks for it.
    assert grown < max(4_000_000, 100 * times), f"{grown} bytes more after {times} times"


@pytest.mark.skipif(not STATM.exists(), reason="this system has no /proc/self/statm")
def test_memory_is_flat(photo: bytes, photo_path: Path, tmp_path: Path) -> None:
    def refused() -> None:
        with pytest.raises(userimage.InvalidFile):
            uploader.upload(photo[:2000], **WHO)
        with pytest.raises(userimage.ProbeError):
            userimage.probe(b"nothing")

    class Forgetful:
        def store(self, image: userimage.NewImage) -> userimage.StoredImage:
            return image.stored(1, photo_code="1", original_url="o", standard_url="s")

    uploader = userimage.Uploader(Forgetful(), authentication="already_checked")
    stays_flat(lambda: uploader.upload(png(64, 64), **WHO), scaled(10_000))
    stays_flat(lambda: uploader.upload(photo_path, **WHO), scaled(500))
    stays_flat(lambda: userimage.probe(photo), scaled(100_000))
    stays_flat(lambda: userimage.probe(io.BytesIO(photo)), scaled(20_000))
    stays_flat(refused, scaled(5_000))
    with userimage.Uploader(tmp_path / "s", base_url="u/", keys=KEYS) as local:
        image = local.upload(photo, **WHO)
        stays_flat(lambda: local.read(1001, image.id), scaled(2_000))
        stays_flat(lambda: local.find(1001, image.id), scaled(2_000))
        stays_flat(lambda: list(local.iter_images(1001, "12345")), scaled(2_000))
    stays_flat(
        lambda: userimage.Uploader(tmp_path / "s", base_url="u/", keys=KEYS).close(), scaled(300)
    )


class Token:
    """Counts itself."""

    alive = 0

    def __init__(self) -> None:
        Token.alive += 1

    def __del__(self) -> None:
        Token.alive -= 1


class Failing(Exception):
    def __init__(self) -> None:
        super().__init__()
        self.token = Token()


class Storage(Token):
    fail = False

    def store(self, image: userimage.NewImage) -> userimage.StoredImage:
        if self.fail:
            raise Failing
        return image.stored(1, photo_code="1", original_url="o", standard_url="s")

    def knows(self, website_id: int) -> bool:
        return True

    def accepts(self, website_id: int, client_key: str) -> bool:
        return True


class File(Token, io.BytesIO):
    def __init__(self, data: bytes) -> None:
        io.BytesIO.__init__(self, data)
        Token.__init__(self)


def test_no_object_leaks(small: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    # pytest keeps every record, and with it the exception and its frames.
    monkeypatch.setattr(logging.getLogger("userimage"), "propagate", False)

    class Data(bytes):
        pass

    def use() -> None:
        storage = Storage()
        uploader = userimage.Uploader(storage, authentication=storage)
        uploader.upload(File(small), **WHO)
        uploader.upload(Data(small), **WHO)
        userimage.probe(File(small))
        storage.fail = True
        with pytest.raises(userimage.ServerError):
            uploader.upload(File(small), **WHO)
        with pytest.raises(userimage.UnsupportedOperation):
            next(uploader.iter_images(1001, "12345"))

    for _ in range(20):
        use()
    gc.collect()
    assert Token.alive == 0


def test_reference_counts_stay(small: bytes, photo: bytes, uploader: userimage.Uploader) -> None:
    buffer, name, user = bytearray(small), "a name.png", "a user"
    file, keys = io.BytesIO(small), {1001: "abc123"}
    who: dict[str, Any] = {**WHO, "user_id": user}
    things = [small, photo, buffer, name, user, file, keys, None, True, userimage.StoredImage]

    def use() -> None:
        image = uploader.upload(small, **who, filename=name)
        uploader.upload(buffer, **who)
        uploader.upload(file, **who)
        uploader.validate_all(small, **who)
        uploader.find(1001, image.id)
        uploader.read(1001, image.id)
        list(uploader.iter_images(1001, user, page_size=5))
        image.as_dict()
        repr(image)
        userimage.probe(photo).as_dict()
        userimage.probe(file)
        userimage.Uploader({"memory": {"base_url": "u/"}}, keys=keys)
        with pytest.raises(userimage.InvalidFile):
            uploader.upload_request(
                headers={"websiteId": "1001", "webApiClientKey": "abc123"},
                query={"userId": user},
                form=[userimage.FormPart("postedFile", buffer, name)],
            ) and uploader.upload(b"", **who)

    for _ in range(5):
        use()
    gc.collect()
    before = [sys.getrefcount(thing) for thing in things]
    for _ in range(50):
        use()
    gc.collect()
    after = [sys.getrefcount(thing) for thing in things]
    # None, True and a class are used by everything: they may move a little.
    assert all(abs(now - then) < 20 for then, now in zip(before, after)), (before, after)
    assert after[:7] == before[:7]
