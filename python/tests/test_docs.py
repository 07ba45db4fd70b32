"""The documentation is complete, and what it shows runs."""

from __future__ import annotations

import inspect
import os
import pydoc
import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import FIXTURES, ROOT

import userimage


def test_everything_has_a_docstring() -> None:
    missing: list[str] = []
    for name in userimage.__all__:
        thing = getattr(userimage, name)
        if name in ("__version__", "ErrorKind"):
            continue
        if not inspect.getdoc(thing):
            missing.append(name)
        if inspect.isclass(thing) and thing.__module__.startswith("userimage"):
            for member, value in vars(thing).items():
                documented = callable(value) or inspect.isdatadescriptor(value)
                if not member.startswith("_") and documented and not inspect.getdoc(value):
                    missing.append(f"{name}.{member}")
    assert missing == []


def test_help_is_a_manual() -> None:
    text = pydoc.plain(pydoc.render_doc(userimage))
    for word in (
        "uploader.upload(",
        "policy",
        "InvalidFile",
        "Pixels across",
        "on the command line",
    ):
        assert word.lower() in text.lower(), word
    # Newer Pythons break long signatures over lines.
    text = "".join(text.replace("|", "").split())
    assert "upload(self,/,file,*,website_id,client_key,user_id,dpi=None" in text


def test_names_live_where_they_are_imported_from() -> None:
    for name in userimage.__all__:
        thing = getattr(userimage, name)
        if inspect.isclass(thing):
            assert not thing.__module__.startswith("userimage._userimage"), name
    assert set(userimage.__all__) <= set(dir(userimage))


@pytest.mark.parametrize("path", [ROOT / "README.md", ROOT / "python" / "README.md"])
def test_the_readme_s_lines_run(path: Path, tmp_path: Path) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```", path.read_text("utf-8"), re.S | re.M)
    blocks = [block for block in blocks if "import userimage" in block]
    assert blocks, f"{path} shows no Python"
    (tmp_path / "photo.jpg").write_bytes((FIXTURES / "jpeg-phone-orientation6.jpg").read_bytes())
    for block in blocks:
        done = subprocess.run(
            [sys.executable, "-c", block],
            cwd=tmp_path,
            env={**os.environ, "PYTHONWARNINGS": "error"},
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == 0, done.stderr
