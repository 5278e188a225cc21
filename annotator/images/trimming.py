"""Takes from a file, before it is decoded, what would be thrown away anyway and can make decoders fail."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator

from annotator.errors import BadInput

MAX_SCANS = 100  # of a progressive JPEG; a real one has about ten, a hostile one thousands
MAX_PROFILE_BYTES = 1_000_000  # a larger colour profile is left out
JPEG_START = b"\xff\xd8\xff"
JPEG_END = b"\xff\xd9"
PNG_START = b"\x89PNG\r\n\x1a\n"
# Within compressed data 0xFF is followed by 0x00 or a restart mark (D0–D7); 0xFF itself fills.
MARK = re.compile(rb"\xff([^\x00\xd0-\xd7\xff])")
SOS, EOI = 0xDA, 0xD9


def trimmed(data: bytes) -> bytes:
    """The picture alone. Raises BadInput for a JPEG with too many scans."""
    if data[:16].lstrip(b"\r\n\t ").startswith(JPEG_START):
        return _jpeg(data)
    return _png(data) if data.startswith(PNG_START) else data


def has_end(data: bytes) -> bool:
    """Whether a trimmed JPEG has its end mark."""
    return not data.startswith(JPEG_START) or data.endswith(JPEG_END)


def is_cut_png(data: bytes) -> bool:
    """Whether a PNG ends within its pixels."""
    # Without the check sums at the end, four bytes of the packed data and of the chunk, all pixels are there.
    return any(kind == b"IDAT" and end - 8 > len(data) for kind, _, end in png_chunks(data))


def is_animated_png(data: bytes) -> bool:
    """Whether a PNG says before its pixels that it has several frames."""
    for kind, start, _ in png_chunks(data):
        if kind == b"IDAT":
            break
        if kind == b"acTL":
            return struct.unpack_from(">I", data.ljust(start + 12, b"\0"), start + 8)[0] > 1
    return False


def is_lossless_webp(data: bytes) -> bool:
    """Whether the first picture of a WebP is packed without loss."""
    for kind, body in riff_chunks(data):
        if (
            kind == b"ANMF"
        ):  # a frame: 16 bytes of its own, then chunks; one of transparency may come first
            inner = dict(riff_chunks(data, body + 16))
            return b"VP8L" in inner and b"VP8 " not in inner
        if kind in {b"VP8 ", b"VP8L"}:
            return kind == b"VP8L"
    return False


def jpeg_parts(data: bytes) -> Iterator[tuple[int, int, int, int]]:
    """(mark, where its body begins, where the mark begins, where the body ends) of each part, to the end."""
    place = data.index(JPEG_START) + 2
    while (match := MARK.search(data, place)) and match[1][0] != EOI:
        body = match.end() + 2
        if len(data) < body:
            return
        place = match.end() + struct.unpack_from(">H", data, match.end())[0]
        yield match[1][0], body, match.start(), place


def png_chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """(kind, where the chunk begins, where it ends) of each, to the end mark."""
    place, kind = len(PNG_START), b""
    while place + 8 <= len(data) and kind != b"IEND":
        size, kind = struct.unpack_from(">I4s", data, place)
        yield kind, place, place + 12 + size
        place += 12 + size


def riff_chunks(data: bytes, place: int = 12) -> Iterator[tuple[bytes, int]]:
    """(kind, where its body begins) of each chunk from `place` on."""
    while place + 8 <= len(data):
        kind, size = struct.unpack_from("<4sI", data, place)
        yield kind, place + 8
        place += 8 + size + size % 2


def _jpeg(data: bytes) -> bytes:
    """Without comments, what programs added, and everything behind the end mark."""
    start = data.index(JPEG_START)
    parts, scans, kept, end = [], 0, start, start + 2
    for mark, body, mark_start, end in jpeg_parts(data):
        scans += mark == SOS
        if scans > MAX_SCANS:
            raise BadInput(
                "This is not an image we can read: it has too many scans. Save it as an ordinary JPEG."
            )
        if not _is_needed(mark, data[body : body + 14]):
            parts.append(data[kept:mark_start])
            kept = end
    last = MARK.search(data, end)
    parts.append(data[kept : last.end() if last and last[1][0] == EOI else len(data)])
    return b"".join(parts)


def _is_needed(mark: int, body: bytes) -> bool:
    if 0xE0 <= mark <= 0xEF:
        return mark in {0xE0, 0xEE} or body.startswith((b"Exif\0", b"ICC_PROFILE\0"))
    return mark != 0xFE


def _png(data: bytes) -> bytes:
    """Without texts, further frames and unusable metadata; the check sums of small parts are made anew."""
    parts = [PNG_START]
    for kind, start, end in png_chunks(data):
        if kind[:1].isupper() or not kind.isalpha():
            parts.append(data[start:end])
        elif _is_useful(kind, body := data[start + 8 : end - 4]):
            check = struct.pack(">I", zlib.crc32(kind + body))
            parts.append(data[start : start + 8] + body + check)
    return b"".join(parts)


def _is_useful(kind: bytes, body: bytes) -> bool:
    if kind == b"eXIf":
        return body.startswith((b"II*\0", b"MM\0*"))
    if kind == b"iCCP":
        packed = body.partition(b"\0")[2][1:]
        try:
            profile = zlib.decompressobj().decompress(packed, MAX_PROFILE_BYTES + 1)
        except zlib.error:
            return False
        return body.partition(b"\0")[2][:1] == b"\0" and len(profile) <= MAX_PROFILE_BYTES
    return kind == b"tRNS"
