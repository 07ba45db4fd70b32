"""The command line of the bench of peers; `tests/peers/run` installs what it needs and starts it.

tests/peers/run [times]      times, memory and lengths of this library and its peers, as tables
tests/peers/run quality      the quality of its JPEGs beside libvips', per byte
tests/peers/run draw         the diagram and the tables of a saved result
tests/peers/run formats      HEIC, PSD, JPEG XL, JPEG 2000, SVG, PDF and EPS beside a renderer of each; it has options of its own

--quick            3 rounds of the inputs, without the large ones
--rounds N         rounds, each of which runs every library (15)
--runs N           runs of a library in a round (2)
--inputs A,B       these inputs only; `--list` names them
--kinds A,B        these pictures only: night, foliage, face, scan
--pictures FOLDER  photos to make the inputs from ($USERIMAGE_SHARED or ../shared/images, if it is there)
--generated        generated pictures, whatever folder is there
--ours NAME=FILE   one more build of the example `render_worker`, beside the two that are built
--by cpu           shows processor time, which holds on a machine that others use too, not wall time
--result FILE      where the result is saved as JSON, or read by `draw`
--write-docs       writes docs/bench.svg and the tables of docs/compare.md
"""

import argparse
import json
import os
from pathlib import Path

import contender
import draw
import inputs
import measure
import pictures
import quality
import report

ROOT = Path(__file__).resolve().parents[2]
COMPARE = ROOT / "docs/compare.md"


def arguments():
    parser = argparse.ArgumentParser(
        prog="tests/peers/run", usage="tests/peers/run [WHAT] [OPTION...]; --help", add_help=False
    )
    parser.add_argument("what", nargs="?", choices=("times", "quality", "draw"), default="times")
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--worker", type=Path, required=True)
    parser.add_argument("--worker-16", type=Path, required=True)
    parser.add_argument("--score", type=Path, required=True)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--runs", type=int, default=2)
    parser.add_argument("--inputs", type=names(inputs.ROWS | inputs.LARGE))
    parser.add_argument("--kinds", type=names(pictures.KINDS), default=list(pictures.KINDS))
    parser.add_argument("--pictures", type=Path)
    parser.add_argument("--generated", action="store_true")
    parser.add_argument("--ours", type=build, action="append", default=[])
    parser.add_argument("--by", choices=report.CLOCKS, default="wall")
    parser.add_argument("--result", type=Path)
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--write-docs", action="store_true")
    parser.add_argument("--help", "-h", action="store_true")
    options = parser.parse_args()
    if min(options.runs, options.rounds or 1) < 1:
        parser.error("at least one round and one run are expected")
    return options


def names(known):
    def split(words):
        unknown = [word for word in words.split(",") if word not in known]
        if unknown:
            raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: not one of {', '.join(known)}")
        return words.split(",")

    return split


def build(words):
    name, separator, path = words.partition("=")
    if not separator or not Path(path).is_file():
        raise argparse.ArgumentTypeError(f"NAME=FILE of a program is expected, not {words}")
    return name, path


def folder(options):
    if options.generated:
        return None
    if options.pictures:
        return options.pictures
    shared = Path(os.environ.get("USERIMAGE_SHARED", ROOT / "../shared/images"))
    return shared if shared.is_dir() else None


def times(options):
    chosen = options.inputs or [*inputs.ROWS, *([] if options.quick else inputs.LARGE)]
    maker = inputs.Maker(options.cache, folder(options))
    builds = [(measure.OURS, options.worker), (measure.UNITS_16, options.worker_16), *options.ours]
    return measure.result(
        maker,
        [row for row in chosen if row in inputs.ROWS],
        [row for row in chosen if row in inputs.LARGE],
        options.kinds,
        [contender.ours(name, path) for name, path in builds],
        options.cache,
        options.rounds or (3 if options.quick else 15),
        options.runs,
    )


def write_between(part, lines):
    """Writes a part of docs/compare.md, which stands between two comments with its name."""
    begin, end = f"<!-- tests/peers/run: {part} -->", f"<!-- /tests/peers/run: {part} -->"
    page = COMPARE.read_text()
    if page.count(begin) != 1 or page.count(end) != 1:
        raise SystemExit(f"{COMPARE} is expected to have one {begin} and one {end}")
    before, _, rest = page.partition(begin)
    COMPARE.write_text(
        before + begin + "\n" + "\n".join(lines) + "\n" + end + rest.partition(end)[2]
    )


def main():
    options = arguments()
    if options.help:
        print(__doc__.strip())
        return
    if options.list:
        for row, label in (inputs.ROWS | inputs.LARGE).items():
            print(f"{row:24}{label}")
        return
    saved = options.result or options.cache / (
        "quality.json" if options.what == "quality" else "times.json"
    )
    if options.what == "quality":
        result = quality.result(options, folder(options))
        saved.write_text(json.dumps(result, indent=1))
        print(report.text(quality.tables(result)))
        if options.write_docs:
            write_between("quality", quality.summary(result))
        return
    if options.what == "times":
        result = times(options)
        saved.write_text(json.dumps(result, indent=1))
    elif saved.is_file():
        result = json.loads(saved.read_text())
    else:
        raise SystemExit(f"{saved} does not exist: run the bench first")
    result["by"] = options.by
    print(report.text(report.everything(result)))
    if options.write_docs:
        left_out = [row for row in inputs.ROWS | inputs.LARGE if row not in result["labels"]]
        if left_out:
            raise SystemExit(
                f"the documentation shows all inputs; the result is without {', '.join(left_out)}"
            )
        (ROOT / "docs/bench.svg").write_text(draw.svg(result))
        write_between("times", report.summary(result))
    elif result["times"]:
        picture = saved.with_suffix(".svg")
        picture.write_text(draw.svg(result))
        print(f"\nThe result is in {saved}, its diagram in {picture}.")


if __name__ == "__main__":
    main()
