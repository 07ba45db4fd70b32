"""Storages and authenticators of the host's own."""

from __future__ import annotations

import asyncio
import gc
import threading
import weakref
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from conftest import WHO

import userimage

HOST: dict[str, Any] = {"authentication": "already_checked"}


class Shop:
    """A complete storage, in memory."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.images: dict[int, tuple[userimage.StoredImage, userimage.NewImage]] = {}
        self.swept: list[timedelta] = []

    def store(self, image: userimage.NewImage) -> userimage.StoredImage:
        with self.lock:
            number = len(self.images) + 1
            stored = image.stored(
                number, photo_code=f"code {number}", original_url="o", standard_url="s"
            )
            self.images[number] = stored, image
            return stored

    def find(self, website_id: int, number: int) -> userimage.StoredImage | None:
        stored, _ = self.images.get(number, (None, None))
        return stored if stored and stored.website_id == website_id else None

    def read(self, website_id: int, number: int, variant: str) -> bytes | None:
        if self.find(website_id, number) is None:
            return None
        data: bytes = getattr(self.images[number][1], variant)
        return data

    def find_key(self, key: str) -> userimage.StoredImage | None:
        for stored, _ in self.images.values():
            if key in (stored.original_key, stored.standard_key):
                return stored
        return None

    def list(
        self, website_id: int, user_id: str, page_index: int, page_size: int
    ) -> userimage.ImageList:
        mine = [
            stored
            for _, (stored, _) in sorted(self.images.items(), reverse=True)
            if (stored.website_id, stored.user_id) == (website_id, user_id)
        ]
        first = page_index * page_size
        return userimage.ImageList(len(mine), mine[first : first + page_size])

    def delete(self, website_id: int, number: int) -> bool:
        found = self.find(website_id, number) is not None
        if found:
            del self.images[number]
        return found

    def sweep(self, min_age: timedelta) -> userimage.SweepReport:
        self.swept.append(min_age)
        return userimage.SweepReport(2, 3)


class StoreOnly:
    def store(self, image: userimage.NewImage) -> userimage.StoredImage:
        return image.stored(1, photo_code="1", original_url="o", standard_url="s")


def test_a_storage_gets_everything_and_answers(photo: bytes) -> None:
    shop = Shop()
    with userimage.Uploader(shop, **HOST) as uploader:
        image = uploader.upload(photo, **WHO, dpi=96, filename="me.jpg")
        assert (image.id, image.photo_code) == (1, "code 1")
        assert (image.original_url, image.standard_url) == ("o", "s")
        stored, new = shop.images[1]
        assert stored == image
        assert new.original == photo
        assert len(new.standard) == new.standard_bytes
        assert new.standard[:2] == b"\xff\xd8"
        fields = new.as_dict()
        assert fields == {name: value for name, value in image.as_dict().items() if name in fields}
        assert "NewImage jpeg 1200x1600" in repr(new)
        for name in fields:
            assert fields[name] == getattr(new, name)

        for _ in range(4):
            uploader.upload(photo, **WHO)
        assert [found.id for found in uploader.iter_images(1001, "12345", page_size=2)] == [
            5,
            4,
            3,
            2,
            1,
        ]
        assert uploader.find(1001, 1) == image
        assert uploader.find(1002, 1) is None
        part = uploader.list(1001, "12345", 1, 2)
        assert (part.total, [found.id for found in part]) == (5, [3, 2])
        assert uploader.find_key(image.original_key) == image
        assert uploader.find_key(image.standard_key) == image
        assert uploader.find_key("original/../userimage.sqlite3") is None
        assert uploader.read(1001, 1) == photo
        assert uploader.read(1001, 1, "standard") == new.standard
        assert uploader.read(1001, 9) is None
        assert uploader.delete(1001, 1) is True
        assert uploader.delete(1001, 1) is False
        assert uploader.sweep(1.5) == userimage.SweepReport(2, 3)
        assert shop.swept == [timedelta(seconds=1.5)]


def test_what_a_storage_does_not_do_is_unsupported(small: bytes) -> None:
    uploader = userimage.Uploader(StoreOnly(), **HOST)
    key = uploader.upload(small, **WHO).original_key
    for call in (
        lambda: uploader.find(1001, 1),
        lambda: uploader.read(1001, 1),
        lambda: uploader.list(1001, "u", 0, 1),
        lambda: next(uploader.iter_images(1001, "u")),
        lambda: uploader.find_key(key),
        lambda: uploader.delete(1001, 1),
        lambda: uploader.sweep(1),
    ):
        with pytest.raises(userimage.UnsupportedOperation) as caught:
            call()
        assert isinstance(caught.value, (userimage.StorageError, NotImplementedError))


class Mine(Exception):
    pass


class Broken:
    """Every method raises or returns `what`."""

    def __init__(self, what: Any) -> None:
        self.what = what

    def store(self, *arguments: Any) -> Any:
        if isinstance(self.what, BaseException):
            raise self.what
        return self.what

    find = read = list = find_key = delete = sweep = knows = accepts = store


def test_a_storage_s_exception_is_the_cause(small: bytes) -> None:
    mine = Mine("the disk is full")
    uploader = userimage.Uploader(Broken(mine), **HOST)
    with pytest.raises(userimage.ServerError) as caught:
        uploader.upload(small, **WHO)
    assert caught.value.__cause__ is mine
    assert mine.__traceback__ is not None
    assert caught.value.reason == "store failed: Mine: the disk is full"
    assert "disk" not in caught.value.envelope()
    assert caught.value.http_status == 500
    with pytest.raises(userimage.StorageError) as caught_too:
        uploader.find(1001, 1)
    assert caught_too.value.__cause__ is mine


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, SystemExit, asyncio.CancelledError])
def test_an_interrupt_is_not_swallowed(small: bytes, interrupt: type[BaseException]) -> None:
    for arguments in (
        {"storage": Broken(interrupt()), **HOST},
        {"storage": StoreOnly(), "authentication": Broken(interrupt())},
    ):
        uploader = userimage.Uploader(**arguments)
        with pytest.raises(interrupt):
            uploader.upload(small, **WHO)
    with pytest.raises(interrupt):
        uploader.validate_all(small, **WHO)


@pytest.mark.parametrize("wrong", [None, 5, "image", (1, "1", "o", "s"), object()])
def test_a_storage_that_returns_a_wrong_type_is_a_server_error(small: bytes, wrong: Any) -> None:
    uploader = userimage.Uploader(Broken(wrong), **HOST)
    with pytest.raises(userimage.ServerError) as caught:
        uploader.upload(small, **WHO)
    assert isinstance(caught.value.__cause__, TypeError)
    calls: list[Callable[[], object]] = [
        lambda: uploader.list(1001, "u", 0, 1),
        lambda: uploader.sweep(1),
        lambda: uploader.delete(1001, 1),
    ]
    if wrong is not None:
        key = "original/2026_11_00000000-0000-4000-8000-000000000000.png"
        calls += [
            lambda: uploader.find(1001, 1),
            lambda: uploader.find_key(key),
            lambda: uploader.read(1001, 1),
        ]
    for call in calls:
        with pytest.raises(userimage.StorageError) as caught_too:
            call()
        assert isinstance(caught_too.value.__cause__, TypeError)


def test_what_a_storage_was_not_asked_for_is_an_error(small: bytes) -> None:
    """No website sees another's image, and no key opens another's file."""

    class Confused(Shop):
        image: userimage.StoredImage

        def find(self, website_id: int, id: int) -> userimage.StoredImage:
            return self.image

        def find_key(self, key: str) -> userimage.StoredImage:
            return self.image

        def list(
            self, website_id: int, user_id: str, page_index: int, page_size: int
        ) -> userimage.ImageList:
            return userimage.ImageList(1, [self.image])

    storage = Confused()
    with userimage.Uploader(storage, **HOST, http={"files": True}) as uploader:
        storage.image = uploader.upload(small, **WHO)
        image = storage.image
        other = image.original_key.replace(image.unique_name[8:12], "0000")
        assert uploader.find(1001, image.id) == uploader.find_key(image.original_key) == image
        wrong: list[Callable[[], object]] = [
            lambda: uploader.find(1002, image.id),
            lambda: uploader.find(1001, image.id + 1),
            lambda: uploader.find_key(other),
            lambda: uploader.list(1002, image.user_id),
            lambda: uploader.list(1001, "another"),
            lambda: uploader.list(1001, image.user_id, 0, 0),
        ]
        for call in wrong:
            with pytest.raises(userimage.StorageError, match="the storage returned"):
                call()
        assert uploader.handle("GET", f"/{other}", {}).status == 500
        storage.store = lambda new: image  # type: ignore[method-assign]
        with pytest.raises(userimage.ServerError, match="returned another image") as caught:
            uploader.upload(small, **WHO)
        assert caught.value.kind == "storage_failed"


def test_an_object_without_the_methods_is_a_type_error() -> None:
    for storage in (object(), 5, b"data", Door()):
        with pytest.raises(TypeError, match="has no method store"):
            userimage.Uploader(storage, **HOST)  # type: ignore[arg-type]
    for authenticator in (object(), 5, Shop()):
        with pytest.raises(TypeError, match="has no method knows"):
            userimage.Uploader(StoreOnly(), authentication=authenticator)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="has no method store"):
        userimage.Uploader.from_config(HOST, storage=Door())  # type: ignore[arg-type]


def test_a_host_s_own_storage_serves_files(small: bytes) -> None:
    shop = Shop()
    with userimage.Uploader(shop, **HOST, http={"files": True}) as uploader:
        image = uploader.upload(small, **WHO)
        original = uploader.handle("GET", f"/{image.original_key}", {})
        assert (original.status, original.body) == (200, small)
        standard = uploader.handle("GET", f"/{image.standard_key}", {})
        assert (standard.status, standard.body) == (200, shop.images[1][1].standard)
        assert dict(standard.headers)["content-type"] == image.standard_mime_type
        unknown = image.original_key.replace(image.unique_name[8:12], "0000")
        assert uploader.handle("GET", f"/{unknown}", {}).status == 404


def test_ids_are_the_core_s_numbers(small: bytes) -> None:
    class Numbering:
        def store(self, image: userimage.NewImage) -> userimage.StoredImage:
            return image.stored(number, photo_code="", original_url="", standard_url="")

    uploader = userimage.Uploader(Numbering(), **HOST)
    number = 2**63 - 1
    assert uploader.upload(small, **WHO).id == number
    number = 0
    with pytest.raises(userimage.ServerError) as caught:
        uploader.upload(small, **WHO)
    assert isinstance(caught.value.__cause__, ValueError)


def test_a_storage_may_use_its_uploader(small: bytes, photo: bytes) -> None:
    class Reentrant(Shop):
        uploader: userimage.Uploader

        def store(self, image: userimage.NewImage) -> userimage.StoredImage:
            if image.format == "jpeg":
                self.uploader.upload(small, **WHO)
                assert self.uploader.validate_all(b"", **WHO)
                assert len(list(self.uploader.iter_images(1001, "12345"))) == 1
            return super().store(image)

    storage = Reentrant()
    storage.uploader = userimage.Uploader(storage, **HOST)
    assert storage.uploader.upload(photo, **WHO).id == 2


def test_a_storage_may_close_its_uploader(small: bytes) -> None:
    class Closing(StoreOnly):
        uploader: userimage.Uploader

        def store(self, image: userimage.NewImage) -> userimage.StoredImage:
            self.uploader.close()
            gc.collect()
            return super().store(image)

    storage = Closing()
    storage.uploader = userimage.Uploader(storage, **HOST)
    assert storage.uploader.upload(small, **WHO).id == 1
    assert storage.uploader.closed


def test_a_storage_that_holds_its_uploader_is_collected(small: bytes) -> None:
    class Holder(StoreOnly):
        uploader: Any = None
        images: Any = None

    for use in (False, True):
        storage = Holder()
        storage.uploader = userimage.Uploader(storage, **HOST)
        if use:
            storage.uploader.upload(small, **WHO)
            storage.images = storage.uploader.iter_images(1001, "12345")
        gone, uploader_gone = weakref.ref(storage), weakref.ref(storage.uploader)
        del storage
        gc.collect()
        assert gone() is None
        assert uploader_gone() is None


class Door:
    def __init__(self) -> None:
        self.asked: list[tuple[object, ...]] = []

    def knows(self, website_id: int) -> bool:
        self.asked.append(("knows", website_id))
        return website_id == 1001

    def accepts(self, website_id: int, client_key: str) -> bool:
        self.asked.append(("accepts", website_id, client_key))
        return client_key == "abc123"


def test_an_authenticator_decides(small: bytes) -> None:
    door = Door()
    with userimage.Uploader(
        {"memory": {"base_url": "u/"}},
        authentication=door,
        websites=[{"id": 1001, "policy": {"max_width": 4}}],
    ) as uploader:
        uploader.upload(small, **WHO)
        assert door.asked == [("knows", 1001), ("accepts", 1001, "abc123")]
        with pytest.raises(userimage.InvalidWebsiteId) as unknown:
            uploader.upload(small, **{**WHO, "website_id": 5})
        with pytest.raises(userimage.InvalidClientKey) as refused:
            uploader.upload(small, **{**WHO, "client_key": "no"})
        assert unknown.value.http_status == refused.value.http_status == 401


def test_an_authenticator_that_fails_lets_nobody_in(small: bytes) -> None:
    mine = Mine("abc123 is what was asked")
    uploader = userimage.Uploader(StoreOnly(), authentication=Broken(mine))
    with pytest.raises(userimage.ServerError) as caught:
        uploader.upload(small, **WHO)
    assert caught.value.__cause__ is mine
    assert "abc123" not in str(caught.value)
    (failure,) = uploader.validate_all(small, **WHO)[:1]
    assert isinstance(failure, userimage.ServerError)
    assert failure.__cause__ is mine


@pytest.mark.parametrize("answer", [None, 1, "yes", object(), [True]])
def test_only_true_lets_a_request_in(small: bytes, answer: Any) -> None:
    with pytest.raises(userimage.ServerError) as caught:
        userimage.Uploader(StoreOnly(), authentication=Broken(answer)).upload(small, **WHO)
    assert isinstance(caught.value.__cause__, TypeError)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_coroutine_lets_no_request_in(small: bytes) -> None:
    class Async:
        async def knows(self, website_id: int) -> bool:
            return True

        async def accepts(self, website_id: int, client_key: str) -> bool:
            return True

    with pytest.raises(userimage.ServerError):
        userimage.Uploader(StoreOnly(), authentication=Async()).upload(  # type: ignore[arg-type]
            small, **WHO
        )


def test_both_with_a_configuration(small: bytes) -> None:
    config = {"authentication": "host", "policy": {"max_width": 3}}
    uploader = userimage.Uploader.from_config(config, storage=StoreOnly(), authenticator=Door())
    with pytest.raises(userimage.InvalidFile, match="width"):
        uploader.upload(small, **WHO)
    with pytest.raises(userimage.InvalidWebsiteId):
        uploader.upload(small, **{**WHO, "website_id": 5})
    two = {**config, "storage": {"memory": {"base_url": "u/"}}}
    with pytest.raises(userimage.ConfigError):
        userimage.Uploader.from_config(two, storage=StoreOnly())
