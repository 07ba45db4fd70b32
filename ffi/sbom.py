"""Prints the bill of materials of the C library, as CycloneDX 1.5: every crate that is linked into it on any system.

The same commit gives the same bytes: no time, and no random number.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    """Print the document."""
    command = ["cargo", "metadata", "--locked", "--format-version", "1"]
    metadata = json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout)
    packages = {package["id"]: package for package in metadata["packages"]}
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    library = next(id for id, package in packages.items() if package["name"] == "userimage-ffi")

    needed: dict[str, list[str]] = {}
    found = [library]
    while found:
        id = found.pop()
        if id in needed:
            continue
        # Neither what only builds the library nor what only tests it.
        needed[id] = sorted(
            dependency["pkg"]
            for dependency in nodes[id]["deps"]
            if any(kind["kind"] is None for kind in dependency["dep_kinds"])
        )
        found += needed[id]

    def reference(id: str) -> str:
        package = packages[id]
        return f"pkg:cargo/{package['name']}@{package['version']}"

    def component(id: str) -> dict[str, object]:
        package = packages[id]
        return {
            "type": "library",
            "bom-ref": reference(id),
            "name": package["name"],
            "version": package["version"],
            "purl": reference(id),
            "licenses": [{"expression": (package["license"] or "NOASSERTION").replace("/", " OR ")}],
        }

    sqlite = next(package for package in metadata["packages"] if package["name"] == "libsqlite3-sys")
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": component(library)},
        "components": sorted(
            (component(id) for id in needed if id != library), key=lambda each: str(each["purl"])
        )
        + [
            {
                "type": "library",
                "bom-ref": "sqlite",
                "name": "sqlite",
                "version": sqlite_version(Path(sqlite["manifest_path"]).parent),
                "description": "bundled by libsqlite3-sys",
                "licenses": [{"license": {"name": "Public Domain"}}],
            }
        ],
        "dependencies": [
            {
                "ref": reference(id),
                "dependsOn": sorted(reference(other) for other in needed[id])
                + (["sqlite"] if id == sqlite["id"] else []),
            }
            for id in sorted(needed, key=reference)
        ],
    }
    print(json.dumps(document, indent=1))


def sqlite_version(crate: Path) -> str:
    """Return the version of the bundled SQLite, by its header."""
    for line in (crate / "sqlite3" / "sqlite3.h").read_text("utf-8").splitlines():
        if line.startswith("#define SQLITE_VERSION "):
            return line.split('"')[1]
    raise SystemExit("SQLite's header has no version")


if __name__ == "__main__":
    main()
