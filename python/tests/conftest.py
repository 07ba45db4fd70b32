from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

import userimage

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "tests" / "fixtures" / "files"
WHO = {"website_id": "1001", "client_key": "abc123", "user_id": "12345"}

# The tests of many uploads run at full size where this is set; else at a tenth.
FULL = os.environ.get("USERIMAGE_SOAK", "") not in ("", "0")


def scaled(count: int) -> int:
    return count if FULL else count // 10


def png(width: int, height: int, *, level: int = 1) -> bytes:
    """A grey PNG, made without any library."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    rows = (b"\0" + bytes(width)) * height
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(rows, level))
        + chunk(b"IEND", b"")
    )


@pytest.fixture
def photo_path() -> Path:
    return FIXTURES / "jpeg-phone-orientation6.jpg"


@pytest.fixture
def photo(photo_path: Path) -> bytes:
    return photo_path.read_bytes()


@pytest.fixture
def small() -> bytes:
    return png(4, 3)


@pytest.fixture
def uploader() -> Iterator[userimage.Uploader]:
    with userimage.Uploader({"memory": {"base_url": "https://img.example/"}}, keys=KEYS) as made:
        yield made


KEYS = {1001: "abc123", 1002: ["xyz"]}


@pytest.fixture
def local(tmp_path: Path) -> Iterator[userimage.Uploader]:
    with userimage.Uploader(tmp_path / "store", base_url="https://img.example/", keys=KEYS) as made:
        yield made
