"""Prints the bill of materials of the C library, as CycloneDX 1.5: every crate whose code is in it on any system, with the
hash of its archive, the SQLite and the standard library of Rust that are linked into it, and zig's runtime, if it is here.

The same commit gives the same bytes: no time, and no random number. (A wheel has its own, by maturin.)
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# The systems of ffi/release.
TARGETS = [
    "x86_64-unknown-linux-gnu",
    "aarch64-unknown-linux-gnu",
    "x86_64-unknown-linux-musl",
    "aarch64-unknown-linux-musl",
    "x86_64-pc-windows-gnu",
    "i686-pc-windows-gnu",
    "aarch64-pc-windows-gnullvm",
    "x86_64-apple-darwin",
    "aarch64-apple-darwin",
]


def main() -> None:
    """Print the document."""
    metadata = json.loads(_output("cargo", "metadata", "--locked", "--format-version", "1"))
    linked = crates_of_the_library()
    packages = {
        package["id"]: package
        for package in metadata["packages"]
        if (package["name"], package["version"]) in linked
    }
    needed = {
        node["id"]: sorted(each["pkg"] for each in node["deps"] if each["pkg"] in packages)
        for node in metadata["resolve"]["nodes"]
        if node["id"] in packages
    }
    library = next(id for id, package in packages.items() if package["name"] == "userimage-ffi")
    sqlite = next(id for id, package in packages.items() if package["name"] == "libsqlite3-sys")
    entry = re.compile(r'name = "(.*)"\nversion = "(.*)"\nsource = ".*"\nchecksum = "(.*)"')
    lock = (ROOT / "Cargo.lock").read_text("utf-8")
    checksums = {(name, version): checksum for name, version, checksum in entry.findall(lock)}

    def reference(id: str) -> str:
        package = packages[id]
        return f"pkg:cargo/{package['name']}@{package['version']}"

    def component(id: str) -> dict[str, object]:
        package = packages[id]
        checksum = checksums.get((package["name"], package["version"]))
        return {
            "type": "library",
            "bom-ref": reference(id),
            "name": package["name"],
            "version": package["version"],
            **({"hashes": [{"alg": "SHA-256", "content": checksum}]} if checksum else {}),
            "licenses": [{"expression": package["license"].replace("/", " OR ")}],
            "purl": reference(id),
        }

    runtimes = list(runtimes_of_the_library(Path(packages[sqlite]["manifest_path"]).parent))
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": component(library)},
        "components": sorted(
            (component(id) for id in needed if id != library), key=lambda each: str(each["purl"])
        )
        + runtimes,
        "dependencies": [
            {
                "ref": reference(id),
                "dependsOn": sorted(reference(other) for other in needed[id])
                + (["sqlite"] if id == sqlite else [])
                + ([each["bom-ref"] for each in runtimes[1:]] if id == library else []),
            }
            for id in sorted(needed, key=reference)
        ],
    }
    print(json.dumps(document, indent=1))


def _output(*command: str) -> str:
    return subprocess.run(
        command, cwd=ROOT, check=True, stdout=subprocess.PIPE, encoding="utf-8"
    ).stdout


def crates_of_the_library() -> set[tuple[str, str]]:
    """Return name and version of each crate that is linked, with the library's own features alone.

    Neither what only builds or tests it nor what only expands macros.
    """
    tree = _output(
        *("cargo", "tree", "--locked", "-p", "userimage-ffi"),
        *(word for target in TARGETS for word in ("--target", target)),
        *("--edges", "normal,no-proc-macro", "--prefix", "none", "--format", "{p}"),
    )
    lines = (line.split() for line in tree.splitlines())
    return {(line[0], line[1].removeprefix("v")) for line in lines if line}


def runtimes_of_the_library(sqlite: Path) -> list[dict[str, object]]:
    """Return what is linked beside the crates: SQLite, the standard library, zig's runtime."""
    rust = _output("rustc", "--version").split()[1]
    found: list[dict[str, object]] = [
        {
            "type": "library",
            "bom-ref": "sqlite",
            "name": "sqlite",
            "version": sqlite_version(sqlite),
            "description": "bundled by libsqlite3-sys",
            "licenses": [{"license": {"name": "Public Domain"}}],
        },
        {
            "type": "library",
            "bom-ref": "rust-std",
            "name": "rust-std",
            "version": rust,
            "description": "Rust's standard library",
            "licenses": [{"expression": "MIT OR Apache-2.0"}],
        },
    ]
    zig = subprocess.run(
        [sys.executable, "-m", "ziglang", "version"], capture_output=True, encoding="utf-8"
    )
    if zig.returncode == 0:
        found.append(
            {
                "type": "library",
                "bom-ref": "zig",
                "name": "zig",
                "version": zig.stdout.strip(),
                "description": "the compiler's runtime, libunwind, and for Windows MinGW's",
                "licenses": [{"license": {"id": "MIT"}}],
            }
        )
    return found


def sqlite_version(crate: Path) -> str:
    """Return the version of the bundled SQLite, by its header."""
    for line in (crate / "sqlite3" / "sqlite3.h").read_text("utf-8").splitlines():
        if line.startswith("#define SQLITE_VERSION "):
            return line.split('"')[1]
    raise SystemExit("SQLite's header has no version")


if __name__ == "__main__":
    main()
