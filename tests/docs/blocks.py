"""The fenced blocks of a Markdown file, with the markers that stand above them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

FENCE = re.compile(r"^(?P<indent> *)```(?P<language>[A-Za-z#+-]*) *$")
MARKER = re.compile(r"^ *<!-- (?P<name>[a-z]+(?: run)?)(?:: (?P<value>.+))? -->$")

# Each marker, and whether it takes a value.
MARKERS = {
    "continues": False,
    "elsewhere": False,
    "server": True,
    "file": True,
    "output": False,
    "config": False,
    "not run": True,
}


class BadDocument(Exception):
    """A document that breaks the rules at the head of run.py."""


@dataclass
class Block:
    """A fenced block."""

    document: Path
    line: int
    language: str
    code: str
    markers: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.document}:{self.line}"

    @property
    def name(self) -> str:
        """A name for files, such as ``docs_rust_12``."""
        return re.sub(r"\W+", "_", str(self.document.with_suffix(""))).strip("_") + f"_{self.line}"


def blocks_of(document: Path, text: str) -> list[Block]:
    """Return the blocks of ``text``, where one that continues has the code that it continues."""
    found: list[Block] = []
    markers: dict[str, str] = {}
    lines = enumerate(text.splitlines(), 1)
    for number, line in lines:
        marker = MARKER.match(line)
        fence = FENCE.match(line)
        if marker:
            name, value = marker["name"], marker["value"] or ""
            if MARKERS.get(name) is not bool(value):
                raise BadDocument(f"{document}:{number}: not a marker: {line.strip()}")
            markers[name] = value
        elif fence:
            code: list[str] = []
            for _, inner in lines:
                if inner.strip() == "```":
                    break
                code.append(inner.removeprefix(fence["indent"]))
            else:
                raise BadDocument(f"{document}:{number}: the block has no end")
            found.append(
                Block(document, number, fence["language"], "\n".join(code) + "\n", markers)
            )
            markers = {}
        elif line.lstrip().startswith("```"):
            raise BadDocument(f"{document}:{number}: not a fence: {line.strip()}")
        elif markers:
            raise BadDocument(f"{document}:{number}: a marker stands directly above its block")
    join_continued(found)
    return found


def join_continued(blocks: list[Block]) -> None:
    """Put the code that a block continues before its own."""
    last: dict[str, Block] = {}
    for block in blocks:
        if "continues" in block.markers:
            if block.language not in last:
                raise BadDocument(f"{block}: there is no {block.language} block to continue")
            block.code = last[block.language].code + block.code
        last[block.language] = block
