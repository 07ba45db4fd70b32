"""Further renditions by their names, and images that look alike."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import WHO, png

import userimage

SIZES = {
    "thumbnail": {"max_width": 100, "max_height": 100},
    "card": {"max_width": 400, "max_height": 400, "format": "webp"},
}


def test_they_are_stored_read_served_and_deleted(tmp_path: Path, photo: bytes) -> None:
    with userimage.Uploader(
        tmp_path,
        base_url="https://img.example/",
        keys={1001: "abc123"},
        renditions=SIZES,
        http={"files": True, "list": True},
    ) as uploader:
        image = uploader.upload(photo, **WHO)
        card, thumbnail = image.renditions
        assert (card["name"], thumbnail["name"]) == ("card", "thumbnail")
        assert (thumbnail["width"], thumbnail["height"], thumbnail["format"]) == (75, 100, "jpeg")
        assert image.as_dict()["renditions"] == image.renditions
        assert image.rendition_urls["thumbnail"] == "https://img.example/" + thumbnail["key"]
        data = uploader.read(1001, image.id, "thumbnail")
        assert data is not None
        assert len(data) == thumbnail["bytes"]
        assert userimage.probe(data).width == 75
        with uploader.open(1001, image.id, "thumbnail") as file:
            assert (file.variant, file.mime_type, file.read()) == ("thumbnail", "image/jpeg", data)
        assert uploader.find_key(thumbnail["key"]) == image
        assert uploader.get_url(image, "thumbnail", expires=9) == image.rendition_urls["thumbnail"]
        answer = uploader.handle("GET", "/" + thumbnail["key"], {})
        assert (answer.status, answer.body) == (200, data)
        headers = {"websiteId": "1001", "webApiClientKey": "abc123"}
        target = "/api/4/UploadImage/GetUserUploadedList?userId=12345"
        (asset,) = json.loads(uploader.handle("GET", target, headers).body)["Data"]["AssetList"]
        assert asset["Renditions"] == image.rendition_urls
        assert "thumbnail" not in image.envelope()
        # The document and the facts make the image again.
        assert userimage.StoredImage.from_json(image.to_json()) == image
        assert userimage.StoredImage(**image.as_dict()) == image
        assert uploader.delete(1001, image.id)
        assert uploader.handle("GET", "/" + thumbnail["key"], {}).status == 404
        assert not [path for path in (tmp_path / "thumbnail").rglob("*") if path.is_file()]


def test_an_image_without_a_rendition_says_so(uploader: userimage.Uploader, photo: bytes) -> None:
    image = uploader.upload(photo, **WHO)
    assert (image.renditions, image.rendition_urls) == ([], {})
    assert uploader.read(1001, image.id, "thumbnail") is None
    assert uploader.open(1001, image.id, "thumbnail") is None
    with pytest.raises(ValueError, match='has no rendition "thumbnail"'):
        uploader.get_url(image, "thumbnail", expires=9)


@pytest.mark.parametrize("name", ["original", "Thumbnail", "a/b", "", "probe"])
def test_names_are_checked(name: str) -> None:
    with pytest.raises(userimage.ConfigError, match="renditions"):
        userimage.Uploader(
            {"memory": {"base_url": "/"}},
            authentication="already_checked",
            renditions={name: {"max_width": 1}},
        )


class Shelf:
    """A storage of the host's own that keeps all files."""

    def __init__(self) -> None:
        self.images: list[tuple[userimage.StoredImage, dict[str, bytes]]] = []

    def store(self, image: userimage.NewImage) -> userimage.StoredImage:
        files = {"original": image.original, "standard": image.standard, **image.rendition_files}
        stored = image.stored(
            len(self.images) + 1,
            photo_code="1",
            original_url="o",
            standard_url="s",
            rendition_urls={name: f"u/{name}" for name in image.rendition_files},
        )
        self.images.append((stored, files))
        return stored

    def find(self, website_id: int, number: int) -> userimage.StoredImage | None:
        return self.images[number - 1][0] if number <= len(self.images) else None

    def find_key(self, key: str) -> userimage.StoredImage | None:
        for image, _ in self.images:
            keys = [image.original_key, image.standard_key, *(r["key"] for r in image.renditions)]
            if key in keys:
                return image
        return None

    def read(self, website_id: int, number: int, variant: str) -> bytes | None:
        return self.images[number - 1][1].get(variant)


def test_a_storage_of_the_host_receives_them(photo: bytes) -> None:
    shelf = Shelf()
    with userimage.Uploader(
        shelf, keys={1001: "abc123"}, renditions=SIZES, http={"files": True}
    ) as uploader:
        image = uploader.upload(photo, **WHO)
        assert sorted(shelf.images[0][1]) == ["card", "original", "standard", "thumbnail"]
        assert image.rendition_urls == {"card": "u/card", "thumbnail": "u/thumbnail"}
        key = image.renditions[1]["key"]
        answer = uploader.handle("GET", "/" + key, {})
        assert answer.body == shelf.images[0][1]["thumbnail"]
        with pytest.raises(ValueError, match="rendition_urls"):
            userimage.StoredImage(**{**image.as_dict(), "rendition_urls": {"Bad": "u"}})


def test_similar_images_are_found(tmp_path: Path, photo: bytes, small: bytes) -> None:
    with userimage.Uploader(tmp_path, keys={1001: "abc123"}) as uploader:
        image = uploader.upload(photo, **WHO)
        other = uploader.upload(small, **{**WHO, "user_id": "other"})
        again = userimage.render(photo, standard={"max_width": 300, "jpeg_quality": 30})
        assert image.difference_hash is not None
        assert len(image.difference_hash) == 16
        assert image.thumb_hash is not None
        assert len(bytes.fromhex(image.thumb_hash)) >= 13
        found = uploader.find_similar(1001, None, again.difference_hash, 6)
        assert [one for one, _ in found] == [image]
        assert found[0][1] <= 6
        everything = uploader.find_similar(1001, None, image.difference_hash, 64)
        assert {one.id for one, _ in everything} == {image.id, other.id}
        assert everything[0] == (image, 0)
        assert uploader.find_similar(1001, "other", image.difference_hash, 64)[0][0] == other
        assert uploader.find_similar(1001, None, image.difference_hash, 64, limit=1) == [(image, 0)]
        with pytest.raises(ValueError, match="difference_hash"):
            uploader.find_similar(1001, None, "xyz")
    command = [sys.executable, "-m", "userimage", "similar", "--store", str(tmp_path)]
    command += ["--website-id", "1001", "-"]
    done = subprocess.run(command, input=photo, capture_output=True, check=True)
    lines = done.stdout.decode().splitlines()
    assert len(lines) == 2
    assert lines[1].split()[:2] == ["0", str(image.id)]


def test_webp_is_used_where_it_is_smaller() -> None:
    flat = png(300, 200)
    auto = userimage.render(flat)
    webp = userimage.render(flat, standard={"format": "webp"})
    assert len(webp.data) <= len(auto.data)
    assert (webp.width, webp.height) == (auto.width, auto.height)
    if webp.format == "webp":
        assert userimage.probe(webp.data).mime_type == "image/webp"
