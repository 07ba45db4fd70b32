"""Compares the renditions of HEIC, PSD, JPEG XL, JPEG 2000, SVG, PDF and EPS with those of independent renderers.

tests/peers/run formats

--pictures FOLDER  real files ($USERIMAGE_SHARED or ../shared/images, if it is there), beside the fixtures and those made
--only A,B         these formats only: heic, psd, jxl, jp2, svg, pdf, eps
--sheets FOLDER    writes pictures to look at: ours, the peer's and ten times the difference, file by file
--details          prints every file
--write-docs       writes the tables of docs/compare.md

Times are those of the processor, of a file to an encoded rendition, which holds on a machine that others use too.
The difference is the mean over all pixels and colours, of 255, on white or on black, whichever is greater. Ours is
encoded at quality 100 for it.
"""

import argparse
import datetime
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import contender
import measure
import numpy as np
import pictures
from PIL import Image, ImageDraw
from worker_formats import PEERS

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
FIXTURES = ROOT / "tests/fixtures"
COMPARE = ROOT / "docs/compare.md"
SIDE, RUNS, MS, MIB = 1000, 3, 1e6, 1 << 20
NAMES = {
    "heic": "HEIC", "psd": "PSD, PSB", "jxl": "JPEG XL", "jp2": "JPEG 2000", "svg": "SVG", "pdf": "PDF, AI",
    "eps": "EPS, preview",
}  # fmt: skip

# Files of which the peer shows something else, so that the difference says nothing; ours is that of the fixture's own truth.
OTHERWISE = {
    "heic-colour-hlg.heic": "Pillow shows the light of HDR as it is coded",
    "heic-colour-pq.heic": "Pillow shows the light of HDR as it is coded",
    "heic-derived-alpha-premultiplied.heic": "Pillow leaves the colours multiplied by alpha",
    "heic-derived-overlay-alpha.heic": "the peer draws it on black",
    "jp2-exif-adobe.jp2": "Pillow leaves out the orientation",
    "jp2-show-lossless-icc.jp2": "Pillow leaves out the profile",
    "jxl-exif-orientation.jxl": "the peer turns it by EXIF, which says nothing of the pixels in this format",
    "jxl-animated.jxl": "the peer shows another frame",
    "psd-colour-data.psd": "the peer shows the numbers of the palette's colours as grey",
    "psd-grey-alpha.psd": "the peer draws it on white",
    "psd-rgba16.psd": "the peer draws it on white",
    "94dbf163-anchor_horizontal.svg": "texts, for which the bench names no fonts",
    "8e954d77-interconvert.svg": "texts, for which the bench names no fonts",
}


def kind_of(data):
    """The format by the first bytes of a file, or None."""
    head = data[:1024]
    if head[4:8] == b"ftyp" and head[8:12] in (
        b"heic",
        b"heix",
        b"heim",
        b"heis",
        b"mif1",
        b"msf1",
    ):
        return "heic"
    if head.startswith((b"\xff\x0a", b"\0\0\0\x0cJXL ")):
        return "jxl"
    if head.startswith((b"\0\0\0\x0cjP  ", b"\xff\x4f\xff\x51")):
        return "jp2"
    if head.startswith(b"8BPS"):
        return "psd"
    if b"%PDF-" in head:
        return "pdf"
    if head.startswith((b"%!PS-Adobe", b"\xc5\xd0\xd3\xc6")):
        return "eps"
    is_text = head.lstrip().startswith((b"<", b"\xef\xbb\xbf<"))
    return "svg" if is_text and b"<svg" in data[:65536] and b"<html" not in head.lower() else None


def real_files(folder):
    files = sorted(path for path in Path(folder).iterdir() if path.is_file()) if folder else []
    return [(path, kind) for path in files if (kind := kind_of(path.read_bytes()))]


def fixtures():
    """Those that a rendition is expected of, or nothing is expected of."""
    entries = json.loads((FIXTURES / "truth.json").read_text())["files"]
    truth = {entry["file"]: entry for entry in entries}
    found = []
    for path in sorted((FIXTURES / "files").iterdir()):
        expected = truth.get(path.name, {})
        is_refused = (expected.get("render") or {}).get("refused") or "error" in (
            expected.get("probe") or {}
        )
        kind = kind_of(path.read_bytes())
        if kind and not is_refused and not expected.get("bomb"):
            found.append((path, kind))
    return found


