#!/usr/bin/env python3
"""Measures the work on files that ask for much of it: processor time over the sum of their bytes and pixels.

Run:    python3 tests/hostile/measure.py        with the Python module of the library; prints the table of docs/compare.md
"""

import random
import struct
import time
import zlib

import userimage

POLICY = {"max_bytes": 1 << 30, "max_width": 1 << 22, "max_height": 1 << 22, "max_frames": 1 << 30}


def measure(name, data, pixels):
    """The least time of three, whether the file is refused or shown."""
    times = []
    for _ in range(3):
        start = time.process_time()
        try:
            userimage.render(data, policy=POLICY)
            result = "shown"
        except userimage.InvalidFile as error:
            result = f"refused: {error.reason.split(': ')[-1]}"
        times.append(time.process_time() - start)
    took = min(times)
    each = took * 1e9 / (len(data) + pixels)
    print(f"| {name} | {len(data) / 1e3:,.1f} | {pixels / 1e6:.3g} | {took * 1e3:.0f} | {each:.1f} | {result} |", flush=True)


def segment(marker, body):
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def huffman(table, symbol):
    """A table of one code of one bit."""
    return segment(0xC4, bytes([table, 1] + [0] * 15 + [symbol]))


def jpeg(side, frame, scans):
    """Grey, without padding. All codes are 0."""
    head = segment(0xDB, bytes([0] + [1] * 64)) + segment(frame, struct.pack(">BHHB", 8, side, side, 1) + b"\1\x11\0")
    return b"\xff\xd8" + head + huffman(0, 0) + b"".join(scans) + b"\xff\xd9"


def scan(first, last, bits, code):
    return segment(0xDA, bytes([1, 1, 0, first, last, bits])) + code


