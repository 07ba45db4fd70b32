"""Python and the Rust example agree on real files."""

from __future__ import annotations

import json
import os
import subprocess
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
                assert answer(source, rust) == rust, path.name


def answer(source: object, rust: dict[str, object]) -> dict[str, object]:
    """What Python returns, in the names that the example uses."""
    try:
        info = userimage.probe(source)  # type: ignore[arg-type]
    except userimage.ProbeError as error:
        return {"ok": False, "error": str(error)}
    fields = {"ok": True, "mime": info.mime_type, **info.as_dict()}
    fields["dpi"] = list(info.dpi) if info.dpi else None
    return {name: fields[name] for name in rust if name in fields}
