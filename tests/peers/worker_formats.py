"""One rendition by a library or program that shares no code with this one: `worker_formats.py FORMAT FILE WIDTH HEIGHT OUT`.

Writes a PNG, and prints what the work took: `ns` of the processor, from the file to an encoded rendition, and `peak_bytes`. Of
a program both include its start.
"""

import io
import json
import resource
import struct
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms, ImageOps

Image.MAX_IMAGE_PIXELS = None
SRGB = ImageCms.createProfile("sRGB")

PEERS = {
    "heic": "libheif",
    "psd": "ImageMagick",
    "jxl": "libjxl",
    "jp2": "OpenJPEG",
    "svg": "librsvg",
    "pdf": "poppler",
    "eps": "libtiff",
}


def in_srgb(image):
    """In sRGB by the picture's own profile."""
    profile = image.info.get("icc_profile")
    if image.mode.startswith("I;16"):
        image = Image.fromarray((np.asarray(image) // 257).astype(np.uint8))
    if image.mode in ("LA", "PA", "P", "RGBX", "La", "1"):
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    if not profile:
        return image.convert(mode)
    if image.mode == "RGBA":
        colours = ImageCms.profileToProfile(
            image.convert("RGB"), io.BytesIO(profile), SRGB, outputMode="RGB"
        )
        colours.putalpha(image.getchannel("A"))
        return colours
    return ImageCms.profileToProfile(image, io.BytesIO(profile), SRGB, outputMode="RGB")


def heic(path):
    import pillow_heif

    pillow_heif.register_heif_opener()
    return in_srgb(Image.open(path))


def jxl(path):
    import pillow_jxl  # noqa: F401

    # It has the orientation of the header in EXIF.
    return in_srgb(ImageOps.exif_transpose(Image.open(path)))


def jp2(path):
    return in_srgb(Image.open(path))


def eps(path):
    """The TIFF in the file, which is what is compared: the drawing beside it may be another."""
    data = path.read_bytes()
    at, length = struct.unpack_from("<II", data, 20)
    return in_srgb(Image.open(io.BytesIO(data[at : at + length])))


LIBRARIES = {"heic": heic, "jxl": jxl, "jp2": jp2, "eps": eps}


def by_library(kind, path, size, out):
    module = LIBRARIES[kind]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time_ns()
    picture = module(path)
    if picture.size != size:
        picture = picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
    file = io.BytesIO()
    if picture.mode == "RGBA":
        picture.save(file, "PNG")
    else:
        picture.save(file, "JPEG", quality=85)
    ns = time.process_time_ns() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    picture.save(out)
    return {"ns": ns, "peak_bytes": peak * 1024}


def by_program(kind, path, size, out):
    width, height = map(str, size)
    if kind == "svg":
        command = ["rsvg-convert", "-w", width, "-h", height, "-o", out, path]
    elif kind == "psd":
        # The merged picture. A profile is applied where one is embedded, which is resource 1039.
        profile = Path(out).with_suffix(".icc")
        profile.write_bytes(ImageCms.ImageCmsProfile(SRGB).tobytes())
        has_profile = b"8BIM\x04\x0f" in path.read_bytes()[: 1 << 20]
        colours = ["-profile", profile] if has_profile else ["-colorspace", "sRGB"]
        command = [
            "convert",
            f"psd:{path}[0]",
            *colours,
            "-depth",
            "8",
            "-resize",
            f"{width}x{height}!",
            f"png32:{out}",
        ]
    else:
        command = ["pdftocairo", "-png", "-singlefile", "-cropbox", "-f", "1", "-l", "1"]
        command += [
            "-scale-to-x",
            width,
            "-scale-to-y",
            height,
            path,
            str(out).removesuffix(".png"),
        ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    if done.returncode or not Path(out).exists():
        raise RuntimeError(
            done.stderr.strip().splitlines()[0] if done.stderr.strip() else "it fails"
        )
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {"ns": (used.ru_utime + used.ru_stime) * 1e9, "peak_bytes": used.ru_maxrss * 1024}


def main():
    kind, path, width, height, out = sys.argv[1:]
    # What is imported is no part of the work.
    for name in {"heic": ["pillow_heif"], "jxl": ["pillow_jxl"]}.get(kind, []):
        __import__(name)
    render = by_library if kind in LIBRARIES else by_program
    try:
        answer = render(kind, Path(path), (int(width), int(height)), out)
    except Exception as error:  # a peer's error of any class is its answer
        answer = {"error": f"{type(error).__name__}: {error}".splitlines()[0]}
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