def jpegs():
    side = 10_000
    blocks = (side // 8) ** 2
    measure("JPEG, two bits a block", jpeg(side, 0xC0, [huffman(0x10, 0), scan(0, 63, 0, bytes(blocks // 4 + 1))]), side**2)
    dc = scan(0, 0, 0, bytes(blocks // 8 + 1))
    runs = bytes(blocks // 8192 + 8)  # a code of 15 bits for 16,384 blocks
    for name, count, bits in (("8 scans that refine nothing", 8, 0x10), ("62 scans of nothing", 62, 0),
                              ("1000 scans of nothing", 1000, 0)):
        last = 63 if bits else 1
        scans = [dc, huffman(0x10, 0xE0)] + [scan(1, last, bits, runs)] * count
        measure(f"JPEG, progressive, {name}", jpeg(side, 0xC2, scans), side**2)
    side = 2000
    blocks = (side // 8) ** 2
    full = [scan(0, 0, 0, bytes(blocks // 8 + 1)), huffman(0x10, 1), scan(1, 63, 1, bytes(blocks * 63 // 4 + 1))]
    refining = scan(1, 63, 0x10, bytes(blocks * 63 // 8 + blocks // 8192 + 8))
    measure("JPEG, progressive, 40 refinements of all", jpeg(side, 0xC2, full + [huffman(0x10, 0xE0)] + [refining] * 40),
            side**2)


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width, height, bits, rows, before=b"", interlaced=0):
    header = struct.pack(">IIBBBBB", width, height, bits, 0, 0, 0, interlaced)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + before + chunk(b"IDAT", zlib.compress(rows, 9))
            + chunk(b"IEND", b""))


def pngs():
    much = zlib.compress(bytes(200_000_000), 9)
    measure("PNG, 200 MB in zTXt", png(100, 100, 8, bytes(10_100), chunk(b"zTXt", b"a\0\0" + much)), 10_000)
    stated = zlib.compress(struct.pack(">I", 4 << 20) + bytes(200_000_000), 9)
    measure("PNG, 200 MB in iCCP", png(100, 100, 8, bytes(10_100), chunk(b"iCCP", b"a\0\0" + stated)), 10_000)
    measure("PNG, a million chunks", png(100, 100, 8, bytes(10_100), chunk(b"gAMA", bytes(4)) * 1_000_000), 10_000)
    measure("PNG, one bit a pixel", png(30_000, 4000, 1, (b"\1" + bytes(3750)) * 4000), 120_000_000)
    passes = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
    rows = b"".join((b"\4" + bytes(len(range(x, 10_000, across)))) * len(range(y, 10_000, down))
                    for x, y, across, down in passes)
    measure("PNG, interlaced", png(10_000, 10_000, 8, rows, interlaced=1), 10**8)


def blocks(data):
    return b"".join(bytes([len(data[i:i + 255])]) + data[i:i + 255] for i in range(0, len(data), 255)) + b"\0"


def gifs():
    palette = bytes(768)
    screen = b"GIF89a" + struct.pack("<HHBBB", 100, 100, 0x87, 0, 0) + palette
    frame = b"," + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\2\2\x44\1\0"
    measure("GIF, a million frames", screen + frame * 1_000_000 + b";", 10_000)
    measure("GIF, five million empty comments", screen + b"\x21\xfe\0" * 5_000_000 + frame + b";", 10_000)
    large = b"GIF89a" + struct.pack("<HHBBB", 30_000, 4000, 0x87, 0, 0) + palette
    large += b"," + struct.pack("<HHHHB", 0, 0, 30_000, 4000, 0x40) + b"\x08"
    # Each code is one byte longer than the last one.
    bits, width, codes, total = [], 9, 258, 0
    bits.append((256, 9))
    bits.append((0, 9))
    while total < 120_000_000:
        code = min(codes, 4095)
        bits.append((code, width))
        total += code - 256
        codes += 1
        width = 9 if codes < 512 else 10 if codes < 1024 else 11 if codes < 2048 else 12
    word, length = 0, 0
    packed = bytearray()
    for code, width in bits:
        word |= code << length
        length += width
        while length >= 8:
            packed.append(word & 255)
            word >>= 8
            length -= 8
    packed.append(word & 255)
    measure("GIF, interlaced, the longest strings", large + blocks(bytes(packed)) + b";", 120_000_000)


def tiff(width, height, compression, strips, data, tile=None, bits=8, samples=1):
    """Grey. `strips`: the offset and length of each in `data`."""
    fields = [(256, 4, [width]), (257, 4, [height]), (258, 3, [bits] * samples), (259, 3, [compression]), (262, 3, [1]),
              (277, 3, [samples])]
    offsets, lengths = (324, 325) if tile else (273, 279)
    fields += [(322, 4, [tile]), (323, 4, [tile])] if tile else [(278, 4, [max(1, height // len(strips))])]
    fields += [(offsets, 4, [at for at, _ in strips]), (lengths, 4, [length for _, length in strips])]
    fields.sort()
    values_at = 8 + 2 + 12 * len(fields) + 4
    data_at = values_at + sum(len(values) * (4 if kind == 4 else 2) for _, kind, values in fields)
    table, out = b"", b""
    for tag, kind, values in fields:
        moved = [data_at + at for at in values] if tag == offsets else values
        packed = struct.pack(f"<{len(moved)}{'I' if kind == 4 else 'H'}", *moved)
        value = packed.ljust(4, b"\0") if len(packed) <= 4 else struct.pack("<I", values_at + len(out))
        out += packed if len(packed) > 4 else b""
        table += struct.pack("<HHI", tag, kind, len(values)) + value
    head = b"II*\0\x08\0\0\0" + struct.pack("<H", len(fields)) + table + bytes(4) + out
    return head.ljust(data_at, b"\0") + data


def tiffs():
    count = 1_000_000
    row = zlib.compress(bytes(64))
    measure("TIFF, a million strips", tiff(64, count, 8, [(0, len(row))] * count, row), 64 * count)
    pixel = zlib.compress(b"\0")
    measure("TIFF, tiles of a pixel", tiff(255, 255, 8, [(0, len(pixel))] * 255**2, pixel, tile=1), 255**2)
    many = zlib.compress(bytes(4000 * 4000 * 8), 9)
    measure("TIFF, 64 samples of a bit", tiff(4000, 4000, 8, [(0, len(many))], many, bits=1, samples=64), 16_000_000)
    idle = b"\x80" * 20_000_000 + b"\x81\0" * 100
    measure("TIFF, PackBits that do nothing", tiff(100, 100, 32773, [(0, len(idle))], idle), 10_000)
    white = b"\xff" * 600
    measure("TIFF, Group 4, a bit a row", tiff(30_000, 4000, 4, [(0, 600)], white, bits=1), 120_000_000)


def riff(kind, body):
    body = kind + struct.pack("<I", len(body)) + body + bytes(len(body) % 2)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def others():
    # 16383 x 7000 pixels, and one code of no bits for each channel.
    flat = bytes.fromhex("2ffeffd506071011fd0f4444ff03")
    measure("WebP, lossless, a single colour", riff(b"VP8L", flat), 16_383 * 7000)
    # A header of zeros; behind it, any bits are modes and coefficients of VP8.
    noise = bytes(40) + random.Random(1).randbytes(9_000_000)
    first = 500_000
    frame = struct.pack("<I", 0x10 | first << 5)[:3] + b"\x9d\x01\x2a" + struct.pack("<HH", 2000, 2000) + noise
    measure("WebP, noise", riff(b"VP8 ", frame), 4_000_000)
    runs = b"\xff\0" * (10**8 // 255 + 10) + b"\0\1"
    header = struct.pack("<IiiHHIIiiII", 40, 10_000, 10_000, 1, 8, 1, len(runs), 0, 0, 256, 0)
    measure("BMP, runs of 255", b"BM" + struct.pack("<IHHI", 1078 + len(runs), 0, 0, 1078) + header + bytes(1024) + runs,
            10**8)


if __name__ == "__main__":
    print("| file | KB | megapixels | ms | ns for each byte and pixel | |")
    print("|---|--:|--:|--:|--:|---|")
    for group in (jpegs, pngs, gifs, tiffs, others):
        group()
