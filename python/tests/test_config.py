from __future__ import annotations

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from conftest import KEYS, WHO, png

import userimage

MEMORY = {"memory": {"base_url": "https://img.example/"}}
CONFIG = {
    "storage": MEMORY,
    "authentication": "keys",
    "websites": [{"id": 1001, "keys": ["abc123"], "policy": {"formats": ["png"], "max_width": 50}}],
    "policy": {"max_bytes": 100_000},
    "standard": {"max_width": 10, "jpeg_quality": 50},
}


def same_as_config(uploader: userimage.Uploader) -> None:
    image = uploader.upload(png(40, 20), **WHO)
    assert (image.standard_width, image.standard_height) == (10, 5)
    with pytest.raises(userimage.InvalidFile, match="width 51 is over the limit of 50"):
        uploader.upload(png(51, 20), **WHO)
    with pytest.raises(userimage.InvalidFile) as caught:
        uploader.upload(bytes(100_001), **WHO)
    assert caught.value.http_status == 413


def test_arguments_dict_and_json_are_equivalent() -> None:
    same_as_config(userimage.Uploader.from_config(CONFIG))
    same_as_config(userimage.Uploader.from_config(json.dumps(CONFIG)))
    same_as_config(
        userimage.Uploader(
            MEMORY,
            authentication="keys",
            websites=CONFIG["websites"],  # type: ignore[arg-type]
            policy={"max_bytes": 100_000},
            standard={"max_width": 10, "jpeg_quality": 50},
        )
    )
    same_as_config(
        userimage.Uploader(
            MEMORY,
            keys={1001: ["abc123"]},
            policy={"max_bytes": 100_000, "formats": {"png"}, "max_width": 50},
            standard={"max_width": 10, "jpeg_quality": 50},
        )
    )


def test_keys_may_be_pairs_and_go_with_policies(small: bytes) -> None:
    with userimage.Uploader(
        MEMORY,
        keys=[(1001, "abc123"), (1001, "next"), (1002, "xyz")],
        websites=[{"id": 1001, "keys": ["third"], "policy": {"max_width": 4}}],
    ) as uploader:
        for website, key in [(1001, "abc123"), (1001, "next"), (1001, "third"), (1002, "xyz")]:
            uploader.upload(small, website_id=website, client_key=key, user_id="u")
        with pytest.raises(userimage.InvalidFile, match="width"):
            uploader.upload(png(5, 1), **WHO)
        uploader.upload(png(5, 1), website_id=1002, client_key="xyz", user_id="u")


def test_a_folder_alone_gives_file_urls(tmp_path: Path, small: bytes) -> None:
    with userimage.Uploader(tmp_path / "a b", keys=KEYS) as uploader:
        image = uploader.upload(small, **WHO)
    path = tmp_path / "a b" / "original" / image.unique_name
    assert image.original_url == path.as_uri()
    # The store has it in folders below, which keys and URLs do not show.
    (stored,) = path.parent.rglob(path.name)
    assert stored.read_bytes() == small


def test_the_host_may_have_checked_already(small: bytes) -> None:
    config = {"storage": MEMORY, "authentication": "already_checked"}
    for uploader in (
        userimage.Uploader(MEMORY, authentication="already_checked"),
        userimage.Uploader.from_config(config),
    ):
        assert uploader.upload(small, website_id=7, client_key="any", user_id="u").website_id == 7
        with pytest.raises(userimage.InvalidClientKey):
            uploader.upload(small, website_id=7, client_key=None, user_id="u")


def test_host_authentication_needs_an_authenticator() -> None:
    """A forgotten authenticator must not let everybody in."""
    with pytest.raises(userimage.ConfigError, match="authenticat"):
        userimage.Uploader(MEMORY, authentication="host")  # type: ignore[arg-type]
    with pytest.raises(userimage.ConfigError, match="authenticat"):
        userimage.Uploader.from_config({"storage": MEMORY, "authentication": "host"})


