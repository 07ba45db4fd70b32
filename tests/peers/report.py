"""The tables, in Markdown, of a result."""

from math import exp, log
from statistics import median

MS, MIB = 1e6, 1 << 20

# The ratio to the best peer that this library is to reach.
GOALS = {
    "jpeg-422": 0.5,
    "jpeg-420": 0.5,
    "jpeg-progressive": 0.5,
    "jpeg-cmyk": 0.5,
    "png": 0.5,
    "png-alpha": 0.45,
    "png-alpha-drawing": 0.45,
    "webp": 0.55,
    "tiff": 0.3,
    "tiff-lzw": 0.33,
    "gif": 0.5,
    "bmp": 0.3,
}


# What a result is shown by, and where an entry has it.
CLOCKS = {"wall": "ns", "cpu": "cpu_ns"}


class Row:
    """The times of an input. Those of several pictures are averaged; that of a picture is the least of all rounds."""

    def __init__(self, result, row):
        self.row, self.label = row, result["labels"][row]
        self.entries = [entry for entry in result["times"] if entry["row"] == row]
        self.pictures = list(dict.fromkeys(entry["picture"] for entry in self.entries))
        self.ours = result["ours"][0]
        self.clock = CLOCKS[result["by"]]
        self.peers = [name for name in result["peers"] if self.ms(name) is not None]

    def entry(self, name, picture):
        for entry in self.entries:
            if (entry["contender"], entry["picture"]) == (name, picture) and "ns" in entry:
                return entry
        return None

    def mean(self, name, value):
        """The mean over the pictures, or None where the contender refuses one."""
        entries = [self.entry(name, picture) for picture in self.pictures]
        return None if None in entries else sum(map(value, entries)) / len(entries)

    def ms(self, name):
        return self.mean(name, lambda entry: min(entry[self.clock]) / MS)

    def cpu_ms(self, name):
        return self.mean(name, lambda entry: min(entry["cpu_ns"]) / MS)

    def user_ms(self, name):
        return self.mean(name, lambda entry: entry["user_ns"] / MS)

    def kilobytes(self, name):
        return self.mean(name, lambda entry: entry["bytes"] / 1e3)

    def best_peer(self):
        return min(self.peers, key=self.ms, default=None)

    def ratio(self, name):
        """The time of `name` over that of the best peer."""
        return self.ms(name) / self.ms(self.best_peer())

    def cpu_ratio(self):
        """That of the processor times. It holds on a machine that others use too, whatever else runs there."""
        return self.cpu_ms(self.ours) / min(map(self.cpu_ms, self.peers))

    def per_picture(self):
        """The ratio of each picture to the peer that is best with it."""
        best = {
            picture: min(min(self.entry(peer, picture)[self.clock]) for peer in self.peers)
            for picture in self.pictures
        }
        return {
            picture: min(self.entry(self.ours, picture)[self.clock]) / best[picture]
            for picture in self.pictures
        }

    def paired(self):
        """The median of the ratios within a round, whose two runs met about the same load of the machine."""
        peer = self.best_peer()
        pairs = (
            zip(self.entry(self.ours, picture)[self.clock], self.entry(peer, picture)[self.clock])
            for picture in self.pictures
        )
        medians = [median(ours / theirs for ours, theirs in pair) for pair in pairs]
        return exp(sum(map(log, medians)) / len(medians))


def rows(result):
    return [Row(result, row) for row in dict.fromkeys(entry["row"] for entry in result["times"])]


def number(value, digits=1):
    return "-" if value is None else f"{value:,.{digits}f}"


def line(*cells):
    return "| " + " | ".join(cells) + " |"


def unit(result):
    return "ms" if result["by"] == "wall" else "ms of processor time"


def head(*cells):
    return [line(*cells), "|" + "|".join(["---"] + ["--:"] * (len(cells) - 1)) + "|"]


