"""Which encoding the names in a zip have that does not say so: read as UTF-8, else guessed by letters.

Windows writes the names of its language's code page, without a word on which. charset-normalizer wants
longer texts than file names are, so each candidate is decoded, and the most letters of one script win.
"""

from __future__ import annotations

import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable
from typing import IO

from annotator.errors import BadInput

UTF8_FLAG = 0x800
ENTRY_MARK = b"PK\x01\x02"  # each entry of a table of contents begins with it
ENTRY_BYTES = 46  # without name, extra field and comment
HEADER_MARK = b"PK\x03\x04"  # begins what stands before the bytes of an entry
HEADER_BYTES = 30  # without name and extra field
UNICODE_PATH = (
    0x7075  # Info-ZIP's extra field: version, CRC-32 of the plain name, the name in UTF-8
)
LABELS = {  # the first of equals is guessed
    "cp437": "Western European (DOS)",
    "cp1252": "Western European (Windows)",
    "cp852": "Central European (DOS)",
    "cp1250": "Central European (Windows)",
    "cp866": "Cyrillic (DOS)",
    "cp1251": "Cyrillic (Windows)",
    "gb18030": "Chinese, simplified (GBK)",
    "big5": "Chinese, traditional (Big5)",
    "cp932": "Japanese (Shift JIS)",
    "cp949": "Korean",
}
SCRIPTS = {"cp866": "CYRILLIC", "cp1251": "CYRILLIC"}
COMMON_ACCENTED = set("äöüßéèêëáàâíìîïóòôúùûñçåæøãõčšžřěýůąęłńśźżőű")
COMMON_CYRILLIC = set("абвгдежзийклмнопрстуфхцчшщъыьэюя")
# (first and last lead byte, lowest trail byte, likelihood) of an encoding's everyday characters. Those of
# Korean are among the Chinese ones: names of four characters and more that keep to them are Korean.
EVERYDAY = {
    "gb18030": (0xB0, 0xD7, 0xA1, 0.9),
    "big5": (0xA4, 0xC6, 0x40, 0.9),
    "cp932": (0x82, 0x97, 0x40, 0.9),
    "cp949": (0xB0, 0xC8, 0xA1, 0.93),
}
HANDICAP = {"cp949": 0.2}


def without_false_flags(table: bytes) -> bytes:
    """A zip's table of contents in which no entry says that its name is UTF-8 when it is not.

    `zipfile` refuses a zip with one such entry as a whole; without the flag the name is guessed like others.
    """
    mended, place = bytearray(table), 0
    while table.startswith(ENTRY_MARK, place) and place + ENTRY_BYTES <= len(table):
        lengths = struct.unpack_from("<3H", table, place + 28)  # of name, extra field, comment
        name = table[place + ENTRY_BYTES : place + ENTRY_BYTES + lengths[0]]
        _clear_false_flag(mended, place + 8, name)
        place += ENTRY_BYTES + sum(lengths)
    return bytes(mended)


def without_false_flag(header: bytes, file: IO[bytes]) -> bytes:
    """The same for one entry's header, whose name comes next in the file; the file stays where it is."""
    mended, place = bytearray(header), file.tell()
    (length,) = struct.unpack_from("<H", header, 26)
    _clear_false_flag(mended, 6, file.read(length))
    file.seek(place)
    return bytes(mended)


def _clear_false_flag(data: bytearray, at: int, name: bytes) -> None:
    """Clear the flag in the two bytes at `at`, if the name is no UTF-8."""
    try:
        name.decode()
    except UnicodeDecodeError:
        (flags,) = struct.unpack_from("<H", data, at)
        struct.pack_into("<H", data, at, flags & ~UTF8_FLAG)


def raw_name(info: zipfile.ZipInfo) -> bytes:
    """The bytes of an entry's name, which `zipfile` has decoded as its flag says."""
    is_utf8 = info.flag_bits & UTF8_FLAG
    return info.orig_filename.encode("utf-8" if is_utf8 else "cp437")


def certain_name(info: zipfile.ZipInfo) -> str | None:
    """The name, as the flag, the Unicode path field or valid UTF-8 say; None where it must be guessed."""
    if info.flag_bits & UTF8_FLAG:
        return info.orig_filename
    raw = raw_name(info)
    stated = _unicode_path(info.extra, raw)
    if stated is not None:
        return stated
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return None


def _unicode_path(extra: bytes, raw: bytes) -> str | None:
    while len(extra) >= 4:
        kind, length = struct.unpack_from("<HH", extra)
        body, extra = extra[4 : 4 + length], extra[4 + length :]
        if kind == UNICODE_PATH and len(body) > 5 and body[0] == 1:
            if struct.unpack_from("<L", body, 1)[0] != zlib.crc32(raw):
                return None  # the name was changed by a program that did not know the field
            try:
                return body[5:].decode()
            except UnicodeDecodeError:
                return None
    return None


def guess(names: Iterable[bytes], *, candidates: Iterable[str] = tuple(LABELS)) -> str:
    """The encoding in which these names look most like words. Names of one zip have one encoding."""
    names = list(names)
    scores = {
        encoding: sum(_score(name, encoding) for name in names) - HANDICAP.get(encoding, 0)
        for encoding in candidates
    }
    return max(scores, key=lambda encoding: scores[encoding])


def decode(raw: bytes, encoding: str) -> str:
    """The name in one of LABELS; what does not decode becomes U+FFFD. Raises BadInput for another."""
    if encoding not in LABELS:
        raise BadInput("Choose one of the encodings in the list.")
    return raw.decode(encoding, errors="replace")


def _score(raw: bytes, encoding: str) -> float:
    """How much a name looks like words: 1 for each byte of a likely letter, less for others."""
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        return -2.0 * len(raw)
    total = 0.0
    for place, letter in enumerate(text):
        if not letter.isascii():
            beside = text[max(0, place - 1) : place] + text[place + 1 : place + 2]
            size = len(letter.encode(encoding))
            total += size * _likelihood(letter, beside, encoding)
    return total


def _likelihood(letter: str, beside: str, encoding: str) -> float:
    """From -1 for a symbol to 1 for a common letter among its like."""
    is_in_latin_word = any(each.isascii() and each.isalpha() for each in beside)
    if encoding in EVERYDAY:
        raw = letter.encode(encoding)
        first, last, lowest, likely = EVERYDAY[encoding]
        is_everyday = len(raw) == 2 and first <= raw[0] <= last and raw[1] >= lowest
        return (likely if is_everyday else 0.1) - 0.6 * is_in_latin_word
    if not letter.isalpha():
        return -1.0
    name = unicodedata.name(letter, "")
    if encoding in SCRIPTS:
        if is_in_latin_word or not name.startswith(SCRIPTS[encoding]):
            return 0.1
        is_shout = letter.isupper() and any(each.islower() for each in beside[:1])
        return 1.0 if letter.lower() in COMMON_CYRILLIC and not is_shout else 0.3
    if not name.startswith("LATIN"):
        return -0.5
    common = 1.0 if letter in COMMON_ACCENTED else 0.7 if letter.lower() in COMMON_ACCENTED else 0.2
    return common if is_in_latin_word else common * 0.4