def test_a_folder_is_made_and_used_again(tmp_path: Path, small: bytes) -> None:
    folder = tmp_path / "a" / "b"
    for number in (1, 2):
        with userimage.Uploader(folder, base_url="https://img.example/x", keys=KEYS) as uploader:
            image = uploader.upload(small, **WHO)
            assert (image.id, image.photo_code) == (number, "1")
            assert image.original_url == f"https://img.example/x/original/{image.unique_name}"
    assert sorted(path.name for path in folder.iterdir())[:2] == ["original", "standard"]
    local = {"local": {"path": folder, "base_url": "u/"}}
    with userimage.Uploader.from_config({**CONFIG, "storage": local}) as uploader:
        assert len(list(uploader.iter_images(1001, "12345"))) == 2


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({}, "authentication is missing: pass keys="),
        ({"storage": "s", "base_url": "", "keys": {1: "k"}}, "base_url: "),
        ({"storage": "/dev/null/x", "keys": {1: "k"}}, "storage: the storage cannot be opened"),
        ({"authentication": "none"}, "none"),
        ({"authentication": "already_checked", "keys": {1: "k"}}, "keys: website 1: keys are not"),
        ({"keys": {0: "k"}}, "keys: website 0: "),
        ({"keys": {5: "k", 0: "k"}, "websites": [{"id": 5}]}, "keys: website 0: "),
        ({"keys": {1: "k k"}}, "keys: website 1: "),
        ({"keys": {1: "k", 2: []}}, "keys: website 2: "),
        ({"keys": {1: [5]}}, "keys: a key is a str, and one of website 1 is int"),
        ({"keys": {"1001": "k"}}, "keys: website ids are integers, not '1001'"),
        ({"keys": {True: "k"}}, "keys: website ids are integers, not True"),
        ({"keys": {"x": "k"}}, "id"),
        ({"keys": {1: "k"}, "websites": [{"id": 1}, {"id": 1, "keys": ["k"]}]}, "twice"),
        ({"keys": {1: "k"}, "websites": [{}]}, "id"),
        ({"keys": {1: "k"}, "policy": {"max_byte": 5}}, "max_byte"),
        ({"keys": {1: "k"}, "policy": {"formats": ["ico"]}}, "ico"),
        ({"keys": {1: "k"}, "policy": {"max_bytes": 2.5}}, "2.5"),
        ({"keys": {1: "k"}, "standard": {"jpeg_quality": 0}}, "quality"),
        ({"keys": {1: "k"}, "storage": {"tape": {}}}, "tape"),
        ({"keys": {1: "k"}, "storage": None}, "storage"),
        ({"keys": {1: "k"}, "storage": "/dev/null/x", "base_url": "u/"}, "/dev/null/x"),
    ],
)
def test_a_contradiction_is_a_config_error(arguments: dict[str, Any], text: str) -> None:
    with pytest.raises(userimage.ConfigError) as caught:
        userimage.Uploader(**{"storage": MEMORY, **arguments})
    assert text in str(caught.value)
    assert isinstance(caught.value, (ValueError, userimage.Error))


def test_the_cause_of_a_storage_that_does_not_open(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(userimage.ConfigError) as caught:
        userimage.Uploader(tmp_path / "file" / "x", base_url="u/", keys=KEYS)
    cause: BaseException | None = caught.value
    while cause is not None and not isinstance(cause, OSError):
        cause = cause.__cause__
    assert isinstance(cause, NotADirectoryError)


@pytest.mark.parametrize(
    "arguments",
    [
        {"storage": MEMORY, "base_url": "u/", "keys": {1: "k"}},
        {"storage": MEMORY, "keys": {1: "k"}, "policy": {"max_bytes": object()}},
        {"keys": {1: "k"}},
        {"storage": 5, "keys": {1: "k"}},
    ],
)
def test_what_no_configuration_can_hold_is_a_type_error(arguments: dict[str, Any]) -> None:
    with pytest.raises(TypeError) as caught:
        userimage.Uploader(**arguments)
    assert "s3cret" not in str(caught.value)


def test_an_error_never_shows_a_key() -> None:
    for keys in ({1: "s3cret ü"}, {1: b"s3cret"}, {1: ["s3cret", 5]}, {1: ["s3cret", ["s3cret"]]}):
        with pytest.raises(userimage.ConfigError) as caught:
            userimage.Uploader(MEMORY, keys=keys)  # type: ignore[arg-type]
        assert "s3cret" not in repr(caught.value)


@pytest.mark.parametrize("config", ["", "[]", "{", {}, {"x": 1}, [], 5, None])
def test_not_a_configuration(config: Any) -> None:
    with pytest.raises(userimage.ConfigError):
        userimage.Uploader.from_config(config)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"websites": [{"id": "1001"}]}, 'websites[0].id: a number is expected, not "1001"'),
        ({"websites": [{"id": 1}, {"id": 2, "policy": {"max_byte": 1}}]}, "websites[1].policy"),
        ({"policy": {"max_bytes": "5"}}, "policy.max_bytes: "),
        ({"policy": {"formats": ["jpg"]}}, "policy.formats"),
        ({"standard": {"jpeg_quality": 0}}, "standard.jpeg_quality"),
        ({"http": {"files": "yes"}}, "http.files: "),
        ({"memory": {"max_byte": 1}}, "memory.max_byte: the key is not known"),
        ({"memory": {"max_bytes": -1}}, "memory.max_bytes: "),
        ({"memory": {"max_wait_seconds": 86_401}}, "memory.max_wait_seconds: "),
        ({"memory": 5}, "memory: an object is expected"),
        ({"storage": {"memory": {"base_url": 5}}}, "storage.memory.base_url: "),
        ({"storage": {"memory": {"base_url": ""}}}, "storage.memory.base_url: "),
        ({"storage": {"local": {"path": "x", "base_url": "u\n"}}}, "storage.local.base_url: "),
    ],
)
def test_an_error_names_the_key_and_no_types_of_rust(arguments: dict[str, Any], text: str) -> None:
    with pytest.raises(userimage.ConfigError) as caught:
        userimage.Uploader(**{"storage": MEMORY, "authentication": "keys", **arguments})
    assert text in str(caught.value)
    for word in ("line", "column", "u32", "u64", "struct", "variant", "enum"):
        assert word not in str(caught.value)


