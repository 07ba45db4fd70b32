"""A configuration in a file, whose errors name the file and the line."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Optional

import userimage


def opened(path: Path, open_text: Callable[[str], userimage.Uploader]) -> userimage.Uploader:
    """Open what the configuration in the file describes, by ``open_text``."""
    text = _read(path)
    try:
        return open_text(text)
    except userimage.ConfigError as error:
        line = _line_of(text, str(error).split(": ")[0])
        # An error of the storage's own is no mistake in a line.
        error.args = (f"{path}:{line}: {error}",)
        raise


def local_path(path: Path) -> Optional[str]:
    """Return the folder of the configuration's local storage, if it has one."""
    config = json.loads(_read(path))
    try:
        folder = config["storage"]["local"]["path"]
    except (TypeError, KeyError):
        return None
    return folder if isinstance(folder, str) else None


def _read(path: Path) -> str:
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise userimage.ConfigError(f"{path}:{line}: not UTF-8") from None
    try:
        config = json.loads(text)
    except json.JSONDecodeError as error:
        raise userimage.ConfigError(
            f"{path}:{error.lineno}: not a JSON document: {error.msg}"
        ) from None
    except RecursionError:
        raise userimage.ConfigError(f"{path}: nested too deeply") from None
    if not isinstance(config, dict):
        raise userimage.ConfigError(f"{path}:1: a configuration is a JSON object")
    return text


def _line_of(text: str, key: str) -> int:
    """Return the line of a key such as ``websites[0].id``, else that of the innermost part that is there."""
    at = 0
    for name in re.findall(r"[^.\[\]]+", key):
        found = dict(_members(text, _skip(text, at)))
        if name not in found:
            break
        at = found[name]
    return text.count("\n", 0, _skip(text, at)) + 1


def _members(text: str, at: int) -> Iterator[tuple[str, int]]:
    """Give the names of the members of the object or array at an offset, and where their values begin."""
    if text[at] not in "{[":
        return
    decoder = json.JSONDecoder()
    is_object, at, number = text[at] == "{", _skip(text, at + 1), 0
    while text[at] not in "}]":
        name = str(number)
        if is_object:
            name, at = decoder.raw_decode(text, at)
            at = _skip(text, _skip(text, at) + 1)
        yield name, at
        at = _skip(text, decoder.raw_decode(text, at)[1])
        if text[at] == ",":
            at = _skip(text, at + 1)
        number += 1


def _skip(text: str, at: int) -> int:
    while text[at : at + 1] and text[at] in " \t\n\r":
        at += 1
    return at
