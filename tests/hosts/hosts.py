"""Real hosts, each started as its users start it: the Python examples, the command, and the Rust server."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Optional

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "python" / "examples"
FIXTURES = ROOT / "tests" / "fixtures" / "files"
HERE = Path(__file__).resolve().parent
UPLOAD = "/api/4/UploadImage/UploadImage"

# Built by `cargo build --release -p userimage --example server`.
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
SERVER = TARGET / "release" / "examples" / "server"

_GUNICORN = [
    sys.executable,
    "-m",
    "gunicorn",
    "--log-level",
    "warning",
    "--backlog",
    "4096",
    "--bind",
    "127.0.0.1:{port}",
]
_UVICORN = [sys.executable, "-m", "uvicorn", "--log-level", "warning", "--port", "{port}"]

# The commands that the README and the examples show.
HOSTS = {
    "flask": [*_GUNICORN, "--workers", "{workers}", "flask_app:app"],
    "django": [*_GUNICORN, "--workers", "{workers}", "django_app:application"],
    "fastapi": [*_UVICORN, "--workers", "{workers}", "fastapi_app:app"],
    "asgi": [*_UVICORN, "--workers", "{workers}", "asgi_app:application"],
    "serve": [
        sys.executable,
        "-m",
        "userimage",
        "serve",
        "--store",
        "data",
        "--listen",
        "127.0.0.1:{port}",
    ],
}

COMMANDS = {**HOSTS, "server": [str(SERVER), "--store", "data", "--listen", "127.0.0.1:{port}"]}

# The two servers that operators run: with the same options.
SERVERS = {"serve": [sys.executable, "-m", "userimage", "serve"], "server": [str(SERVER)]}


class Host:
    """A running host."""

    def __init__(self, port: int, process: subprocess.Popen[bytes], log: Path) -> None:
        self.port = port
        self.process = process
        self.log = log

    def url(self, path: str = "") -> str:
        return f"http://127.0.0.1:{self.port}{path}"


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextlib.contextmanager
def started(
    name: str, folder: Path, *, workers: int = 1, path: Optional[Path] = None
) -> Iterator[Host]:
    """Runs the host `name` with its store in `folder`. Modules in `path` precede others."""
    port = free_port()
    command = [word.format(port=port, workers=workers) for word in COMMANDS[name]]
    paths = [str(path) for path in (path, HERE, EXAMPLES) if path]
    more = {"PYTHONPATH": os.pathsep.join([*paths, *filter(None, [os.environ.get("PYTHONPATH")])])}
    with running(command, port, folder / f"{name}.log", more) as host:
        yield host


@contextlib.contextmanager
def running(
    command: list[str], port: int, log: Path, environment: dict[str, str]
) -> Iterator[Host]:
    """Runs `command` in the folder of `log` until the end of the block. It listens at `port`."""
    with open(log, "ab") as output:
        process = subprocess.Popen(
            command,
            cwd=log.parent,
            env={**os.environ, **environment},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            wait_for(port, process, log)
            yield Host(port, process, log)
        finally:
            process.terminate()
            try:
                process.wait(40)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"{process.args} does not start:\n{log.read_text()}")
