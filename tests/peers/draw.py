"""The diagram of the times of a result: a group of bars an input, in SVG."""

import html
from math import ceil

import report

WIDTH, LEFT, RIGHT, BAR, GAP, TOP = 1000, 300, 190, 11, 14, 96
LIGHT = ("#0969da", "#8c959f", "#b1882c", "#2da44e")
DARK = ("#58a6ff", "#8b949e", "#d29922", "#3fb950")


def step(largest):
    """The distance of the lines of the scale: 1, 2 or 5 times a power of ten, for at most eight lines."""
    unit = 1.0
    while True:
        for factor in (1, 2, 5):
            if largest / (unit * factor) <= 8:
                return unit * factor
        unit *= 10


def text(x, y, words, kind="", anchor="start"):
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}">{html.escape(words)}</text>'


def style():
    def rules(ground, ink, faint, line, colours):
        bars = "".join(f".c{place}{{fill:{colour}}}" for place, colour in enumerate(colours))
        return f".ground{{fill:{ground}}}text{{fill:{ink}}}.faint{{fill:{faint}}}.line{{stroke:{line}}}{bars}"

    light = rules("#ffffff", "#1f2328", "#57606a", "#d8dee4", LIGHT)
    dark = rules("#0d1117", "#e6edf3", "#9198a1", "#30363d", DARK)
    fixed = "text{font-size:13px}.title{font-size:18px;font-weight:600}.faint{font-size:12px}.value{font-size:11px}.ours{font-weight:600}"
    return f"<style>{fixed}{light}@media (prefers-color-scheme:dark){{{dark}}}</style>"


def svg(result):
    names = [result["ours"][0], *result["peers"]]
    rows = [row for row in report.rows(result) if row.ms(names[0]) is not None]
    if not rows:
        raise SystemExit("the result has no times to draw")
    largest = max(row.ms(name) for row in rows for name in names if row.ms(name) is not None)
    every = step(largest)
    end = ceil(largest / every) * every
    scale = (WIDTH - LEFT - RIGHT) / end
    group = BAR * len(names) + GAP
    height = TOP + group * len(rows) + 62
    versions = result["versions"]

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img" '
        'aria-labelledby="title description" font-family="system-ui, \'Segoe UI\', Helvetica, Arial, sans-serif">',
        '<title id="title">Time to make a rendition, by userimage and its peers</title>',
        f'<desc id="description">{html.escape("; ".join(described(row, names) for row in rows))}</desc>',
        style(),
        f'<rect class="ground" width="{WIDTH}" height="{height}" rx="8"/>',
        text(
            20,
            34,
            f"Time to decode, fit 1000 pixels and encode, in {report.unit(result)}, on one processor",
            "title",
        ),
    ]
    x = 20
    for place, name in enumerate(names):
        label = f"{name} {versions.get(name, '').split(' (')[0]}".strip()
        parts.append(f'<rect class="c{place}" x="{x}" y="52" width="12" height="12" rx="2"/>')
        parts.append(text(x + 18, 63, label))
        x += 40 + 7.4 * len(label)
    bottom = TOP + group * len(rows)
    for count in range(round(end / every) + 1):
        x = LEFT + count * every * scale
        parts.append(f'<path class="line" d="M{x:.1f} {TOP - 6}V{bottom}"/>')
        parts.append(text(x, bottom + 18, f"{count * every:g} ms", "faint", "middle"))
    for index, row in enumerate(rows):
        parts += bars(row, names, TOP + index * group, scale)
    source = f"{result['date']}, {result['machine']}. Mean of {len(result['pictures'])} pictures. Shorter is better; - is not decoded."
    parts += [text(20, height - 16, source, "faint"), "</svg>"]
    return "\n".join(parts) + "\n"


def bars(row, names, top, scale):
    parts = [text(LEFT - 12, top + BAR * len(names) / 2 + 4, row.label, "", "end")]
    for place, name in enumerate(names):
        y, value = top + place * BAR, row.ms(name)
        if value is None:
            parts.append(text(LEFT + 4, y + BAR - 2, "-", "value"))
            continue
        ratio = f"  ({row.ratio(name):.2f} times the best peer)" if place == 0 and row.peers else ""
        parts.append(
            f'<rect class="c{place}" x="{LEFT}" y="{y}" width="{value * scale:.1f}" height="{BAR - 1}" rx="1"/>'
        )
        parts.append(
            text(
                LEFT + value * scale + 5,
                y + BAR - 2,
                f"{value:.1f}{ratio}",
                "value ours" if place == 0 else "value",
            )
        )
    return parts


def described(row, names):
    values = (f"{name} {row.ms(name):.1f} ms" for name in names if row.ms(name) is not None)
    return f"{row.label}: " + ", ".join(values)
