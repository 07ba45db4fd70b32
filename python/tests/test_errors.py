"""The kinds of errors, and which exception an error is."""

from __future__ import annotations

import io
import json
import pickle
import shutil
import typing
from pathlib import Path
from typing import Any

import pytest
from conftest import FIXTURES, WHO, png

import userimage

# The frozen list: the same in every language.
KINDS = {
    "missing_website_id": 37201,
    "malformed_website_id": 22101,
    "conflicting_website_id": 22102,
    "unknown_website": 22103,
    "missing_client_key": 22601,
    "malformed_client_key": 22602,
    "conflicting_client_key": 22603,
    "refused_client_key": 22604,
    "missing_user_id": 26101,
    "malformed_user_id": 26102,
    "conflicting_user_id": 26103,
    "missing_file": 26201,
    "repeated_file": 26202,
    "unnamed_file": 26203,
    "empty_file": 26204,
    "malformed_form": 26205,
    "incomplete_body": 26206,
    "too_large": 26207,
    "not_an_image": 26208,
    "damaged": 26209,
    "format_not_allowed": 26210,
    "unsupported_coding": 26211,
    "no_pixel_size": 26212,
    "too_wide": 26213,
    "too_tall": 26214,
    "too_many_pixels": 26215,
    "too_many_frames": 26216,
    "too_much_memory": 26217,
    "active_content": 26218,
    "print_too_small": 26219,
    "refused_by_inspector": 26220,
    "website_quota_exceeded": 26230,
    "user_quota_exceeded": 26231,
    "malformed_dpi": 26501,
    "conflicting_dpi": 26502,
    "dpi_under_minimum": 26503,
    "storage_failed": 50001,
    "authenticator_failed": 50002,
    "unreadable_file": 50003,
    "busy": 50004,
    "cancelled": 50005,
    "inspector_failed": 50006,
}


def test_kinds_are_frozen() -> None:
    assert userimage.ERROR_KINDS == KINDS
    literals = typing.get_args(userimage.ErrorKind)
    assert {name for literal in literals for name in typing.get_args(literal)} == set(KINDS)


class Broken:
    def store(self, image: userimage.NewImage) -> userimage.StoredImage:
        raise OSError(28, "No space left on device")

    def knows(self, website_id: int) -> bool:
        raise OSError(111, "Connection refused")

    def accepts(self, website_id: int, client_key: str) -> bool:
        return True


MEMORY = {"memory": {"base_url": "u/"}}
OPEN: dict[str, Any] = {"storage": MEMORY, "authentication": "already_checked"}


@pytest.mark.parametrize(
    ("kind", "fields", "policy"),
    [
        ("missing_website_id", {"website_id": None}, {}),
        ("malformed_website_id", {"website_id": "x"}, {}),
        ("malformed_website_id", {"website_id": "\ud800"}, {}),
        ("missing_client_key", {"client_key": " "}, {}),
        ("malformed_client_key", {"client_key": "a b"}, {}),
        ("malformed_client_key", {"client_key": "\udcff"}, {}),
        ("missing_user_id", {"user_id": None}, {}),
        ("malformed_user_id", {"user_id": "a\0"}, {}),
        ("malformed_user_id", {"user_id": "a\ud800"}, {}),
        ("malformed_dpi", {"dpi": "0"}, {}),
        ("malformed_dpi", {"dpi": "\ud800"}, {}),
        ("empty_file", {"file": b""}, {}),
        ("not_an_image", {"file": b"no image"}, {}),
        ("damaged", {"file": FIXTURES / "png-cut-idat.png"}, {}),
        ("too_large", {"file": bytes(11)}, {"max_bytes": 10}),
        ("too_large", {"file": io.BytesIO(bytes(11))}, {"max_bytes": 10}),
        ("too_large", {"file": FIXTURES / "png-rgb8.png"}, {"max_bytes": 10}),
        ("format_not_allowed", {}, {"formats": ["jpeg"]}),
        ("too_wide", {}, {"max_width": 3}),
        ("too_tall", {}, {"max_height": 2}),
        ("too_many_pixels", {}, {"max_pixels": 11}),
        ("too_many_frames", {"file": FIXTURES / "gif-animated.gif"}, {"max_frames": 2}),
        ("too_much_memory", {"file": png(3000, 3000)}, {"max_memory": 1_000_000}),
        ("active_content", {"file": FIXTURES / "svg-draw-script.svg"}, {"formats": ["svg"]}),
        ("website_quota_exceeded", {}, {"website_quota": {"images": 0}}),
        ("user_quota_exceeded", {}, {"user_quota": {"bytes": 1}}),
        ("dpi_under_minimum", {"dpi": 71}, {"min_dpi": 72}),
    ],
)
def test_each_refusal_has_its_kind(
    small: bytes, kind: str, fields: dict[str, Any], policy: Any
) -> None:
    with userimage.Uploader(**OPEN, policy=policy) as uploader:
        request: dict[str, Any] = {"file": small, **WHO, **fields}
        with pytest.raises(userimage.UploadError) as caught:
            uploader.upload(**request)
        assert (caught.value.kind, caught.value.kind_number) == (kind, KINDS[kind])
        assert caught.value.code == KINDS[kind] // 100
        assert json.loads(caught.value.envelope())["ErrorCode"] == str(caught.value.code)
        assert list(uploader.iter_images(WHO["website_id"], WHO["user_id"])) == []


