"""The inputs of the bench, made from the pictures into a cache folder."""

import hashlib
import io
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pictures
import pyvips
from PIL import Image

Image.MAX_IMAGE_PIXELS = None

# Rows of the table of times: a name, what it is. Each is made from each of the four pictures.
ROWS = {
    "jpeg-422": "12 MP JPEG 4:2:2, 4.2 MB",
    "jpeg-420": "6 MP JPEG 4:2:0, 0.8 MB",
    "jpeg-progressive": "12 MP JPEG progressive",
    "jpeg-cmyk": "12 MP CMYK JPEG",
    "jpeg-cmyk-profile": "12 MP CMYK JPEG with a profile",
    "png": "3 MP PNG RGB",
    "png-alpha": "3 MP PNG with alpha, photo, PNG out",
    "png-alpha-drawing": "3 MP PNG with alpha, drawing, PNG out",
    "webp": "1 MP WebP",
    "tiff": "12 MP TIFF, no compression",
    "tiff-lzw": "12 MP TIFF LZW",
    "tiff-lzw-predictor": "12 MP TIFF LZW with predictor",
    "gif": "1.7 MP GIF",
    "bmp": "3 MP BMP",
    "jpeg-cmyk-small": "500 x 333 CMYK JPEG with a profile",
}

# Rows of the table of memory, made from the first picture only.
LARGE = {
    "large-jpeg": "100 MP JPEG",
    "large-jpeg-progressive": "100 MP JPEG progressive",
    "large-png": "100 MP PNG RGB",
    "large-tiff": "100 MP TIFF, no compression",
    "large-tiff-lzw-tiles": "100 MP TIFF LZW in tiles",
    "large-bmp": "100 MP BMP",
    "large-png-rgba16": "120 MP PNG RGBA of 16 bits",
}

EXTENSIONS = {
    "jpeg": "jpg",
    "png": "png",
    "webp": "webp",
    "tiff": "tif",
    "gif": "gif",
    "bmp": "bmp",
}
CAMERA_GRAIN = 2.5


@dataclass(frozen=True)
class Input:
    row: str
    picture: str
    path: Path

    @property
    def label(self):
        return (ROWS | LARGE)[self.row]


def extension(row):
    return EXTENSIONS[row.removeprefix("large-").split("-")[0]]


class Maker:
    """Makes inputs that are not in the cache yet."""

    def __init__(self, cache, folder):
        self.folder = folder
        self.sources = {kind: pictures.find(folder, kind) for kind in pictures.KINDS}
        # Inputs made by another version of these scripts, or from other pictures, are others.
        here = Path(__file__).parent
        key = hashlib.sha256()
        for path in (
            here / "inputs.py",
            here / "pictures.py",
            *filter(None, self.sources.values()),
        ):
            key.update(path.read_bytes())
        self.cache = cache / "inputs" / key.hexdigest()[:12]
        self.cache.mkdir(parents=True, exist_ok=True)
        self.pictures = {}

    def input(self, row, kind):
        path = self.cache / f"{row}-{kind}.{extension(row)}"
        if not path.exists():
            print(f"making {path.name}", flush=True)
            temporary = path.with_suffix(".part")
            temporary.write_bytes(MAKERS[row](self, kind))
            os.replace(temporary, path)
        return Input(row, kind, path)

    def small(self, row):
        """A file of 64 x 48 pixels of the row's format, with which a library starts up before its memory is measured."""
        path = self.cache / f"small-{row}.{extension(row)}"
        if not path.exists():
            image = Image.new(
                "RGBA" if "alpha" in row or "rgba" in row else "RGB", (64, 48), (90, 120, 60)
            )
            file = io.BytesIO()
            image.convert("CMYK" if "cmyk" in row else image.mode).save(
                file, Image.registered_extensions()[path.suffix]
            )
            path.write_bytes(file.getvalue())
        return path

    def at(self, kind, width, height):
        """The picture of this kind, fitted to this size."""
        if kind not in self.pictures:
            self.pictures = {
                kind: pictures.picture(kind, self.folder)
            }  # one at a time: they are large
        image = self.pictures[kind]
        if image.size == (width, height):
            return image
        used = (
            image.height
            if width * image.height <= image.width * height
            else image.width * height / width
        )
        return image.resize(
            (width, height), Image.Resampling.LANCZOS, box=(0, 0, used * width / height, used)
        )

    def sources_used(self):
        return {kind: path.name if path else "generated" for kind, path in self.sources.items()}


def saved(image, format, **options):
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def jpeg_of(image, length, **options):
    """A JPEG whose quality brings it nearest to this length in bytes."""
    low, high = 20, 99
    quality = {}
    while low <= high:
        middle = (low + high) // 2
        quality[middle] = len(saved(image, "JPEG", quality=middle, **options))
        low, high = (middle + 1, high) if quality[middle] < length else (low, middle - 1)
    return saved(
        image, "JPEG", quality=min(quality, key=lambda key: abs(quality[key] - length)), **options
    )


def camera(maker, kind):
    return pictures.with_grain(maker.at(kind, 4000, 3000), CAMERA_GRAIN)


def jpeg_422(maker, kind):
    return jpeg_of(camera(maker, kind), 4_200_000, subsampling="4:2:2")


