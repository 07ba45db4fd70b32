"""The pictures from which the inputs are made: night, foliage, a face, a scan.

Each is a photo of a folder or, where the folder has none, generated with similar statistics. All are enlarged, mirrored and
joined to 4000 x 3000 pixels. No picture is kept in the repository.
"""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

KINDS = ("night", "foliage", "face", "scan")
SIZE = (4000, 3000)
# A file that is named after the kind is taken first, then these from the folder of the test images.
NAMES = {
    "night": "Photo__2_.webp",
    "foliage": "landscape_4.jpg",
    "face": "Samsung_GT-I9000__Galaxy_S_.jpg",
    "scan": "89b5888641d5910e92bf451b5e639ad0.tif",
}


def find(folder, kind):
    """The photo of this kind in the folder, or None."""
    if folder is None:
        return None
    files = sorted(path for path in Path(folder).iterdir() if path.is_file())
    for fits in (lambda name: name.startswith(kind), lambda name: name.endswith(NAMES[kind])):
        for path in files:
            if fits(path.name):
                return path
    return None


def picture(kind, folder):
    """The picture of this kind, RGB, of 4000 x 3000 pixels."""
    path = find(folder, kind)
    if path is None:
        return GENERATED[kind](np.random.default_rng(KINDS.index(kind)))
    with Image.open(path) as photo:
        return joined(photo.convert("RGB"))


def joined(photo):
    """The photo at most doubled, as a photo of the web is sharper than a camera's, then mirrored until it fills the size."""
    factor = max(1.0, min(2.0, SIZE[0] / photo.width))
    tile = photo.resize(
        (round(photo.width * factor), round(photo.height * factor)), Image.Resampling.LANCZOS
    )
    pixels = np.asarray(tile)
    pair = np.concatenate([pixels, pixels[:, ::-1]], axis=1)
    block = np.concatenate([pair, pair[::-1]], axis=0)
    repeats = [-(-side // length) for side, length in zip((SIZE[1], SIZE[0]), block.shape)]
    return Image.fromarray(
        np.ascontiguousarray(np.tile(block, (*repeats, 1))[: SIZE[1], : SIZE[0]])
    )


def with_grain(image, deviation, seed=1):
    """The noise of a sensor: mostly of the lightness, and a little blurred by the interpolation of colours."""
    noise = np.random.default_rng(seed)
    height, width = image.height, image.width
    light = noise.standard_normal((height, width, 1), dtype=np.float32) * deviation
    light = (light + np.roll(light, 1, axis=0) + np.roll(light, 1, axis=1)) / np.sqrt(3)
    colour = noise.standard_normal((height, width, 3), dtype=np.float32) * (deviation / 3)
    return Image.fromarray((np.asarray(image) + light + colour + 0.5).clip(0, 255).astype(np.uint8))


def waves(noise, width, height, slope):
    """Noise whose amplitude falls with the frequency to the power of `slope`, as in photos (about 1): mean 0, deviation 1."""
    spectrum = np.fft.rfft2(noise.standard_normal((height, width)))
    frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None, :])
    frequency[0, 0] = 1
    values = np.fft.irfft2(spectrum / frequency**slope, s=(height, width))
    return ((values - values.mean()) / values.std()).astype(np.float32)


def as_image(values):
    return Image.fromarray(np.asarray(values).clip(0, 255).astype(np.uint8))