def test_kinds_of_the_general_form(uploader: userimage.Uploader, small: bytes) -> None:
    part = userimage.FormPart
    headers = [("websiteId", "1001"), ("webApiClientKey", "abc123")]
    user, file = ("userId", "u"), part("postedFile", small, "a.png")
    for kind, more, query, form in [
        ("conflicting_website_id", [("websiteId", "1002")], [user], [file]),
        ("conflicting_client_key", [("webApiClientKey", "xyz")], [user], [file]),
        ("conflicting_user_id", [], [user, ("userId", "v")], [file]),
        ("conflicting_user_id", [], [user], [part("userId", "v"), file]),
        ("malformed_user_id", [], [], [part("userId", b"\xff"), file]),
        ("malformed_user_id", [], [], [part("userId", "\ud800"), file]),
        ("malformed_user_id", [], [("userId", "\ud800")], [file]),
        ("malformed_client_key", [("webApiClientKey", "\ud800")], [user], [file]),
        ("conflicting_dpi", [], [user, ("DPI", 1), ("DPI", 2)], [file]),
        ("missing_file", [], [user], []),
        ("repeated_file", [], [user], [file, file]),
        ("unnamed_file", [], [user], [part("postedFile", small)]),
    ]:
        with pytest.raises(userimage.UploadError) as caught:
            uploader.upload_request(headers=[*headers, *more], query=query, form=form)
        assert caught.value.kind == kind
        (failure,) = uploader.validate_request(headers=[*headers, *more], query=query, form=form)
        assert failure.kind == kind


def test_keys_and_websites_are_refused(uploader: userimage.Uploader, small: bytes) -> None:
    for kind, field in [("unknown_website", "website_id"), ("refused_client_key", "client_key")]:
        with pytest.raises(userimage.UploadError) as caught:
            uploader.upload(small, **{**WHO, field: "7"})
        assert (caught.value.kind, caught.value.http_status) == (kind, 401)


def test_the_words_of_the_system_are_in_the_reason(small: bytes) -> None:
    full = userimage.Uploader(Broken(), authentication="already_checked")
    with pytest.raises(userimage.ServerError) as caught:
        full.upload(small, **WHO)
    assert caught.value.kind == "storage_failed"
    assert "No space left on device" in caught.value.reason
    assert "No space" not in caught.value.envelope()
    down = userimage.Uploader(MEMORY, authentication=Broken())
    with pytest.raises(userimage.ServerError) as caught:
        down.upload(small, **WHO)
    assert caught.value.kind == "authenticator_failed"


def test_a_local_store_s_failure_has_the_words_of_the_system(tmp_path: Path, small: bytes) -> None:
    with userimage.Uploader(tmp_path / "s", base_url="u/", keys={1001: "abc123"}) as uploader:
        uploader.upload(small, **WHO)
        for folder in ("original", "standard"):
            shutil.rmtree(tmp_path / "s" / folder)
            (tmp_path / "s" / folder).write_bytes(b"")
        with pytest.raises(userimage.ServerError) as caught:
            uploader.upload(small, **WHO)
    assert caught.value.kind == "storage_failed"
    assert "Not a directory" in caught.value.reason


def test_probe_errors_have_a_kind() -> None:
    for kind, source in [
        ("not_an_image", b"nothing"),
        ("not_an_image", b""),
        ("damaged", FIXTURES / "bmp-cut-header.bmp"),
        ("damaged", b"\x89PNG\r\n\x1a\n" + bytes(100)),
    ]:
        with pytest.raises(userimage.ProbeError) as caught:
            userimage.probe(source)
        assert caught.value.kind == kind
        again = pickle.loads(pickle.dumps(caught.value))
        assert (type(again), again.kind, str(again)) == (
            *(userimage.ProbeError, kind),
            str(caught.value),
        )


@pytest.mark.parametrize("name", ["none.jpg", "."])
def test_a_file_of_the_host_s_that_cannot_be_read_is_an_os_error(
    uploader: userimage.Uploader, tmp_path: Path, name: str
) -> None:
    path = tmp_path / name
    calls: list[Any] = [
        lambda: uploader.upload(path, **WHO),
        lambda: uploader.validate_all(path, **WHO),
        lambda: userimage.probe(path),
        lambda: userimage.exif_details(path),
        lambda: userimage.count_frames(path),
    ]
    with pytest.raises(OSError) as expected:
        path.open("rb")
    for call in calls:
        with pytest.raises(OSError) as caught:
            call()
        assert type(caught.value) is type(expected.value)
        assert caught.value.errno == expected.value.errno
        assert caught.value.filename == str(path)
        assert not isinstance(caught.value, userimage.Error)


def test_an_error_s_repr_is_short(uploader: userimage.Uploader) -> None:
    with pytest.raises(userimage.InvalidFile) as caught:
        uploader.upload(b"", **WHO)
    assert repr(caught.value) == "InvalidFile('Invalid or missing file (262): postedFile is empty')"