def made(folder, cache):
    """A picture of 12 megapixels in each format that has pixels."""
    import pillow_heif
    import pillow_jxl  # noqa: F401
    import psd_tools

    pillow_heif.register_heif_opener()
    saves = {
        "heic": lambda picture, path: picture.save(path, "HEIF", quality=80),
        "psd": lambda picture, path: psd_tools.PSDImage.frompil(picture).save(path),
        "jxl": lambda picture, path: picture.save(path, "JXL", quality=90),
        "jp2": lambda picture, path: picture.save(
            path, "JPEG2000", irreversible=True, quality_layers=[12]
        ),
        "pdf": lambda picture, path: picture.save(path, "PDF", resolution=300),
    }
    files, picture = [], None
    cache.mkdir(parents=True, exist_ok=True)
    for kind, save in saves.items():
        path = cache / f"12-megapixels.{kind}"
        if not path.exists():
            picture = picture or pictures.picture("night", folder)
            save(picture, path)
        files.append((path, kind))
    return files


class Ours:
    """The example `render_worker`, which is kept running."""

    def __init__(self, program):
        self.worker = contender.ours("userimage", program)

    def render(self, path, out):
        """What it took, or `error`; the picture is written to `out`."""
        self.worker.ask(f"load {path}")
        answer = self.worker.run(RUNS, SIDE, 85)
        if "error" not in answer:
            self.worker.ask(f"run 1 {SIDE} 100")
            self.worker.ask(f"save {out}")
        return answer | {"ns": answer["cpu_ns"] / RUNS}


