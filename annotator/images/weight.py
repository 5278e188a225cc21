"""Which pictures are read in our own process: the light ones. The rule stands here alone.

A picture is light when its format is JPEG, PNG, GIF, WebP or BMP and reading it takes at most LIGHT_BYTES, as
far as its header tells: its pixels times BYTES_PER_PX, plus its file twice. All others are read in the child
process (`annotator.child`): large ones, HEIC, AVIF and TIFF always, and whatever is not understood here.
Nothing is decoded for it, and no library sees the bytes.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from annotator.images.trimming import (
    JPEG_START,
    PNG_START,
    jpeg_parts,
    riff_chunks,
)

LIGHT_BYTES = 32_000_000
# Decoded, turned and converted (measured); a progressive JPEG keeps its coefficients too, two bytes for each
# value, and 16 bits of grey become 32.
BYTES_PER_PX = {"jpeg": 8, "progressive": 14, "png": 8, "deep": 24, "gif": 8, "webp": 12, "bmp": 8}
PROGRESSIVE = {0xC2, 0xC6, 0xCA, 0xCE}
FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}  # marks that begin a JPEG's frame header


@dataclass(frozen=True)
class Header:
    """What the first bytes of a picture say."""

    kind: str  # of BYTES_PER_PX
    width_px: int
    height_px: int


def is_light(data: bytes) -> bool:
    """Whether a file is read in our own process."""
    header = header_of(data)
    if header is None:
        return False
    pixels = header.width_px * header.height_px
    return pixels * BYTES_PER_PX[header.kind] + 2 * len(data) <= LIGHT_BYTES


def is_light_to_shrink(kind: str, width_px: int, height_px: int, *, needed_px: int) -> bool:
    """The same for a smaller copy of a stored picture.

    A JPEG is decoded at a half, a quarter or an eighth while both its sides keep `needed_px`; 0: it is not.
    """
    scale = 1
    while kind == "jpeg" and scale < 8 and min(width_px, height_px) >= 2 * scale * needed_px > 0:
        scale *= 2
    return width_px * height_px // scale**2 * BYTES_PER_PX[kind] <= LIGHT_BYTES


def header_of(data: bytes) -> Header | None:
    """None for a format that is not known here, and for a damaged header."""
    try:
        if data[:16].lstrip(b"\r\n\t ").startswith(JPEG_START):
            return _jpeg(data)
        if data.startswith(PNG_START):
            width, height, depth = struct.unpack_from(">IIB", data, 16)
            return Header("deep" if depth == 16 else "png", width, height)
        if data.startswith((b"GIF87a", b"GIF89a")):
            return Header("gif", *struct.unpack_from("<HH", data, 6))
        if data.startswith(b"BM"):
            width, height = struct.unpack_from("<ii", data, 18)
            return Header("bmp", width, abs(height)) if width > 0 else None
        if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
            return _webp(data)
    except (struct.error, IndexError):
        pass
    return None


def _jpeg(data: bytes) -> Header | None:
    for mark, body, _, _ in jpeg_parts(data):
        if mark in FRAMES:
            height, width = struct.unpack_from(">HH", data, body + 1)
            return Header("progressive" if mark in PROGRESSIVE else "jpeg", width, height)
    return None


def _webp(data: bytes) -> Header | None:
    kind, body = next(riff_chunks(data), (b"", 0))
    if kind == b"VP8X":
        sides = (int.from_bytes(data[body + at : body + at + 3], "little") + 1 for at in (4, 7))
        return Header("webp", *sides)
    if kind == b"VP8L":
        bits = struct.unpack_from("<I", data, body + 1)[0]
        return Header("webp", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", data, body + 6)
        return Header("webp", width & 0x3FFF, height & 0x3FFF)
    return None
