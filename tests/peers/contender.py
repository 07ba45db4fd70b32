"""A process that renders on command: this library's or a peer's."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
TICK = 1 / os.sysconf("SC_CLK_TCK")
SIDE, QUALITY = 1000, 85


class Contender:
    """Runs on one processor, the same for all, so that no library has the help of a second one."""

    def __init__(self, name, command, environment=None):
        self.name, self.command, self.environment = name, command, environment or {}
        self.process = None

    def __enter__(self):
        processor = max(os.sched_getaffinity(0))
        self.process = subprocess.Popen(
            ["taskset", "--cpu-list", str(processor), *map(str, self.command)],
            env={**os.environ, **self.environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()

    def ask(self, command):
        """The answer to a command; what the library refuses is answered with `error`."""
        try:
            self.process.stdin.write(command + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # the line below says so
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name} ended after the command: {command}")
        return json.loads(line)

    def run(self, runs, side=SIDE, quality=QUALITY):
        processor, user = self.processor_ns(), self.user_seconds()
        answer = self.ask(f"run {runs} {side} {quality}")
        return answer | {
            "cpu_ns": self.processor_ns() - processor,
            "user_seconds": self.user_seconds() - user,
        }

    def processor_ns(self):
        """Processor time of all threads so far. What else runs on the machine hardly changes it."""
        # The clock of another process, as clock_getcpuclockid(3) makes its number.
        return time.clock_gettime_ns((~self.process.pid << 3) | 2)

    def user_seconds(self):
        """Processor time without the kernel's. It advances in ticks of 10 ms, so that only sums are exact."""
        stat = Path(f"/proc/{self.process.pid}/stat").read_text()
        return int(stat.rpartition(")")[2].split()[11]) * TICK

    def resident(self, field):
        """`VmRSS`, the resident bytes, or `VmHWM`, the most since `reset_peak`."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith(field):
                return int(line.split()[1]) * 1024
        raise RuntimeError(f"no {field} in the status of {self.name}")

    def reset_peak(self):
        Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")


def ours(name, program):
    return Contender(name, [program])


def peers(cache):
    """The peers, by their name in tables."""
    python = [sys.executable]
    one_thread = {"VIPS_CONCURRENCY": "1", "UV_THREADPOOL_SIZE": "1"}
    return [
        Contender("libvips", [*python, HERE / "worker_vips.py"], one_thread),
        Contender("sharp", ["node", HERE / "worker_sharp.mjs", cache], one_thread),
        Contender("Pillow", [*python, HERE / "worker_pillow.py"]),
    ]


def nearest():
    """Pillow as its `thumbnail` handles a palette: by the nearest pixel, which is another job. Not a peer in the ratios."""
    return Contender(
        "Pillow, nearest",
        [sys.executable, HERE / "worker_pillow.py"],
        {"USERIMAGE_PEERS_PALETTE": "nearest"},
    )
