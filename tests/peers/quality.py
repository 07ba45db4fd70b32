"""The quality of this library's JPEGs and of libvips', each at its own length.

The reference is made from the file by Pillow: decoded whole, turned, converted to sRGB by LittleCMS, fitted by Lanczos in floating
point. The scores are SSIMULACRA2 (100 is the same picture, 90 looks the same beside it, 70 is high quality) and the PSNR of luma.
"""

import datetime
import io
import subprocess
import tempfile
from math import exp, log, log10
from pathlib import Path

import contender
import inputs
import measure
import numpy as np
import report
import subjects
from PIL import Image, ImageCms, ImageOps

QUALITIES = (60, 70, 75, 80, 85, 90, 95)
PEER_QUALITIES = (40, *QUALITIES, 98)
PEERS = {"libvips": "auto", "libvips 4:4:4": "off"}


class Scorer:
    """The program `score`, which computes SSIMULACRA2."""

    def __init__(self, program, scratch):
        self.process = subprocess.Popen(
            [program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.reference, self.picture = scratch / "reference.rgb", scratch / "picture.rgb"

    def score(self, reference, picture):
        self.reference.write_bytes(reference.tobytes())
        self.picture.write_bytes(picture.tobytes())
        height, width, _ = reference.shape
        self.process.stdin.write(f"{width} {height} {self.reference} {self.picture}\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("the program score ended")
        return float(line)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Reference:
    """The picture as it should look, at any size."""

    def __init__(self, path):
        with Image.open(path) as image:
            profile = image.info.get("icc_profile")
            image = ImageOps.exif_transpose(image).convert("RGB")
        if profile:
            image = ImageCms.profileToProfile(
                image, io.BytesIO(profile), ImageCms.createProfile("sRGB")
            )
        self.channels = [Image.fromarray(np.asarray(part, np.float32)) for part in image.split()]
        self.fitted = {}

    def at(self, size):
        if size not in self.fitted:
            parts = [
                np.asarray(part.resize(size, Image.Resampling.LANCZOS)) for part in self.channels
            ]
            self.fitted[size] = (np.stack(parts, axis=2) + 0.5).clip(0, 255).astype(np.uint8)
        return self.fitted[size]


def psnr_of_luma(reference, picture):
    weights = np.array((0.299, 0.587, 0.114), np.float32)
    error = ((reference @ weights - picture @ weights) ** 2).mean(dtype=np.float64)
    return 10 * log10(255**2 / max(float(error), 1e-9))


def curve(one, subject, reference, qualities, scorer, scratch):
    """The length and the scores at each quality."""
    loaded = one.ask(f"load {subject.path}")
    if "error" in loaded:
        raise RuntimeError(f"{one.name}, {subject.path}: {loaded['error']}")
    points, file = [], scratch / "rendition.jpg"
    for quality in qualities:
        answer = one.run(1, subject.side(), quality)
        if "error" in answer:
            raise RuntimeError(f"{one.name}, {subject.path}: {answer['error']}")
        one.ask(f"save {file}")
        with Image.open(file) as image:
            picture = np.asarray(image.convert("RGB"))
        wanted = reference.at(picture.shape[1::-1])
        scores = {"score": scorer.score(wanted, picture), "psnr": psnr_of_luma(wanted, picture)}
        points.append({"quality": quality, "bytes": answer["bytes"]} | scores)
    return points


def result(options, folder):
    maker = inputs.Maker(options.cache, folder)
    qualities = (75, 85, 95) if options.quick else QUALITIES
    peer_qualities = (60, 75, 85, 95) if options.quick else PEER_QUALITIES
    ours = contender.ours(measure.OURS, options.worker)
    vips = next(peer for peer in contender.peers(options.cache) if peer.name == "libvips")
    peers = [
        contender.Contender(
            name, vips.command, vips.environment | {"USERIMAGE_PEERS_CHROMA": chroma}
        )
        for name, chroma in PEERS.items()
    ]
    with tempfile.TemporaryDirectory() as temporary:
        scratch = Path(temporary)
        scorer = Scorer(options.score, scratch)
        entries = []
        with ours, peers[0], peers[1]:
            versions = {"userimage": measure.revision()} | peers[0].ask("versions")
            for subject in subjects.subjects(maker, folder, scratch):
                reference = Reference(subject.path)
                curves = {ours.name: curve(ours, subject, reference, qualities, scorer, scratch)}
                for peer in peers:
                    curves[peer.name] = curve(
                        peer, subject, reference, peer_qualities, scorer, scratch
                    )
                entries.append({"class": subject.kind, "name": subject.name, "curves": curves})
                print(f"{subject.kind}: {subject.name}", flush=True)
        scorer.close()
    return {"date": datetime.date.today().isoformat(), "versions": versions, "subjects": entries}


def at_quality(points, quality):
    return next(point for point in points if point["quality"] == quality)


def at_bytes(points, length, field):
    """The score at this length, between two points on a line over the logarithm of the length. None outside the curve."""
    points = sorted(points, key=lambda point: point["bytes"])
    for low, high in zip(points, points[1:]):
        if low["bytes"] <= length <= high["bytes"]:
            span = log(high["bytes"] / low["bytes"])
            part = log(length / low["bytes"]) / span if span else 0
            return low[field] + part * (high[field] - low[field])
    return None


def mean(values):
    values = [value for value in values if value is not None]
    return sum(values) / len(values) if values else None


def geometric(values):
    return exp(mean([log(value) for value in values]))


def of_class(result, kind):
    return [entry["curves"] for entry in result["subjects"] if entry["class"] == kind]


def advantages(curves, peer, field, quality=85):
    """Our score less the peer's at our length, of each subject where the peer's curve reaches that length."""
    for own in curves:
        point = at_quality(own[measure.OURS], quality)
        theirs = at_bytes(own[peer], point["bytes"], field)
        if theirs is not None:
            yield point[field] - theirs


def at_85(result):
    lines = report.head(
        "at quality 85",
        "pictures",
        "KB, ours",
        "libvips",
        "SSIMULACRA2, ours",
        "libvips",
        "libvips at our KB",
        "per byte",
        "the least",
        "PSNR of luma, dB, ours",
        "libvips",
        "per byte",
        "per byte, libvips 4:4:4",
    )
    for kind in subjects.CLASSES:
        curves = of_class(result, kind)
        if not curves:
            continue
        ours = [at_quality(own[measure.OURS], 85) for own in curves]
        theirs = [at_quality(own["libvips"], 85) for own in curves]
        same = [
            at_bytes(own["libvips"], point["bytes"], "score") for own, point in zip(curves, ours)
        ]
        scores, ratios = (
            list(advantages(curves, "libvips", "score")),
            list(advantages(curves, "libvips", "psnr")),
        )
        full = list(advantages(curves, "libvips 4:4:4", "score"))
        lines.append(
            report.line(
                kind,
                str(len(curves)),
                report.number(mean([point["bytes"] for point in ours]) / 1e3, 0),
                report.number(mean([point["bytes"] for point in theirs]) / 1e3, 0),
                report.number(mean([point["score"] for point in ours]), 2),
                report.number(mean([point["score"] for point in theirs]), 2),
                report.number(mean(same), 2),
                signed(mean(scores)),
                signed(min(scores, default=None)),
                report.number(mean([point["psnr"] for point in ours]), 2),
                report.number(mean([point["psnr"] for point in theirs]), 2),
                signed(mean(ratios)),
                signed(mean(full)),
            )
        )
    return lines


def signed(value):
    return "-" if value is None else f"{value:+.2f}"


def along_the_curve(result):
    qualities = [point["quality"] for point in result["subjects"][0]["curves"][measure.OURS]]
    lines = report.head(
        "our quality",
        *(
            f"{kind}, {field}"
            for kind in subjects.CLASSES
            for field in ("KB", "SSIMULACRA2", "per byte")
        ),
    )
    for quality in qualities:
        cells = []
        for kind in subjects.CLASSES:
            curves = of_class(result, kind)
            points = [at_quality(own[measure.OURS], quality) for own in curves]
            cells.append(report.number(geometric([point["bytes"] for point in points]) / 1e3, 0))
            cells.append(report.number(mean([point["score"] for point in points]), 2))
            cells.append(signed(mean(list(advantages(curves, "libvips", "score", quality)))))
        lines.append(report.line(str(quality), *cells))
    return lines


def each_subject(result):
    lines = report.head(
        "at quality 85",
        "KB, ours",
        "libvips",
        "SSIMULACRA2, ours",
        "libvips",
        "libvips at our KB",
        "PSNR, ours",
        "libvips",
    )
    for entry in result["subjects"]:
        curves = entry["curves"]
        ours, theirs = at_quality(curves[measure.OURS], 85), at_quality(curves["libvips"], 85)
        same = at_bytes(curves["libvips"], ours["bytes"], "score")
        lengths = [report.number(point["bytes"] / 1e3) for point in (ours, theirs)]
        scores = [
            report.number(value, 2)
            for value in (ours["score"], theirs["score"], same, ours["psnr"], theirs["psnr"])
        ]
        lines.append(report.line(f"{entry['class']}: {entry['name']}", *lengths, *scores))
    return lines


def heading(result):
    versions = ", ".join(f"{name} {version}" for name, version in result["versions"].items())
    return [
        f'{result["date"]}. {versions}. "Per byte" is our score less that of libvips at our length, which lies between two of its',
        "qualities; above 0 is better.",
    ]


def tables(result):
    return [heading(result), at_85(result), along_the_curve(result), each_subject(result)]


def summary(result):
    return report.text([heading(result), at_85(result), along_the_curve(result)]).splitlines()
