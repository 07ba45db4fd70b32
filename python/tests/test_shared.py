"""Python and the Rust example agree on real files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import FIXTURES, ROOT

import userimage

# The built example `probe` of the core: tests/run-python builds it.
EXAMPLE = os.environ.get("USERIMAGE_EXAMPLE_PROBE")
# The folder with expected.json.
SHARED = Path(os.environ.get("USERIMAGE_SHARED", ROOT.parent / "shared/images"))


@pytest.mark.skipif(not EXAMPLE, reason="USERIMAGE_EXAMPLE_PROBE, the Rust example, is not given")
@pytest.mark.parametrize("folder", [FIXTURES, SHARED], ids=["fixtures", "shared"])
def test_python_answers_as_rust_does(folder: Path) -> None:
    if folder == SHARED and not (folder / "expected.json").is_file():
        pytest.skip(f"there are no real images in {folder}")
    names = sorted(path.name for path in folder.iterdir() if path.is_file())
    assert len(names) > 200
    output = subprocess.run(
        [EXAMPLE or "", "--root", str(folder), *names], check=True, capture_output=True
    ).stdout
    for line in output.splitlines():
        rust = json.loads(line)
        path = folder / rust.pop("path")
        with path.open("rb") as file:
            for source in (path, path.read_bytes(), file):
                assert answer(source) == rust, path.name


def answer(source: object) -> dict[str, object]:
    """What Python returns, as the example prints it."""
    try:
        return {"ok": True, **userimage.probe(source).as_dict()}  # type: ignore[arg-type]
    except userimage.ProbeError as error:
        return {"ok": False, "error": str(error)}


@pytest.mark.skipif(not EXAMPLE, reason="USERIMAGE_EXAMPLE_PROBE, the Rust example, is not given")
def test_the_command_prints_what_the_example_prints() -> None:
    names = sorted(path.name for path in FIXTURES.iterdir())
    lines = [
        subprocess.run([*command, *names], cwd=FIXTURES, capture_output=True, check=False).stdout
        for command in (
            [EXAMPLE or ""],
            [sys.executable, "-m", "userimage", "probe", "--json"],
        )
    ]
    rust, python = ([json.loads(line) for line in output.splitlines()] for output in lines)
    assert rust == python
    assert len(rust) == len(names)
