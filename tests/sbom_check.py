"""Checks bills of materials by CycloneDX' own schema: sbom_check.py FILE... Needs cyclonedx-python-lib[json-validation].

Each one must also name what every library of this project is made of, and refer to nothing that it does not list.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator


def check(path: Path) -> None:
    """Check one document."""
    text = path.read_text("utf-8")
    document = json.loads(text)
    error = JsonStrictValidator(SchemaVersion.from_version(document["specVersion"])).validate_str(
        text
    )
    if error is not None:
        raise SystemExit(f"{path}: {error}")
    components = [*document["components"], document["metadata"]["component"]]
    names = {component["name"] for component in components}
    for name in ("userimage", "libsqlite3-sys", "image", "moxcms"):
        if name not in names:
            raise SystemExit(f"{path}: {name} is missing")
    unlicensed = [each["name"] for each in components if not each.get("licenses")]
    if unlicensed:
        raise SystemExit(f"{path}: no licence of {unlicensed}")
    listed = {component["bom-ref"] for component in components}
    for entry in document["dependencies"]:
        if missing := {entry["ref"], *entry.get("dependsOn", [])} - listed:
            raise SystemExit(f"{path}: {sorted(missing)} are not listed")
    print(f"{path.name}: CycloneDX {document['specVersion']}, {len(components)} components")


if __name__ == "__main__":
    for name in sys.argv[1:]:
        check(Path(name))
