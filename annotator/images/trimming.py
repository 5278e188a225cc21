"""Takes from a file, before it is decoded, what would be thrown away anyway and can make decoders fail."""

from __future__ import annotations

import re
import struct
import zlib

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
    text_start = data[:16].lstrip(b"\r\n\t ")
    if text_start.startswith(JPEG_START):
        return _jpeg(data, start=data.index(JPEG_START))
    return _png(data) if data.startswith(PNG_START) else data


def has_end(data: bytes) -> bool:
    """Whether a trimmed JPEG has its end mark."""
    return not data.startswith(JPEG_START) or data.endswith(JPEG_END)


def _jpeg(data: bytes, *, start: int) -> bytes:
    """Without comments, what programs added, and everything behind the end mark."""
    parts, scans, kept, place = [], 0, start, start + 2
    while (mark := MARK.search(data, place)) and mark[1][0] != EOI:
        place = mark.end()
        if len(data) < place + 2:
            break
        scans += mark[1][0] == SOS
        if scans > MAX_SCANS:
            raise BadInput(
                "This is not an image we can read: it has too many scans. Save it as an ordinary JPEG."
            )
        end = place + struct.unpack_from(">H", data, place)[0]
        if not _is_needed(mark[1][0], data[place + 2 : place + 16]):
            parts.append(data[kept : mark.start()])
            kept = end
        place = end
    parts.append(data[kept : mark.end() if mark and mark[1][0] == EOI else len(data)])
    return b"".join(parts)


def _is_needed(mark: int, body: bytes) -> bool:
    if 0xE0 <= mark <= 0xEF:
        return mark in {0xE0, 0xEE} or body.startswith((b"Exif\0", b"ICC_PROFILE\0"))
    return mark != 0xFE


def _png(data: bytes) -> bytes:
    """Without texts, further frames and unusable metadata; the check sums of small parts are made anew."""
    parts, place = [PNG_START], len(PNG_START)
    while place + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, place)
        end = place + 12 + size
        if kind[:1].isupper() or not kind.isalpha():
            parts.append(data[place:end])
        elif _is_useful(kind, body := data[place + 8 : end - 4]):
            check = struct.pack(">I", zlib.crc32(kind + body))
            parts.append(data[place : place + 8] + body + check)
        place = end
        if kind == b"IEND":
            break
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
