"""The vectors of tests/vectors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def vectors() -> list[tuple[str, dict[str, Any], dict[str, str], list[Any]]]:
    """Name, configuration, files and steps of each case that every build can run."""
    folder = Path(__file__).resolve().parents[1] / "vectors"
    found: list[Any] = []
    for path in sorted(folder.glob("*.json")):
        document = json.loads(path.read_text("utf-8"))
        for case in document["cases"]:
            if "needs" in case:
                continue
            name = f"{path.stem}: {case['name']}"
            config = case.get("config", document["config"])
            found.append((name, config, document["files"], case["steps"]))
    return found
