"""An upload in two stages: the head, then the form."""

from __future__ import annotations

import gc
import io
import threading
import weakref
from pathlib import Path
from typing import Any

import pytest
from conftest import KEYS, WHO

import userimage

HEADERS = {"websiteId": "1001", "webApiClientKey": "abc123"}
PART = userimage.FormPart


def test_a_head_then_a_form(uploader: userimage.Uploader, small: bytes) -> None:
    admitted = uploader.admit(headers=HEADERS, query={"userId": "u", "DPI": 96})
    assert admitted.website_id == 1001
    assert admitted.max_bytes == uploader.max_bytes(1001)
    assert "website 1001" in repr(admitted)
    image = admitted.finish([PART("postedFile", small, "a.png")])
    assert (image.user_id, image.dpi, image.image_name) == ("u", 96, "a.png")
    assert uploader.find(1001, image.id) == image
    with pytest.raises(ValueError, match="finished"):
        admitted.finish([PART("postedFile", small, "a.png")])
    assert uploader.list(1001, "u").total == 1


def test_the_form_may_have_user_and_dpi(uploader: userimage.Uploader, small: bytes) -> None:
    admitted = uploader.admit(headers=HEADERS, query={})
    image = admitted.finish(
        [PART("userId", "u"), PART("DPI", "300"), PART("postedFile", small, "a.png")]
    )
    assert (image.user_id, image.dpi) == ("u", 300)


@pytest.mark.parametrize(
    ("kind", "headers", "query"),
    [
        ("missing_website_id", {}, {"userId": "u"}),
        ("unknown_website", {**HEADERS, "websiteId": "7"}, {"userId": "u"}),
        ("refused_client_key", {**HEADERS, "webApiClientKey": "no"}, {"userId": "u"}),
        ("missing_user_id", HEADERS, {"userId": " "}),
        ("malformed_dpi", HEADERS, {"userId": "u", "DPI": "x"}),
    ],
)
def test_a_head_is_refused_before_the_body_is_read(
    uploader: userimage.Uploader, kind: str, headers: dict[str, str], query: dict[str, str]
) -> None:
    with pytest.raises(userimage.UploadError) as caught:
        uploader.admit(headers=headers, query=query)
    assert caught.value.kind == kind


def test_the_first_failure_is_found_before_the_file_is_read(uploader: userimage.Uploader) -> None:
    class Unread:
        def read(self, size: int, /) -> bytes:
            raise AssertionError("the file was read")

    for wrong in (
        {"website_id": None},
        {"website_id": 7},
        {"client_key": "no"},
        {"user_id": None},
        {"dpi": "x"},
    ):
        with pytest.raises(userimage.UploadError):
            uploader.upload(Unread(), **{**WHO, **wrong})


def test_the_authenticator_is_asked_once(small: bytes) -> None:
    asked: list[str] = []

    class Door:
        def knows(self, website_id: int) -> bool:
            asked.append("knows")
            return True

        def accepts(self, website_id: int, client_key: str) -> bool:
            asked.append("accepts")
            return True

    uploader = userimage.Uploader({"memory": {"base_url": "u/"}}, authentication=Door())
    admitted = uploader.admit(headers=HEADERS, query={"userId": "u"})
    assert asked == ["knows", "accepts"]
    admitted.finish([PART("postedFile", small, "a.png")])
    uploader.upload(small, **WHO)
    assert asked == ["knows", "accepts"] * 2


def test_a_file_is_read_within_the_limit(small: bytes, photo_path: Path) -> None:
    class Endless:
        taken = 0

        def read(self, size: int, /) -> bytes:
            self.taken += size
            return bytes(size)

    policy: Any = {"max_bytes": 3_000_000}
    with userimage.Uploader({"memory": {"base_url": "u/"}}, keys=KEYS, policy=policy) as uploader:
        query = {"userId": "u"}
        endless = Endless()
        with pytest.raises(userimage.InvalidFile) as caught:
            uploader.admit(headers=HEADERS, query=query).finish(
                [PART("postedFile", endless, "a.png")]
            )
        assert caught.value.kind == "too_large"
        assert endless.taken == 3_000_001
        for data in (io.BytesIO(small), bytearray(small), memoryview(small)):
            admitted = uploader.admit(headers=HEADERS, query=query)
            assert admitted.finish([PART("postedFile", data, "a.png")]).width == 4
        with photo_path.open("rb") as file:
            admitted = uploader.admit(headers=HEADERS, query=query)
            assert admitted.finish([PART("postedFile", file, "a.jpg")]).width == 1200


def test_a_wrong_form_leaves_the_upload_as_it_was(
    uploader: userimage.Uploader, small: bytes
) -> None:
    admitted = uploader.admit(headers=HEADERS, query={"userId": "u"})
    for form in ([PART("postedFile", 5)], [None], 5):  # type: ignore[arg-type]
        with pytest.raises(TypeError):
            admitted.finish(form)  # type: ignore[arg-type]
    assert admitted.finish([PART("postedFile", small, "a.png")]).id == 1


def test_it_may_be_finished_in_another_thread_and_once(
    uploader: userimage.Uploader, small: bytes
) -> None:
    admitted = uploader.admit(headers=HEADERS, query={"userId": "u"})
    outcomes: list[str] = []

    def finish() -> None:
        try:
            admitted.finish([PART("postedFile", small, "a.png")])
        except ValueError:
            outcomes.append("refused")
        else:
            outcomes.append("stored")

    threads = [threading.Thread(target=finish) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["refused"] * 7 + ["stored"]


def test_it_outlives_its_uploader(small: bytes) -> None:
    class Shop:
        uploader: Any

        def store(self, image: userimage.NewImage) -> userimage.StoredImage:
            return image.stored(1, photo_code="1", original_url="o", standard_url="s")

    shop = Shop()
    shop.uploader = userimage.Uploader(shop, keys=KEYS)
    admitted = shop.uploader.admit(headers=HEADERS, query={"userId": "u"})
    alive = weakref.ref(shop)
    del shop
    gc.collect()
    assert admitted.finish([PART("postedFile", small, "a.png")]).id == 1
    del admitted
    gc.collect()
    assert alive() is None


def test_both_stages_raise_what_the_host_raises(small: bytes) -> None:
    class Shop:
        def store(self, image: userimage.NewImage) -> userimage.StoredImage:
            raise KeyboardInterrupt

    uploader = userimage.Uploader(Shop(), keys=KEYS)
    admitted = uploader.admit(headers=HEADERS, query={"userId": "u"})
    with pytest.raises(KeyboardInterrupt):
        admitted.finish([PART("postedFile", small, "a.png")])
    uploader.close()
    with pytest.raises(ValueError, match="closed"):
        uploader.admit(headers=HEADERS, query={"userId": "u"})