def test_memory_is_shared_by_all_uploads() -> None:
    with userimage.Uploader(MEMORY, keys=KEYS, memory={"max_bytes": 1_000_000}) as uploader:
        with pytest.raises(userimage.InvalidFile, match="over the limit of 1000000") as caught:
            uploader.upload(png(40, 20), **WHO)
        assert caught.value.kind == "too_much_memory"
    # One at a time has room. The others wait for it.
    with userimage.Uploader(MEMORY, keys=KEYS, memory={"max_bytes": 15_000_000}) as uploader:
        picture = png(400, 200)
        with ThreadPoolExecutor(20) as threads:
            uploads = [threads.submit(uploader.upload, picture, **WHO) for _ in range(100)]
        assert {upload.result().id for upload in uploads} == set(range(1, 101))


def test_keys_of_a_wrong_type_are_a_type_error() -> None:
    for keys in ("abc", {1001: 5}, [1001], [(1001, "a", "b")], 5):
        with pytest.raises(TypeError, match="keys"):
            userimage.Uploader(MEMORY, keys=keys)  # type: ignore[arg-type]


def test_a_class_is_not_an_object() -> None:
    class Shop:
        def store(self, image: userimage.NewImage) -> userimage.StoredImage:
            raise NotImplementedError

    with pytest.raises(TypeError, match="Shop is a class"):
        userimage.Uploader(Shop, authentication="already_checked")  # type: ignore[arg-type]


def test_a_mistake_leaves_no_folder_behind(tmp_path: Path) -> None:
    with pytest.raises(userimage.ConfigError):
        userimage.Uploader(tmp_path / "s", base_url="u/", keys={1: "k"}, standard={"max_width": 0})
    with pytest.raises(userimage.ConfigError):
        userimage.Uploader(tmp_path / "t", base_url="u/", keys={0: "k"})
    assert not (tmp_path / "t").exists()


def test_websites_of_a_wrong_type() -> None:
    for website in (None, 5, {}):
        with pytest.raises(userimage.ConfigError):
            userimage.Uploader(MEMORY, keys=KEYS, websites=[website])  # type: ignore[list-item]


def test_a_configuration_may_be_in_a_file(tmp_path: Path, small: bytes) -> None:
    path = tmp_path / "config.json"
    # With a byte order mark, as some editors write it.
    path.write_text("\ufeff" + json.dumps(CONFIG), "utf-8")
    with userimage.Uploader.from_config(path) as uploader:
        assert uploader.upload(small, **WHO).id == 1
    with pytest.raises(FileNotFoundError):
        userimage.Uploader.from_config(tmp_path / "none.json")
    with pytest.raises(userimage.ConfigError, match=r"pathlib\.Path"):
        userimage.Uploader.from_config("config.json")


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="paths are Unicode there")
def test_a_folder_whose_name_is_not_utf_8(tmp_path: Path, small: bytes) -> None:
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/st\xff"))
    local = {"local": {"path": folder, "base_url": "https://img.example/"}}
    openings = [
        lambda: userimage.Uploader(folder, keys=KEYS),
        lambda: userimage.Uploader(str(folder), base_url="https://img.example/", keys=KEYS),
        lambda: userimage.Uploader(local, keys=KEYS),
        lambda: userimage.Uploader.from_config({**CONFIG, "storage": local}),
    ]
    for number, opening in enumerate(openings, 1):
        with opening() as uploader:
            image = uploader.upload(small, **WHO)
            assert image.id == number
            assert uploader.read(1001, image.id) == small
        (stored,) = (folder / "original").rglob(image.unique_name)
        assert stored.read_bytes() == small
        if number == 1:
            assert image.original_url == (folder / image.original_key).as_uri()
    assert os.listdir(os.fsencode(tmp_path)) == [b"st\xff"]