def jpeg_420(maker, kind):
    return jpeg_of(maker.at(kind, 3000, 2000), 800_000, subsampling="4:2:0")


def jpeg_progressive(maker, kind):
    with Image.open(io.BytesIO(jpeg_422(maker, kind))) as baseline:
        return saved(
            camera(maker, kind),
            "JPEG",
            qtables=baseline.quantization,
            subsampling="4:2:2",
            progressive=True,
        )


def separated(image):
    """CMYK by libvips' own profile of a press, and that profile."""
    picture = pyvips.Image.new_from_array(np.asarray(image)).copy(interpretation="srgb")
    cmyk = picture.icc_export(output_profile="cmyk", intent="relative")
    return Image.fromarray(cmyk.numpy(), "CMYK"), cmyk.get("icc-profile-data")


def jpeg_cmyk(maker, kind):
    return jpeg_of(separated(camera(maker, kind))[0], 4_200_000)


def jpeg_cmyk_profile(maker, kind):
    cmyk, profile = separated(camera(maker, kind))
    return jpeg_of(cmyk, 4_200_000 + len(profile), icc_profile=profile)


def jpeg_cmyk_small(maker, kind):
    cmyk, profile = separated(maker.at(kind, 500, 333))
    return saved(cmyk, "JPEG", quality=85, icc_profile=profile)


def cut_out(maker, kind):
    """The picture with a round, soft edge, beyond which nothing is seen."""
    width, height = 2048, 1536
    down, across = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    alpha = ((0.95 - np.hypot(down, across)) * 900).clip(0, 255).astype(np.uint8)
    image = maker.at(kind, width, height).copy()
    image.putalpha(Image.fromarray(alpha))
    return image


def tiff(maker, kind, **options):
    picture = pyvips.Image.new_from_array(np.asarray(maker.at(kind, 4000, 3000))).copy(
        interpretation="srgb"
    )
    return picture.tiffsave_buffer(**options)


def large(maker, kind, height=8400, grain=2):
    """The picture mirrored until it has 12,000 columns and these rows. Grain keeps its repetition from being compressed."""
    image = maker.at(kind, 4000, 3000)
    pixels = np.asarray(pictures.with_grain(image, grain))
    return np.ascontiguousarray(np.tile(np.concatenate([pixels, pixels[::-1]]), (2, 3, 1))[:height])


def large_vips(maker, kind):
    return pyvips.Image.new_from_array(large(maker, kind)).copy(interpretation="srgb")


def large_bmp(maker, kind):
    return saved(Image.fromarray(large(maker, kind)), "BMP")


def large_png_rgba16(maker, kind):
    picture = pyvips.Image.new_from_array(large(maker, kind, height=10_000)).copy(
        interpretation="srgb"
    )
    alpha = (pyvips.Image.xyz(picture.width, picture.height)[0] / picture.width * 255).cast("uchar")
    picture = (picture.bandjoin(alpha) * 257).cast("ushort").copy(interpretation="rgb16")
    return picture.pngsave_buffer(compression=1, bitdepth=16, filter="up")


MAKERS = {
    "jpeg-422": jpeg_422,
    "jpeg-420": jpeg_420,
    "jpeg-progressive": jpeg_progressive,
    "jpeg-cmyk": jpeg_cmyk,
    "jpeg-cmyk-profile": jpeg_cmyk_profile,
    "jpeg-cmyk-small": jpeg_cmyk_small,
    "png": lambda maker, kind: saved(maker.at(kind, 2048, 1536), "PNG"),
    "png-alpha": lambda maker, kind: saved(cut_out(maker, kind), "PNG"),
    "png-alpha-drawing": lambda maker, kind: saved(
        pictures.drawing(pictures.KINDS.index(kind), (2048, 1536)), "PNG"
    ),
    "webp": lambda maker, kind: saved(maker.at(kind, 1152, 868), "WEBP", quality=80),
    "tiff": lambda maker, kind: tiff(maker, kind),
    "tiff-lzw": lambda maker, kind: tiff(maker, kind, compression="lzw", predictor="none"),
    "tiff-lzw-predictor": lambda maker, kind: tiff(
        maker, kind, compression="lzw", predictor="horizontal"
    ),
    "gif": lambda maker, kind: saved(maker.at(kind, 1504, 1128).quantize(256), "GIF"),
    "bmp": lambda maker, kind: saved(maker.at(kind, 2048, 1536), "BMP"),
    "large-jpeg": lambda maker, kind: large_vips(maker, kind).jpegsave_buffer(
        Q=80, subsample_mode="on"
    ),
    "large-jpeg-progressive": lambda maker, kind: large_vips(maker, kind).jpegsave_buffer(
        Q=80, subsample_mode="on", interlace=True
    ),
    "large-png": lambda maker, kind: large_vips(maker, kind).pngsave_buffer(
        compression=2, filter="paeth"
    ),
    "large-tiff": lambda maker, kind: large_vips(maker, kind).tiffsave_buffer(),
    "large-tiff-lzw-tiles": lambda maker, kind: large_vips(maker, kind).tiffsave_buffer(
        compression="lzw", predictor="horizontal", tile=True, tile_width=256, tile_height=256
    ),
    "large-bmp": large_bmp,
    "large-png-rgba16": large_png_rgba16,
}