def times(result):
    """The table of times; the second and later builds of this library have their ratio only."""
    ours, *builds = result["ours"]
    lines = head(
        unit(result),
        ours,
        *result["peers"],
        "ratio",
        "of each picture",
        "paired",
        "of CPU",
        *[f"ratio, {name}" for name in builds],
        "goal",
    )
    for row in rows(result):
        values = [number(row.ms(name)) for name in [ours, *result["peers"]]]
        if row.ms(ours) is None or not row.peers:
            lines.append(
                line(row.label, *values, *["-"] * (4 + len(builds)), number(GOALS.get(row.row), 2))
            )
            continue
        each = row.per_picture().values()
        others = [
            number(row.ratio(name) if row.ms(name) is not None else None, 2) for name in builds
        ]
        spread = f"{min(each):.2f} to {max(each):.2f}"
        goal = number(GOALS.get(row.row), 2)
        ratios = [
            number(row.ratio(ours), 2),
            spread,
            number(row.paired(), 2),
            number(row.cpu_ratio(), 2),
        ]
        lines.append(line(row.label, *values, *ratios, *others, goal))
    for row in rows(result):
        nearest = row.ms("Pillow, nearest")
        if nearest is not None:
            lines += [
                "",
                f"{row.label}: Pillow takes {number(nearest)} ms when it keeps the palette, so takes the nearest pixel.",
            ]
    return lines


def user_times(result):
    names = result["ours"] + result["peers"]
    lines = head("user CPU, ms", *names)
    return lines + [
        line(row.label, *(number(row.user_ms(name)) for name in names)) for row in rows(result)
    ]


def lengths(result):
    names = [result["ours"][0], *result["peers"]]
    lines = head("rendition, KB", "input", *names)
    for row in rows(result):
        values = (number(row.kilobytes(name), 0) for name in names)
        lines.append(
            line(
                row.label,
                number(sum(e["file_bytes"] for e in row.entries) / len(row.entries) / 1e3, 0),
                *values,
            )
        )
    return lines


def each_picture(result):
    names = result["ours"] + result["peers"]
    lines = head("ms, the least and the median", *names)
    for row in rows(result):
        for picture in row.pictures:
            entries = [row.entry(name, picture) for name in names]
            values = (
                f"{min(e[row.clock]) / MS:.1f}, {median(e[row.clock]) / MS:.1f}" if e else "-"
                for e in entries
            )
            lines.append(line(f"{row.label}: {picture}", *values))
    return lines


def memory(result):
    ours, peers = result["ours"][0], result["peers"]
    lines = head("MiB beside the input", f"{ours}, allocated", f"{ours}, resident", *peers)
    for row in dict.fromkeys(entry["row"] for entry in result["memory"]):
        entries = {entry["contender"]: entry for entry in result["memory"] if entry["row"] == row}

        def mib(name, field, entries=entries):
            return number(entries[name][field] / MIB if field in entries[name] else None)

        values = [
            mib(ours, "allocated_bytes"),
            *(mib(name, "resident_bytes") for name in [ours, *peers]),
        ]
        lines.append(line(result["labels"][row], *values))
    return lines


def refusals(result):
    """What a contender answered where it has no figure."""
    seen = {}
    for entry in result["times"] + result["memory"]:
        if "error" in entry:
            seen.setdefault((entry["contender"], result["labels"][entry["row"]]), entry["error"])
    return [f"{name}, {label}: {error}" for (name, label), error in seen.items()]


def heading(result):
    versions = ", ".join(f"{name} {version}" for name, version in result["versions"].items())
    kinds = ", ".join(
        f"{kind} ({name})" if name == "generated" else kind
        for kind, name in result["pictures"].items()
    )
    rounds, runs, others = result["rounds"], result["runs"], result["others"]
    lines = [
        f"{result['date']}, {result['machine']}, one processor. {versions}.",
        f"Pictures: {kinds}. {rounds} rounds, the best of {runs} runs each.",
    ]
    if others > 0.2:
        lines.append(f"Other programs used {others} processors: only processor time holds.")
    return lines


def everything(result):
    parts = [heading(result), memory(result), refusals(result)]
    if result["times"]:
        parts[1:1] = [times(result), user_times(result), lengths(result), each_picture(result)]
    return [part for part in parts if part]


def text(parts):
    return "\n\n".join("\n".join(part) for part in parts)


def summary(result):
    """What docs/compare.md shows."""
    diagram = ["![Time of each input, of this library and its peers](bench.svg)"]
    return text([diagram, heading(result), times(result), memory(result)]).splitlines()
