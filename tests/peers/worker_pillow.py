"""Pillow, as its documentation recommends for speed: `draft`, which decodes a JPEG at a reduced scale, and `thumbnail`, which
reduces by whole factors before it filters."""

import io
import os

import worker
from PIL import Image, ImageCms, __version__

# The inputs are known; the guard against decompression bombs would refuse the large ones.
Image.MAX_IMAGE_PIXELS = None
SRGB = ImageCms.createProfile("sRGB")
TO_SRGB = {}
# Of a palette, thumbnail takes the nearest pixel unless the picture is converted before.
NEAREST = os.environ.get("USERIMAGE_PEERS_PALETTE") == "nearest"


def to_srgb(image):
    """Colours by the picture's profile, if it has one; the transform of each profile is made once."""
    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    profile = image.info.get("icc_profile")
    if profile is None:
        return image.convert(mode)
    if (image.mode, profile) not in TO_SRGB:
        TO_SRGB[image.mode, profile] = ImageCms.buildTransform(
            io.BytesIO(profile), SRGB, image.mode, mode
        )
    return ImageCms.applyTransform(image, TO_SRGB[image.mode, profile])


def renderer(data):
    def render(side, quality):
        image = Image.open(io.BytesIO(data))
        # Without it, thumbnail decodes a JPEG at twice the size, which takes longer.
        image.draft(None, (side, side))
        if image.mode == "P" and not NEAREST:
            image = image.convert("RGBA" if "transparency" in image.info else "RGB")
        image.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=2.0)
        image = to_srgb(image)
        file = io.BytesIO()
        if image.mode == "RGBA":
            image.save(file, "PNG")
        else:
            image.save(file, "JPEG", quality=quality)
        return file.getvalue(), *image.size

    return render


if __name__ == "__main__":
    worker.serve(renderer, {"Pillow": __version__})
