"""Makes the wheel: python/wheel.py FOLDER [ARGUMENT OF MATURIN'S BUILD...]. Needs maturin and cargo.

maturin names the folder of the checkout in the wheel's bill of materials. So that it has no path of the machine, and the
same bytes wherever it is made, the folder is called `/userimage` there, as in debug information.
"""

from __future__ import annotations

import base64
import hashlib
import io
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main(folder: Path, arguments: list[str]) -> Path:
    """Make the wheel in the folder and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        command = [sys.executable, "-m", "maturin", "build", "--out", made]
        command += ["--manifest-path", str(HERE / "Cargo.toml"), *arguments]
        subprocess.run(command, check=True)
        (wheel,) = Path(made).glob("*.whl")
        target = folder / wheel.name
        target.write_bytes(_without_path(wheel, str(HERE.parent)))
    return target


def _without_path(wheel: Path, root: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(wheel) as old, zipfile.ZipFile(packed, "w") as new:
        records: dict[str, str] = {}
        for entry in old.infolist():
            data = old.read(entry)
            if ".dist-info/sboms/" in entry.filename:
                data = data.replace(f"path+file://{root}".encode(), b"path+file:///userimage")
                digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode()
                records[entry.filename] = (
                    f"{entry.filename},sha256={digest.rstrip('=')},{len(data)}"
                )
            # The list of all files and their hashes is the last of them.
            elif entry.filename.endswith(".dist-info/RECORD"):
                lines = data.decode().splitlines()
                lines = [records.get(line.split(",")[0], line) for line in lines]
                data = "".join(line + "\n" for line in lines).encode()
            new.writestr(entry, data)
    return packed.getvalue()


if __name__ == "__main__":
    print(main(Path(sys.argv[1]), sys.argv[2:]))
