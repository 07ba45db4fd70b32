"""The rendition without storing."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import pytest
from conftest import FIXTURES, WHO, png

import userimage


def test_it_is_what_an_upload_stores(uploader: userimage.Uploader, photo: bytes) -> None:
    rendition = userimage.render(photo)
    image = uploader.upload(photo, **WHO)
    assert rendition.data == uploader.read(1001, image.id, "standard")
    assert (rendition.width, rendition.height) == (image.standard_width, image.standard_height)
    assert (rendition.format, rendition.mime_type) == (
        image.standard_format,
        image.standard_mime_type,
    )
    assert (rendition.format, rendition.extension) == ("jpeg", ".jpg")
    assert repr(rendition) == f"<Rendition jpeg 768x1024, {len(rendition.data)} bytes>"


def test_every_source(photo: bytes, photo_path: Path) -> None:
    data = userimage.render(photo).data
    with photo_path.open("rb") as file:
        for source in (photo_path, str(photo_path), bytearray(photo), io.BytesIO(photo), file):
            assert userimage.render(source).data == data
    with pytest.raises(FileNotFoundError):
        userimage.render("none.jpg")
    with pytest.raises(TypeError):
        userimage.render(5)  # type: ignore[arg-type]


def test_options() -> None:
    small = userimage.render(
        FIXTURES / "png-rgba8.png", standard={"max_width": 10, "max_height": 10}
    )
    assert (small.format, max(small.width, small.height)) == ("png", 10)
    assert userimage.probe(small.data).width == small.width
    photo = FIXTURES / "jpeg-phone-orientation6.jpg"
    coarse = userimage.render(photo, standard={"jpeg_quality": 10})
    assert len(coarse.data) < len(userimage.render(photo).data)
    for options in ({"max_width": 0}, {"jpeg_quality": 101}, {"quality": 5}, 5):
        with pytest.raises(userimage.ConfigError, match="standard"):
            userimage.render(photo, standard=options)  # type: ignore[arg-type]
    with pytest.raises(userimage.ConfigError, match="policy"):
        userimage.render(photo, policy={"max_byte": 5})  # type: ignore[typeddict-unknown-key]


@pytest.mark.parametrize(
    ("file", "name", "width", "height", "rendition"),
    [
        ("psd-rgb-packed.psd", "psd", 64, 48, "jpeg"),
        ("psd-rgba.psd", "psd", 64, 48, "png"),
        ("psd-rgba-psb.psb", "psd", 64, 48, "png"),
        ("jxl-lossy.jxl", "jxl", 61, 45, "jpeg"),
        ("jxl-rgba.jxl", "jxl", 61, 45, "png"),
        ("jp2-show-lossless.jp2", "jp2", 61, 45, "jpeg"),
        ("jp2-show-lossless-rgba.jp2", "jp2", 61, 45, "png"),
        ("jp2-show-lossless-bare.j2k", "j2k", 61, 45, "jpeg"),
        ("pdf-draw.pdf", "pdf", 64, 48, "jpeg"),
        ("pdf-draw-rotated90.pdf", "pdf", 48, 64, "jpeg"),
        ("eps-draw-preview.eps", "eps", 64, 48, "jpeg"),
        ("svg-draw-opaque.svg", "svg", 64, 48, "jpeg"),
        ("svg-draw-clear.svg", "svg", 64, 48, "png"),
        ("heic-coded-odd.heic", "heic", 61, 45, "jpeg"),
        ("heic-coded-rgba.heic", "heic", 128, 64, "png"),
    ],
)
def test_formats_that_the_policy_names(
    file: str, name: str, width: int, height: int, rendition: str
) -> None:
    """The sizes are those of tests/fixtures/truth.json. What is transparent becomes a PNG."""
    with pytest.raises(userimage.InvalidFile) as refused:
        userimage.render(FIXTURES / file)
    assert refused.value.kind == "format_not_allowed"
    # HEIC is in no default build; USERIMAGE_HEIC states that it is in this one.
    if name == "heic" and "USERIMAGE_HEIC" not in os.environ:
        with pytest.raises(userimage.ConfigError, match="heic"):
            userimage.render(FIXTURES / file, policy={"formats": [name]})
        return
    made = userimage.render(FIXTURES / file, policy={"formats": [name]})
    assert (made.width, made.height, made.format) == (width, height, rendition)
    info = userimage.probe(made.data)
    assert (info.width, info.height, info.format) == (width, height, rendition)
    small = userimage.render(
        FIXTURES / file, policy={"formats": [name]}, standard={"max_width": 20}
    )
    # The other side keeps the proportion, to the nearest pixel.
    assert (small.width, small.height) == (20, (40 * height + width) // (2 * width))


@pytest.mark.parametrize(
    ("kind", "source", "policy"),
    [
        ("too_large", bytes(11), {"max_bytes": 10}),
        ("too_large", FIXTURES / "png-rgb8.png", {"max_bytes": 10}),
        ("not_an_image", b"no image", {}),
        ("damaged", FIXTURES / "png-cut-idat.png", {}),
        ("format_not_allowed", png(4, 3), {"formats": ["jpeg"]}),
        ("too_wide", png(4, 3), {"max_width": 3}),
        ("dpi_under_minimum", png(4, 3), {"min_dpi": 73}),
    ],
)
def test_the_policy_holds(kind: str, source: Any, policy: Any) -> None:
    with pytest.raises(userimage.UploadError) as caught:
        userimage.render(source, policy=policy)
    assert caught.value.kind == kind


def test_an_endless_file_is_read_to_the_limit() -> None:
    class Endless:
        taken = 0

        def read(self, size: int, /) -> bytes:
            self.taken += size
            return bytes(size)

    endless = Endless()
    with pytest.raises(userimage.InvalidFile) as caught:
        userimage.render(endless, policy={"max_bytes": 2_000_000})
    assert (caught.value.kind, endless.taken) == ("too_large", 2_000_001)
