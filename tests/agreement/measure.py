"""How often the probe and its peers are right on real files, as a table in Markdown.

    python3 tests/agreement/measure.py [FOLDER]

FOLDER holds files and an `expected.json` with what mature tools agree on (default: ../shared/images beside the checkout,
or $USERIMAGE_SHARED). Well-formed files and settled fields are counted. exiftool is one of the tools that made the
expectation, so that its own line is not independent.

Needs: cargo, exiftool, `pip install Pillow imagesize`. A peer that is missing has a line of dashes.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("USERIMAGE_SHARED", ROOT / "../shared/images"))
FIELDS = ("mime", "size", "orientation", "dpi")
SIX = ("image/jpeg", "image/png", "image/gif", "image/bmp", "image/tiff", "image/webp")
SAME_MIME = {
    "image/x-ms-bmp": "image/bmp", "image/x-icon": "image/vnd.microsoft.icon", "image/x-cur": "image/x-win-bitmap",
    "image/mpo": "image/jpeg", "image/apng": "image/png", "application/vnd.adobe.photoshop": "image/vnd.adobe.photoshop",
    "image/x-j2c": "image/x-jp2-codestream", "image/j2c": "image/x-jp2-codestream",
}


def rust_example(name, files):
    done = subprocess.run(
        ["cargo", "run", "--quiet", "--release", "-p", "userimage", "--no-default-features", "--example", name, "--",
         "--root", str(FOLDER), "-"],
        cwd=ROOT, input="\n".join(files), stdout=subprocess.PIPE, text=True, check=True)
    answers = {}
    for line in done.stdout.splitlines():
        row = json.loads(line)
        if row["ok"]:
            # The expectation is as stored.
            size = (row["stored_width"], row["stored_height"]) if row["stored_width"] else None
            answers[row["path"]] = {
                "mime": row["mime_type"], "size": size, "orientation": row["orientation"], "dpi": row["stored_dpi"]}
    return answers


def ours(files):
    return rust_example("probe", files)


def image_and_kamadak(files):
    return rust_example("probe_peer", files)


def pillow(files):
    from PIL import Image
    answers = {}
    for name in files:
        try:
            with Image.open(FOLDER / name) as image:
                dpi = image.info.get("dpi")
                answers[name] = {
                    "mime": Image.MIME.get(image.format), "size": image.size,
                    "orientation": image.getexif().get(0x0112, 1), "dpi": [float(axis) for axis in dpi] if dpi else None}
        except Exception:  # whatever a peer raises is an answer that it does not give
            continue
    return answers


def imagesize(files):
    import imagesize as peer
    answers = {}
    for name in files:
        try:
            size, dpi = peer.get(str(FOLDER / name)), peer.getDPI(str(FOLDER / name))
            answers[name] = {"size": size if size[0] > 0 else None, "dpi": list(dpi) if dpi[0] > 0 else None}
        except Exception:
            continue
    return answers


def exiftool(files):
    done = subprocess.run(["exiftool", "-n", "-j", *files], cwd=FOLDER, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          check=False)
    answers = {}
    for row in json.loads(done.stdout):
        dpi = None
        for x, y, factor in ((row.get("PixelsPerUnitX"), row.get("PixelsPerUnitY"), row.get("PixelUnits") == 1 and 0.0254),
                             (row.get("PixelsPerMeterX"), row.get("PixelsPerMeterY"), 0.0254),
                             (row.get("XResolution"), row.get("YResolution"), {None: 1, 2: 1, 3: 2.54}.get(row.get("ResolutionUnit")))):
            if dpi is None and factor and all(isinstance(axis, (int, float)) and axis > 0 for axis in (x, y)):
                dpi = [x * factor, y * factor]
        width, height = row.get("ImageWidth"), row.get("ImageHeight")
        answers[row["SourceFile"]] = {"mime": row.get("MIMEType"), "size": (width, height) if width else None,
                                      "orientation": row.get("Orientation", 1), "dpi": dpi}
    return answers


def right(field, expected, answer):
    answered = answer.get(field)
    if field == "mime":
        return SAME_MIME.get(answered, answered) == expected["mime"]
    if field == "size":
        wanted = (expected["width"], expected["height"]) if "width" in expected else None
        return (tuple(answered) if answered else None) == wanted
    if field == "orientation":
        return answered == expected.get("orientation", 1)
    wanted = expected.get("dpi")
    if answered is None or wanted is None:
        return answered == wanted
    return all(abs(a - b) <= max(0.06, 0.004 * abs(a)) for a, b in zip(wanted, answered))


def share(good, all_of_them):
    return f"{good}/{all_of_them} ({100 * good / all_of_them:.1f} %)" if all_of_them else "–"


def main():
    described = [row for row in json.loads((FOLDER / "expected.json").read_text())["files"] if not row["malformed"]]
    files = [row["file"] for row in described]
    columns = [*FIELDS, "dpi where there is one", "dpi, the six"]
    print("| | " + " | ".join(columns) + " |")
    print("|---" * (len(columns) + 1) + "|")
    for name, peer in (("userimage", ours), ("exiftool", exiftool), ("Pillow", pillow), ("image + kamadak-exif", image_and_kamadak),
                       ("imagesize (Python)", imagesize)):
        try:
            answers = peer(files)
        except (ImportError, OSError, subprocess.CalledProcessError) as error:
            print(f"{name}: {error}", file=sys.stderr)
            print(f"| {name} |" + " – |" * len(columns))
            continue
        cells = []
        for column in columns:
            field = column.split()[0].rstrip(",")
            rows = [row for row in described if field in row["settled"]]
            if column != field:
                rows = [row for row in rows if row.get("dpi") and ("six" not in column or row["mime"] in SIX)]
            answered = any(field in answer for answer in answers.values())
            good = [row for row in rows if row["file"] in answers and right(field, row, answers[row["file"]])]
            cells.append(share(len(good), len(rows)) if answered else "–")
            if peer is ours and column == field:
                for row in rows:
                    if row not in good:
                        print(f"{row['file']}: {field}", file=sys.stderr)
        print(f"| {name} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