def night(noise):
    """A dark sky with lit windows and lamps, each with a halo, and much grain."""
    width, height = SIZE
    dark = 14 + 10 * waves(noise, width // 4, height // 4, 1.2)
    base = Image.fromarray(dark.clip(0, 60).astype(np.uint8)).resize(SIZE, Image.Resampling.BICUBIC)
    lights = Image.new("RGB", SIZE)
    draw = ImageDraw.Draw(lights)
    for _ in range(60):
        left, top = int(noise.integers(0, width)), int(noise.integers(height // 3, height))
        for row in range(int(noise.integers(3, 20))):
            for column in range(int(noise.integers(2, 8))):
                if noise.random() < 0.4:
                    lit = int(noise.integers(90, 255))
                    x, y = left + column * 34, top + row * 46
                    draw.rectangle((x, y, x + 18, y + 26), fill=(lit, lit * 4 // 5, lit // 2))
    for _ in range(300):
        x, y, radius = (
            int(noise.integers(0, width)),
            int(noise.integers(0, height)),
            int(noise.integers(2, 14)),
        )
        draw.ellipse(
            (x - radius, y - radius, x + radius, y + radius),
            fill=(255, int(noise.integers(190, 255)), 170),
        )
    halo = np.asarray(lights.filter(ImageFilter.GaussianBlur(24)), np.float32)
    sharp = np.asarray(lights.filter(ImageFilter.GaussianBlur(1.2)), np.float32)
    return with_grain(
        as_image(np.asarray(base, np.float32)[..., None] * (0.8, 0.9, 1.2) + halo + sharp), 3
    )


def foliage(noise):
    """Leaves that cover one another, of all sizes: detail at every scale and at each point."""
    image = Image.new("RGB", SIZE, (40, 60, 25))
    draw = ImageDraw.Draw(image)
    for _ in range(60_000):
        size = 6 / max(noise.random(), 0.02)
        x, y, turn = noise.random() * SIZE[0], noise.random() * SIZE[1], noise.random() * np.pi
        along, across = (
            np.array((np.cos(turn), np.sin(turn))) * size,
            np.array((-np.sin(turn), np.cos(turn))) * size * 0.4,
        )
        points = [
            (x, y) + along * a + across * b
            for a, b in ((-1, 0), (-0.3, 1), (0.4, 0.9), (1, 0), (0.4, -0.9), (-0.3, -1))
        ]
        light = 0.35 + noise.random() * 0.9
        colour = (np.array((90, 130, 45)) + noise.normal(0, 14, 3)) * light
        draw.polygon(
            [tuple(point) for point in points],
            fill=tuple(int(max(0, min(255, part))) for part in colour),
        )
    texture = waves(noise, *SIZE, 1.0)[..., None] * 9
    return with_grain(
        as_image(np.asarray(image.filter(ImageFilter.GaussianBlur(1)), np.float32) + texture), 2
    )


def face(noise):
    """Skin with soft light, eyes, a mouth and hair before a blurred room: large smooth areas, fine lines in few places."""
    width, height = SIZE
    room = waves(noise, width // 8, height // 8, 1.6) * 35 + 110
    room = Image.fromarray(room.clip(0, 255).astype(np.uint8)).resize(
        SIZE, Image.Resampling.BICUBIC
    )
    image = Image.merge(
        "RGB",
        [room.point(lambda value, tint=tint: int(value * tint)) for tint in (1.0, 0.93, 0.82)],
    )
    draw = ImageDraw.Draw(image)
    draw.ellipse((1150, 350, 2850, 2850), fill=(214, 168, 142))
    draw.ellipse((1500, 1250, 1800, 1400), fill=(240, 235, 230))
    draw.ellipse((2200, 1250, 2500, 1400), fill=(240, 235, 230))
    for x in (1650, 2350):
        draw.ellipse((x - 75, 1250, x + 75, 1400), fill=(70, 95, 120))
        draw.ellipse((x - 35, 1290, x + 35, 1360), fill=(10, 10, 12))
    draw.ellipse((1700, 2150, 2300, 2330), fill=(176, 88, 84))
    image = image.filter(ImageFilter.GaussianBlur(5))
    draw = ImageDraw.Draw(image)
    for _ in range(7_000):
        x, y = noise.normal(2000, 520), noise.normal(560, 190)
        shade = int(noise.integers(20, 95))
        draw.line(
            (x, y, x + noise.normal(0, 90), y + noise.random() * 420),
            fill=(shade, shade * 3 // 4, shade // 2),
            width=2,
        )
    shadow = np.linspace(1.08, 0.72, width, dtype=np.float32)[None, :, None]
    skin = waves(noise, *SIZE, 1.2)[..., None] * 4
    return with_grain(
        as_image(
            np.asarray(image.filter(ImageFilter.GaussianBlur(0.8)), np.float32) * shadow + skin
        ),
        2,
    )


WORDS = (
    "A page is set in one column of small letters, as a form or a contract is, and read by a flat scanner. Its paper is not quite "
    "white, its ink is not quite black, and the light falls off towards the spine. Numbers such as 1,024.50 or 3 x 17 stand among "
    "the words; a line is underlined here and there. "
)


def scan(noise):
    """A page of small text, a little turned, on paper with fibres."""
    page = Image.new("L", SIZE, 250)
    draw = ImageDraw.Draw(page)
    font, heading = ImageFont.load_default(34), ImageFont.load_default(80)
    draw.text((260, 130), "Terms of delivery", fill=25, font=heading)
    line, y = "", 300
    words = (WORDS * 60).split()
    while y < SIZE[1] - 200:
        while words and draw.textlength(line + words[0], font=font) < SIZE[0] - 560:
            line += words.pop(0) + " "
        draw.text((260, y), line, fill=35, font=font)
        if noise.random() < 0.1:
            draw.line(
                (260, y + 42, 260 + draw.textlength(line, font=font), y + 42), fill=60, width=3
            )
        line, y = "", y + 52
    page = page.rotate(0.7, Image.Resampling.BICUBIC, fillcolor=250).filter(
        ImageFilter.GaussianBlur(1)
    )
    fibres = waves(noise, *SIZE, 0.7) * 2.5
    light = np.linspace(0.86, 1.0, SIZE[0], dtype=np.float32)[None, :]
    grey = np.asarray(page, np.float32) * light + fibres
    return with_grain(as_image(grey[..., None] * (1.0, 0.985, 0.95)), 1.2)


def drawing(seed, size):
    """A drawing with text on a transparent ground, as made for a shirt: flat colours, smooth edges."""
    noise = np.random.default_rng(seed)
    width, height = size
    # Drawn at twice the size, so that edges are smooth.
    image = Image.new("RGBA", (2 * width, 2 * height))
    draw = ImageDraw.Draw(image)
    for _ in range(40):
        x, y, radius = (
            noise.random() * 2 * width,
            noise.random() * 2 * height,
            40 + noise.random() * 420,
        )
        fill = (*(int(part) for part in noise.integers(0, 256, 3)), 255)
        shape = int(noise.integers(0, 3))
        if shape == 0:
            draw.ellipse(
                (x - radius, y - radius, x + radius, y + radius),
                fill=fill,
                outline=(0, 0, 0, 255),
                width=10,
            )
        elif shape == 1:
            draw.rounded_rectangle(
                (x, y, x + radius * 2, y + radius), 60, fill=fill, outline=(0, 0, 0, 255), width=10
            )
        else:
            draw.regular_polygon(
                (x, y, radius), int(noise.integers(3, 9)), int(noise.integers(0, 90)), fill=fill
            )
    for row in range(9):
        font = ImageFont.load_default(60 + 22 * row)
        draw.text(
            (120, 100 + row * 2 * height // 10),
            "User images, printed as sent 0123456789",
            fill=(20, 20, 30, 255),
            font=font,
        )
    return image.resize(size, Image.Resampling.BOX)


GENERATED = {"night": night, "foliage": foliage, "face": face, "scan": scan}
