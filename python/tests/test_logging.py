from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import KEYS, WHO

import userimage

LOGGER = logging.getLogger("userimage")


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    yield
    LOGGER.setLevel(logging.NOTSET)
    LOGGER.filters.clear()


def test_each_upload_is_one_record(
    uploader: userimage.Uploader, photo: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "userimage")
    image = uploader.upload(photo, **WHO, filename="secret name.jpg")
    (record,) = caplog.records
    assert (record.name, record.levelno) == ("userimage", logging.INFO)
    assert record.message.startswith("image stored website=1001 id=1 format=")
    fields: dict[str, Any] = record.userimage  # type: ignore[attr-defined]
    assert fields["website"] == 1001
    assert fields["id"] == image.id
    assert fields["format"] == "jpeg"
    assert (fields["width"], fields["height"]) == (1200, 1600)
    assert fields["rendition_us"] > 0
    assert record.funcName == "test_each_upload_is_one_record"
    for secret in ("abc123", "12345", "secret name"):
        assert secret not in record.message


def test_a_refusal_is_logged_with_its_reason(
    uploader: userimage.Uploader, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "userimage")
    with pytest.raises(userimage.InvalidFile):
        uploader.upload(b"not an image", **WHO)
    (record,) = caplog.records
    assert "code=262" in record.message
    assert 'reason="not a known image format"' in record.message


def test_a_file_that_is_too_large_is_logged(
    photo: bytes, photo_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "userimage")
    policy: Any = {"max_bytes": 10}
    memory = {"memory": {"base_url": "u/"}}
    with userimage.Uploader(memory, keys=KEYS, policy=policy) as uploader:
        admitted = uploader.admit(
            headers={"websiteId": "1001", "webApiClientKey": "abc123"}, query={"userId": "u"}
        )
        part = userimage.FormPart("postedFile", io.BytesIO(photo), "a.jpg")
        for call in (
            lambda: uploader.upload(photo, **WHO),
            lambda: uploader.upload(photo_path, **WHO),
            lambda: uploader.upload(io.BytesIO(photo), **WHO),
            lambda: admitted.finish([part]),
        ):
            caplog.clear()
            with pytest.raises(userimage.InvalidFile):
                call()
            (record,) = caplog.records
            fields: dict[str, Any] = record.userimage  # type: ignore[attr-defined]
            assert (fields["website"], fields["code"]) == (1001, 262)
            assert fields["kind"] == "too_large"


def test_a_failure_is_an_error_with_its_cause(
    small: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken:
        def store(self, image: userimage.NewImage) -> userimage.StoredImage:
            raise RuntimeError("line one\nline two")

    with pytest.raises(userimage.ServerError):
        userimage.Uploader(Broken(), authentication="already_checked").upload(small, **WHO)
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert "RuntimeError: line one" in record.message
    assert "\n" not in record.message


@pytest.mark.parametrize("quiet", ["level", "disable"])
def test_a_disabled_level_is_not_logged(
    uploader: userimage.Uploader,
    small: bytes,
    quiet: str,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caplog.set_level(logging.INFO, "userimage")
    if quiet == "level":
        LOGGER.setLevel(logging.WARNING)
    else:
        monkeypatch.setattr(logging.root.manager, "disable", logging.CRITICAL)
    uploader.upload(small, **WHO)
    assert caplog.records == []


def test_uploads_in_uploads_log_in_their_order(
    small: bytes, photo: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    class Reentrant:
        uploader: userimage.Uploader

        def store(self, image: userimage.NewImage) -> userimage.StoredImage:
            if image.format == "jpeg":
                self.uploader.upload(small, **WHO)
            return image.stored(1, photo_code="1", original_url="o", standard_url="s")

    caplog.set_level(logging.INFO, "userimage")
    storage = Reentrant()
    storage.uploader = userimage.Uploader(storage, authentication="already_checked")
    storage.uploader.upload(photo, **WHO)
    assert [record.userimage["format"] for record in caplog.records] == [  # type: ignore[attr-defined]
        "png",
        "jpeg",
    ]


def test_a_handler_may_upload(
    uploader: userimage.Uploader, small: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "userimage")
    uploaded: list[int] = []

    class Again(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if not uploaded:
                uploaded.append(0)
                uploaded[0] = uploader.upload(small, **WHO).id

    handler = Again()
    LOGGER.addHandler(handler)
    try:
        assert uploader.upload(small, **WHO).id == 1
    finally:
        LOGGER.removeHandler(handler)
    assert uploaded == [2]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_filter_that_fails_does_not_lose_the_answer(
    uploader: userimage.Uploader, small: bytes
) -> None:
    def fails(record: logging.LogRecord) -> bool:
        raise RuntimeError("a bug in a filter")

    LOGGER.setLevel(logging.INFO)
    LOGGER.addFilter(fails)
    assert uploader.upload(small, **WHO).id == 1


def test_an_interrupt_in_a_handler_is_not_swallowed(
    uploader: userimage.Uploader, small: bytes
) -> None:
    def interrupts(record: logging.LogRecord) -> bool:
        raise KeyboardInterrupt

    LOGGER.setLevel(logging.INFO)
    LOGGER.addFilter(interrupts)
    with pytest.raises(KeyboardInterrupt):
        uploader.upload(small, **WHO)


def test_a_storage_s_failure_is_logged_with_its_trace(
    caplog: pytest.LogCaptureFixture, small: bytes
) -> None:
    class Shop:
        def store(self, image: userimage.NewImage) -> userimage.StoredImage:
            raise ZeroDivisionError("shop")

    class Door:
        def knows(self, website_id: int) -> bool:
            return True

        def accepts(self, website_id: int, client_key: str) -> bool:
            raise ValueError(client_key)

    caplog.set_level(logging.INFO, "userimage")
    with pytest.raises(userimage.ServerError):
        userimage.Uploader(Shop(), authentication="already_checked").upload(small, **WHO)
    assert "in store" in caplog.text
    caplog.clear()
    # The text of an authenticator's exception may contain the key.
    with pytest.raises(userimage.ServerError):
        userimage.Uploader(Shop(), authentication=Door()).upload(small, **WHO)
    assert len(caplog.records) == 1
    assert WHO["client_key"] not in caplog.text
    caplog.clear()
    with pytest.raises(userimage.InvalidFile):
        userimage.Uploader(Shop(), authentication="already_checked").upload(b"", **WHO)
    assert "Traceback" not in caplog.text