def theirs(kind, path, size, out):
    command = [sys.executable, "-B", HERE / "worker_formats.py", kind, path, *size, out]
    processor = str(max(os.sched_getaffinity(0)))
    answers = []
    for _ in range(RUNS):
        done = subprocess.run(
            ["taskset", "--cpu-list", processor, *map(str, command)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        try:
            answers.append(json.loads(done.stdout.splitlines()[-1]))
        except (IndexError, ValueError):
            return {"error": f"ended with {done.returncode}"}
        if "error" in answers[-1]:
            return answers[-1]
    return min(answers, key=lambda answer: answer["ns"])


def difference(ours, theirs):
    """The mean, and the two pictures on white."""
    pair = [np.asarray(Image.open(path).convert("RGBA"), np.float32) for path in (ours, theirs)]
    means, shown = [], []
    for ground in (0, 255):
        on = [
            picture[..., :3] * picture[..., 3:] / 255 + ground * (1 - picture[..., 3:] / 255)
            for picture in pair
        ]
        means.append(float(np.abs(on[0] - on[1]).mean()))
        shown = on
    return max(means), shown


def compare(path, kind, ours, folder):
    """A row of the details."""
    out, peer_out = folder / "ours", folder / "theirs.png"
    peer_out.unlink(missing_ok=True)
    row = {"file": path.name, "kind": kind, "ours": ours.render(path, out)}
    if "error" in row["ours"]:
        # Whether the peer can is of interest as well; the size does not matter.
        row["theirs"] = theirs(kind, path, (64, 64), peer_out)
        return row, None
    size = row["ours"]["width"], row["ours"]["height"]
    row["theirs"] = theirs(kind, path, size, peer_out)
    if "error" in row["theirs"]:
        return row, None
    row["difference"], shown = difference(out, peer_out)
    return row, shown


def sheet(folder, rows):
    """The pictures of a format, the most different first."""
    side = 240
    rows = sorted(rows, key=lambda pair: -pair[0]["difference"])
    for start in range(0, len(rows), 24):
        part = rows[start : start + 24]
        picture = Image.new("RGB", (2 * (3 * side + 30), -(-len(part) // 2) * (side + 30)), "#888")
        draw = ImageDraw.Draw(picture)
        for number, (row, (left, right)) in enumerate(part):
            x, y = number % 2 * (3 * side + 30), number // 2 * (side + 30)
            draw.text((x, y), f"{row['difference']:.2f} {row['file']}"[:90], fill="white")
            shown = (left, right, np.abs(left - right) * 10)
            for column, pixels in enumerate(shown):
                one = Image.fromarray(pixels.clip(0, 255).astype(np.uint8))
                one.thumbnail((side, side))
                if max(one.size) < side / 2:
                    one = one.resize([length * (side // max(one.size)) for length in one.size], 0)
                picture.paste(one, (x + column * (side + 5), y + 15))
        picture.save(folder / f"{part[0][0]['kind']}-{start // 24}.png")


def number(value, digits):
    return f"{value:,.{digits}f}"


def table(results):
    lines = [
        "| format | peer | files | drawn by both | by us only | by the peer only | by neither | difference, mean | greatest |"
        " ms | peer, ms | MiB | peer, MiB |",
        "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for kind in NAMES:
        rows = [row for row in results if row["kind"] == kind]
        if not rows:
            continue
        drawn = Counter(("error" in row["ours"], "error" in row["theirs"]) for row in rows)
        both = [row for row in rows if "difference" in row]
        differences = [row["difference"] for row in both if row["file"] not in OTHERWISE]
        large = [row for row in both if row["file"].startswith("12-megapixels")]
        timed = large[0] if large else max(both, key=lambda row: row["theirs"]["ns"], default=None)
        cells = [NAMES[kind], PEERS[kind], str(len(rows)), str(len(both))]
        cells += [str(drawn[key]) for key in ((False, True), (True, False), (True, True))]
        cells += (
            [number(np.mean(differences), 2), number(max(differences), 2)]
            if differences
            else ["-"] * 2
        )
        for value, unit in (("ns", MS), ("peak_bytes", MIB)):
            cells += [
                number(timed[side][value] / unit, 1) if timed else "-"
                for side in ("ours", "theirs")
            ]
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def refused(results):
    """What we refuse and the peer draws, with the reasons."""
    found = {}
    for row in results:
        if "error" in row["ours"] and "error" not in row["theirs"]:
            found.setdefault((row["kind"], row["ours"]["error"]), []).append(row["file"])
    lines = ["| format | reason | files |", "|---|---|--:|"]
    for (kind, reason), files in sorted(found.items()):
        lines.append(f"| {NAMES[kind]} | {reason} | {len(files)} |")
    return lines if found else []


def otherwise(results):
    lines = ["| file | difference | why |", "|---|--:|---|"]
    for row in results:
        if row["file"] in OTHERWISE and "difference" in row:
            lines.append(
                f"| `{row['file']}` | {number(row['difference'], 1)} | {OTHERWISE[row['file']]} |"
            )
    return lines


def arguments():
    parser = argparse.ArgumentParser(prog="tests/peers/run formats", add_help=False)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--worker", type=Path, required=True)
    parser.add_argument("--pictures", type=Path)
    parser.add_argument("--only", type=lambda words: words.split(","), default=list(NAMES))
    parser.add_argument("--sheets", type=Path)
    parser.add_argument("--details", action="store_true")
    parser.add_argument("--write-docs", action="store_true")
    parser.add_argument("--help", "-h", action="store_true")
    return parser.parse_args()


def main():
    options = arguments()
    if options.help:
        print(__doc__.strip())
        return
    shared = Path(os.environ.get("USERIMAGE_SHARED", ROOT / "../shared/images"))
    folder = options.pictures or (shared if shared.is_dir() else None)
    real = real_files(folder)
    files = [*made(folder, options.cache / "formats"), *real, *fixtures()]
    results, shown = [], {}
    ours = Ours(options.worker)
    with TemporaryDirectory() as work, ours.worker:
        for path, kind in files:
            if kind not in options.only:
                continue
            row, pictures_of = compare(path, kind, ours, Path(work))
            results.append(row)
            if pictures_of and options.sheets:
                shown.setdefault(kind, []).append((row, pictures_of))
            if options.details:
                print(row["kind"], row["file"], *(
                    row[side].get("error") or f"{row[side]['ns'] / MS:.1f} ms" for side in ("ours", "theirs")
                ), number(row.get("difference", -1), 2), sep="\t", flush=True)  # fmt: skip
    if options.sheets:
        options.sheets.mkdir(parents=True, exist_ok=True)
        for rows in shown.values():
            sheet(options.sheets, rows)
    lines = [
        f"{datetime.date.today().isoformat()}, {measure.machine()}, one processor. userimage {measure.revision()}. {len(real)} real files,"
        " the fixtures that are sound, and a picture of 12 megapixels in each format that has pixels.",
        "",
        *table(results),
    ]
    if reasons := refused(results):
        lines += ["", "Drawn by the peer only, and why not by us:", "", *reasons]
    lines += [
        "",
        "Left out of the differences, as the peer shows something else:",
        "",
        *otherwise(results),
    ]
    print("\n".join(lines))
    if options.write_docs:
        # Not imported above: it needs the inputs of the other bench.
        from bench import write_between

        write_between("formats", lines)


if __name__ == "__main__":
    main()
