"""The pictures whose quality is compared: photos, graphics and text, of the folder of test images and generated."""

from dataclasses import dataclass
from pathlib import Path

import pictures
from PIL import Image, ImageDraw, ImageFont

CLASSES = ("photo", "graphic", "text")
# Files of the folder of test images by the end of their names, upright or not, with profiles or not.
FILES = {
    "photo": (
        "DSCN0027.jpg",
        "DSCN0038.jpg",
        "owl.jpg",
        "Nikon_D1X.jpg",
        "landscape_4.jpg",
        "Samsung_GT-I9000__Galaxy_S_.jpg",
        "Photo__2_.webp",
        "HTC_Desire.webp",
        "d23057cd-test.jpg",
        "avif-orientation-6.avif",
    ),
    "graphic": (
        "test-card-lossless.jp2",
        "54743a2a36ef90c7ed8bb5da8b6ebaf4.tif",
        "Core_8_Bit.bmp",
        "Alpha_Lossy__2_.webp",
        "Rudless.tiff",
        "rebuilt_relax_fill_bytes_before_marker.jpg",
    ),
    "text": (
        "89b5888641d5910e92bf451b5e639ad0.tif",
        "G31D_MULTI.TIF",
        "f15dfcc7-test.png",
        "anchors.webp",
    ),
}


@dataclass(frozen=True)
class Subject:
    kind: str
    name: str
    path: Path

    def side(self):
        """The side to fit: each picture is reduced, so that resampling counts too and no file is passed on as it is."""
        with Image.open(self.path) as image:
            return min(1000, round(max(image.size) * 0.75))


def subjects(maker, folder, scratch):
    """All subjects: JPEG files as they are, others as PNG without alpha, which every library reads."""
    found = []
    for kind, ends in FILES.items():
        for path in sorted(Path(folder).iterdir()) if folder else []:
            if path.name.endswith(ends):
                found.append(Subject(kind, path.name, readable(path, scratch)))
    for kind in pictures.KINDS:
        for row in ("jpeg-422", "jpeg-420"):
            made = maker.input(row, kind)
            found.append(Subject("text" if kind == "scan" else "photo", made.path.name, made.path))
    for seed in range(3):
        found.append(
            kept(
                Subject("graphic", f"drawing {seed}", scratch / f"drawing-{seed}.png"), drawn(seed)
            )
        )
        found.append(
            kept(Subject("text", f"letters {seed}", scratch / f"letters-{seed}.png"), letters(seed))
        )
    return found


def readable(path, scratch):
    with Image.open(path) as image:
        if image.format == "JPEG" and image.mode in ("RGB", "L"):
            return path
        return kept(Subject("", path.name, scratch / f"{path.stem}.png"), on_white(image)).path


def kept(subject, image):
    options = {"icc_profile": image.info["icc_profile"]} if image.info.get("icc_profile") else {}
    image.save(subject.path, **options)
    return subject


def on_white(image):
    profile = image.info.get("icc_profile")
    image = image.convert("RGBA")
    ground = Image.new("RGBA", image.size, "white")
    ground.alpha_composite(image)
    opaque = ground.convert("RGB")
    opaque.info = {"icc_profile": profile} if profile else {}
    return opaque


def drawn(seed):
    return on_white(pictures.drawing(100 + seed, (1600, 1200)))


def letters(seed):
    """Text in colours on a ground of colour, as on a card or a banner."""
    grounds, inks = ("#ffffff", "#f4e7c3", "#12344d"), ("#1a1a1a", "#8a1538", "#ffd447")
    image = Image.new("RGB", (1400, 1000), grounds[seed])
    draw = ImageDraw.Draw(image)
    y = 20
    for size in (14, 16, 18, 22, 26, 32, 40, 56, 72, 96):
        for _ in range(2):
            words = "Printed as sent: 0123456789, the quick brown fox jumps over the lazy dog. " * 3
            draw.text((20 + seed * 7, y), words, fill=inks[seed], font=ImageFont.load_default(size))
            y += round(size * 1.3)
    return image
