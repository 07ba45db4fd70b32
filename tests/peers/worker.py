"""The commands of a peer written in Python. They are those of the Rust example `render_worker`."""

import json
import sys
import time
from pathlib import Path


def serve(renderer, versions):
    """Answers the commands on the standard input. `renderer(data)` returns a function of the side and the quality, which is
    timed and returns the rendition's file, width and height."""
    render, last = None, b""
    for line in sys.stdin:
        verb, _, rest = line.rstrip("\n").partition(" ")
        try:
            if verb == "load":
                data, last = Path(rest).read_bytes(), b""
                render = renderer(data)
                answer = {"file_bytes": len(data)}
            elif verb == "run":
                runs, side, quality = map(int, rest.split(" "))
                times = []
                for _ in range(runs):
                    start = time.perf_counter_ns()
                    last, width, height = render(side, quality)
                    times.append(time.perf_counter_ns() - start)
                answer = {
                    "ns": times,
                    "mime_type": mime_type(last),
                    "bytes": len(last),
                    "width": width,
                    "height": height,
                }
            elif verb == "save":
                Path(rest).write_bytes(last)
                answer = {"bytes": len(last)}
            elif verb == "versions":
                answer = versions
            else:
                answer = {"error": f"unknown command: {verb}"}
        except Exception as error:  # a peer's error of any class is its answer
            answer = {"error": f"{type(error).__name__}: {error}".splitlines()[0]}
        print(json.dumps(answer), flush=True)


def mime_type(data):
    return "image/png" if data.startswith(b"\x89PNG") else "image/jpeg"
