"""Makes the source distribution: python/sdist.py FOLDER. Needs maturin and cargo.

maturin leaves the workspace's other members out, but not out of the lock file, and cargo then refuses `--locked`. So
their entries are removed here. The archive has the same bytes wherever it is made: SOURCE_DATE_EPOCH is its time.
"""

from __future__ import annotations

import gzip
import io
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main(folder: Path) -> Path:
    """Make the archive in the folder and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        command = [sys.executable, "-m", "maturin", "sdist", "--out", made]
        command += ["--manifest-path", str(HERE / "Cargo.toml")]
        subprocess.run(command, check=True)
        (archive,) = Path(made).glob("*.tar.gz")
        with tarfile.open(archive) as packed:
            packed.extractall(made, **({"filter": "data"} if sys.version_info >= (3, 12) else {}))
        tree = Path(made, archive.name.removesuffix(".tar.gz"))
        # Reading the manifests removes from the lock file what nothing needs; versions stay.
        metadata = ["cargo", "metadata", "--format-version", "1"]
        for arguments in ([], ["--locked"]):
            subprocess.run([*metadata, *arguments], cwd=tree, check=True, stdout=subprocess.DEVNULL)
        packed_again = folder / archive.name
        packed_again.write_bytes(_packed(tree))
    return packed_again


def _packed(tree: Path) -> bytes:
    time = int(os.environ.get("SOURCE_DATE_EPOCH", "315532800"))
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", filename="", mtime=time) as compressed:
        with tarfile.open(fileobj=compressed, mode="w", format=tarfile.USTAR_FORMAT) as archive:
            for path in sorted(tree.rglob("*")):
                if not path.is_file():
                    continue
                entry = tarfile.TarInfo(str(path.relative_to(tree.parent)))
                entry.size, entry.mtime = path.stat().st_size, time
                entry.mode = 0o755 if os.access(path, os.X_OK) else 0o644
                with path.open("rb") as file:
                    archive.addfile(entry, file)
    return packed.getvalue()


if __name__ == "__main__":
    print(main(Path(sys.argv[1])))
