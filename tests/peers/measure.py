"""Times and memory of this library and its peers, interleaved."""

import datetime
import os
import platform
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import contender
import inputs

ROOT = Path(__file__).resolve().parents[2]
OURS, UNITS_16 = "userimage", "userimage, 16 units"


def busy_seconds():
    """Processor time that all programs have taken since the start of Linux; 0 elsewhere."""
    try:
        user, nice, system, _, _, *interrupts = map(
            int, Path("/proc/stat").read_text().split()[1:8]
        )
    except OSError:
        return 0
    return (user + nice + system + sum(interrupts)) / os.sysconf("SC_CLK_TCK")


def result(maker, rows, large_rows, kinds, ours, cache, rounds, runs):
    """Everything that is measured, as it is kept in JSON."""
    peers = contender.peers(cache)
    with ExitStack() as stack:
        versions = {}
        for peer in peers:
            versions |= stack.enter_context(peer).ask("versions")
    start, busy = time.monotonic(), busy_seconds()
    times = measure_times(maker, rows, kinds, ours, peers, rounds, runs)
    others = max(0, (busy_seconds() - busy) / (time.monotonic() - start) - 1)
    memory = measure_memory(maker, [*rows, *large_rows], kinds[0], ours[:1] + peers)
    return {
        "date": datetime.date.today().isoformat(),
        "machine": machine(),
        "others": round(others, 1),
        "versions": {"userimage": revision()} | versions,
        "pictures": {kind: name for kind, name in maker.sources_used().items() if kind in kinds},
        "rounds": rounds,
        "runs": runs,
        "ours": [one.name for one in ours],
        "peers": [one.name for one in peers],
        "labels": {row: (inputs.ROWS | inputs.LARGE)[row] for row in [*rows, *large_rows]},
        "times": times,
        "memory": memory,
    }


def machine():
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")),
        platform.machine(),
    )
    return f"{model}, {platform.system()}"


def revision():
    """The version and the commit, with a star if files differ from it."""
    manifest = (ROOT / "Cargo.toml").read_text()
    version = next(
        line.split('"')[1] for line in manifest.splitlines() if line.startswith("version")
    )
    git = subprocess.run(
        ["git", "describe", "--always", "--dirty=*", "--exclude=*"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return f"{version} ({git.stdout.strip()})" if git.returncode == 0 else version


def measure_times(maker, rows, kinds, ours, peers, rounds, runs):
    times = []
    extra = [contender.nearest()] if "gif" in rows else []
    with ExitStack() as stack:
        for one in ours + peers + extra:
            stack.enter_context(one)
        for row in rows:
            for kind in kinds:
                made = maker.input(row, kind)
                taking_part = ours + peers + (extra if row == "gif" else [])
                entries = interleaved(made, taking_part, rounds, runs)
                times += entries
                print(progress(made, entries), file=sys.stderr, flush=True)
    return times


def interleaved(made, contenders, rounds, runs):
    """Each round runs each contender, and each round begins with another one."""
    entries = []
    for one in contenders:
        loaded = one.ask(f"load {made.path}")
        answer = loaded if "error" in loaded else one.run(1)
        entry = {
            "row": made.row,
            "picture": made.picture,
            "contender": one.name,
            "file_bytes": made.path.stat().st_size,
        }
        if "error" in answer:
            entry["error"] = answer["error"]
        else:
            entry |= {key: answer[key] for key in ("mime_type", "bytes", "width", "height")}
            entry |= {"ns": [], "cpu_ns": [], "user_ns": 0}
        entries.append(entry)
    for number in range(rounds):
        first = number % len(contenders)
        order = list(zip(contenders, entries))
        for one, entry in order[first:] + order[:first]:
            if "error" not in entry:
                answer = one.run(runs)
                # The best of a turn: one value a round, so that rounds can be paired.
                entry["ns"].append(min(answer["ns"]))
                entry["cpu_ns"].append(answer["cpu_ns"] // runs)
                entry["user_ns"] += answer["user_seconds"] * 1e9
    for entry in entries:
        if "error" not in entry:
            entry["user_ns"] = round(entry["user_ns"] / (rounds * runs))
    return entries


def progress(made, entries):
    best = (
        f"{e['contender']} {min(e['ns']) / 1e6:.1f}" if "ns" in e else f"{e['contender']} -"
        for e in entries
    )
    return f"{made.path.name}, {entries[0]['file_bytes'] / 1e6:.2f} MB, ms: " + ", ".join(best)


def measure_memory(maker, rows, kind, contenders):
    """The most memory beside the input, in a process of its own: counted by the allocator where it counts, and resident."""
    memory = []
    for row in rows:
        made = maker.input(row, kind)
        for one in contenders:
            with one:
                # The library starts up: its tables and thread pools are no part of a picture's memory.
                one.ask(f"load {maker.small(row)}")
                one.run(1)
                entry = {"row": row, "contender": one.name}
                loaded = one.ask(f"load {made.path}")
                before = one.resident("VmRSS")
                one.reset_peak()
                answer = loaded if "error" in loaded else one.run(1)
                if "error" in answer:
                    entry["error"] = answer["error"]
                else:
                    entry["resident_bytes"] = max(0, one.resident("VmHWM") - before)
                    entry["seconds"] = round(answer["ns"][0] / 1e9, 3)
                    if "peak_bytes" in answer:
                        entry["allocated_bytes"] = answer["peak_bytes"]
                memory.append(entry)
        mine = [entry for entry in memory if entry["row"] == row]
        shown = (
            f"{e['contender']} {e['resident_bytes'] >> 20}"
            if "resident_bytes" in e
            else f"{e['contender']} -"
            for e in mine
        )
        print(f"{made.path.name}, resident MiB: " + ", ".join(shown), file=sys.stderr, flush=True)
    return memory
