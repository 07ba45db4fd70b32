"""Run by itself in a clean environment that has nothing but the wheel: import and one upload."""

import struct
import sys
import tempfile
import zlib

import userimage


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


PNG = (
    b"\x89PNG\r\n\x1a\n"
    + chunk(b"IHDR", struct.pack(">IIBBBBB", 4, 3, 8, 0, 0, 0, 0))
    + chunk(b"IDAT", zlib.compress(bytes(5 * 3)))
    + chunk(b"IEND", b"")
)

with tempfile.TemporaryDirectory() as folder:
    with userimage.Uploader(folder, base_url="u/", keys={1001: "abc123"}) as uploader:
        who = {"website_id": 1001, "client_key": "abc123", "user_id": "12345"}
        image = uploader.upload(PNG, **who)
        assert (image.id, image.width, image.height) == (1, 4, 3), image
        assert uploader.read(1001, 1) == PNG
        try:
            uploader.upload(b"", **who)
        except userimage.InvalidFile as error:
            assert error.code == 262, error
        else:
            raise AssertionError("an empty file was taken")
assert userimage.probe(PNG).as_dict()["format"] == "png"
print("CPython {}.{}.{}: userimage {} works".format(*sys.version_info[:3], userimage.__version__))
