"""libvips through pyvips, as its documentation recommends for thumbnails: `thumbnail`, which shrinks on load."""

import os

os.environ["VIPS_CONCURRENCY"] = "1"

import pyvips
import worker

# No operation is reused: each run does all of its work.
pyvips.cache_set_max(0)

# The option of jpegsave that sets the chroma's resolution; tests/peers/quality.py compares them.
CHROMA = os.environ.get("USERIMAGE_PEERS_CHROMA", "auto")


def renderer(data):
    header = pyvips.Image.new_from_buffer(data, "")
    # Asked for a profile, libvips converts pictures without one too, which takes long.
    profile = {"output_profile": "srgb"} if header.get_typeof("icc-profile-data") else {}

    def render(side, quality):
        image = pyvips.Image.thumbnail_buffer(data, side, height=side, size="down", **profile)
        width, height = image.width, image.height
        if image.hasalpha():
            return image.pngsave_buffer(keep="none"), width, height
        return image.jpegsave_buffer(Q=quality, keep="none", subsample_mode=CHROMA), width, height

    return render


if __name__ == "__main__":
    version = ".".join(str(pyvips.version(part)) for part in range(3))
    worker.serve(renderer, {"libvips": version, "pyvips": pyvips.__version__})
