"""How fast the module is, compared with its peers in the same run: ``python python/bench.py``.

Peers: Pillow's ``Image.open`` and ``imagesize``, where they are installed. Files: two of the
fixtures, and a photo of usual size made from one. Times are medians.
"""

from __future__ import annotations

import functools
import io
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import userimage

FIXTURES = Path(__file__).resolve().parents[1] / "tests" / "fixtures" / "files"
FILES = ["jpeg-phone-orientation6.jpg", "png-rgb8.png", "webp-vp8.webp", "tiff-160x120.tif"]


def median_ns(call: Callable[[], object], *, seconds: float = 0.3) -> float:
    """Return the median time of a call, of many short runs."""
    clock = time.perf_counter_ns
    begin = clock()
    call()
    once = max(clock() - begin, 50)
    number = max(1, 20_000 // once)
    times: list[float] = []
    end = clock() + seconds * 1e9
    repeat = range(number)
    while clock() < end or len(times) < 5:
        begin = clock()
        for _ in repeat:
            call()
        times.append((clock() - begin) / number)
    return statistics.median(times)


def peers() -> dict[str, Callable[[bytes], object]]:
    """Return the readers of an image's size that are installed."""
    found: dict[str, Callable[[bytes], object]] = {"userimage": userimage.probe}
    try:
        from PIL import Image

        # Without the lookup of its plugins, which Pillow makes once.
        Image.init()
        found["Pillow"] = lambda data: Image.open(io.BytesIO(data))
    except ImportError:
        print("skipped: Pillow is not installed")
    try:
        import imagesize

        found["imagesize"] = lambda data: imagesize.get(io.BytesIO(data))
    except ImportError:
        print("skipped: imagesize is not installed")
    return found


def bench_probe() -> None:
    """Bytes in memory."""
    known = peers()
    print(f"{'probe(bytes), median':<34}" + "".join(f"{name:>12}" for name in known) + "   ratios")
    for name in FILES:
        path = FIXTURES / name
        if not path.exists():
            continue
        data = path.read_bytes()
        times = {}
        for peer, call in known.items():
            try:
                times[peer] = median_ns(functools.partial(call, data))
            except Exception:
                times[peer] = float("nan")
        own = times["userimage"]
        row = "".join(f"{value / 1000:>9.2f} µs" for value in times.values())
        ratios = ", ".join(f"{times[peer] / own:.0f}x" for peer in times if peer != "userimage")
        print(f"{name:<34}{row}   {ratios}")
    path = FIXTURES / FILES[0]
    print(
        f"{'the same from its path':<34}{median_ns(lambda: userimage.probe(path)) / 1000:>9.2f} µs"
    )
    with path.open("rb") as file:
        print(
            f"{'the same from an open file':<34}{median_ns(lambda: userimage.probe(file)) / 1000:>9.2f} µs"
        )


def bench_import() -> None:
    """The time that ``import userimage`` adds to a new interpreter."""

    def start(code: str) -> float:
        times: list[float] = []
        for _ in range(15):
            begin = time.perf_counter()
            subprocess.run([sys.executable, "-I", "-c", code], check=True)
            times.append((time.perf_counter() - begin) * 1000)
        return statistics.median(times)

    bare = start("pass")
    print(f"\n{'import userimage':<34}{start('import userimage') - bare:>9.1f} ms")


def bench_upload() -> None:
    """Uploads into memory and into a folder, and two threads compared with one."""
    photo = (FIXTURES / FILES[0]).read_bytes()
    who = {"website_id": 1001, "client_key": "abc123", "user_id": "12345"}
    keys = {1001: "abc123"}
    print()
    with userimage.Uploader({"memory": {"base_url": "u/"}}, keys=keys) as uploader:
        alone = median_ns(lambda: uploader.upload(photo, **who), seconds=2)
        print(f"{'upload, 1600x1200 JPEG, memory':<34}{alone / 1e6:>9.2f} ms")

        def many() -> None:
            for _ in range(20):
                uploader.upload(photo, **who)

        begin = time.perf_counter_ns()
        many()
        one = time.perf_counter_ns() - begin
        threads = [threading.Thread(target=many) for _ in range(2)]
        begin = time.perf_counter_ns()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        two = time.perf_counter_ns() - begin
        print(f"{'twice as many in two threads':<34}{two / one:>9.2f} x the time of one")
    with (
        tempfile.TemporaryDirectory() as folder,
        userimage.Uploader(folder, base_url="u/", keys=keys) as uploader,
    ):
        local = median_ns(lambda: uploader.upload(photo, **who), seconds=2)
        print(f"{'upload, the same, local folder':<34}{local / 1e6:>9.2f} ms")


if __name__ == "__main__":
    print(f"userimage {userimage.__version__}, Python {sys.version.split()[0]}")
    bench_probe()
    bench_import()
    bench_upload()
