"""How a text file is to be read: its encoding and whether its lines have bounds."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from pathlib import Path

from annotator.errors import BadInput
from annotator.imports import encodings
from annotator.imports.formats.bounds import BLOCK_BYTES, MAX_LINE_BYTES

ENCODINGS = (
    "utf-8",
    "utf-16",
    "cp1252",
    "cp1250",
    "cp1251",
    "gb18030",
    "big5",
    "cp932",
    "cp949",
)
WORD = re.compile(rb"[^\s,;|\"\x00-\x1f]*[\x80-\xff][^\s,;|\"\x00-\x1f]*")
SAMPLE_WORDS = 300  # with letters beyond ASCII, to guess an encoding by


@dataclass(frozen=True, kw_only=True)
class TextFacts:
    """What one pass over a file's bytes says. `is_clean` is whether all of it is of the encoding.

    `may_have_nul` is whether a character may be U+0000: of UTF-16 and UTF-32 the bytes don't tell.
    """

    encoding: str
    is_clean: bool
    may_have_nul: bool

    @property
    def codec(self) -> str:
        """The codec that passes over the mark at the file's beginning."""
        return "utf-8-sig" if self.encoding == "utf-8" else self.encoding


def facts_of(path: Path, *, encoding: str = "") -> TextFacts:
    """Read the file once. The encoding is guessed unless given. Raises BadInput for an endless line."""
    if encoding:
        try:
            bytes(range(256)).decode(encoding, "replace")
        except (LookupError, ValueError):  # unknown, or none of texts such as base64
            raise BadInput(f"There is no encoding “{encoding}”. Choose one of the list.") from None
    with path.open("rb") as file:
        start = file.read(4_096)
    encoding = encoding or _by_mark(start)
    is_wide = encoding.replace("-", "").lower().startswith(("utf16", "utf32"))
    decoder = codecs.getincrementaldecoder(encoding or "utf-8")()
    is_clean, may_have_nul, run, words = True, is_wide, 0, set[bytes]()
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            is_clean = is_clean and _decodes(decoder, block)
            may_have_nul = may_have_nul or b"\0" in block
            run = _longest_run(block, run)
            if not is_clean and len(words) < SAMPLE_WORDS:
                words |= set(WORD.findall(block)[:SAMPLE_WORDS])
    is_clean = is_clean and _decodes(decoder, b"", final=True)
    if not encoding:
        encoding = "utf-8" if is_clean else encodings.guess(words, candidates=ENCODINGS[2:])
        is_clean = is_clean or _is_all(path, encoding)
    return TextFacts(encoding=encoding, is_clean=is_clean, may_have_nul=may_have_nul)


def _by_mark(start: bytes) -> str:
    """What the first bytes say: a mark, or the zeros of UTF-16 in every other place; else empty."""
    if start.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "utf-32"  # its mark begins as that of UTF-16
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if start.startswith(codecs.BOM_UTF8):
        return "utf-8"
    even, odd = start[::2].count(0), start[1::2].count(0)
    if len(start) > 3 and odd > len(start) / 4 and not even:
        return "utf-16-le"
    return "utf-16-be" if len(start) > 3 and even > len(start) / 4 and not odd else ""


def _decodes(decoder: codecs.IncrementalDecoder, data: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(data, final)
    except UnicodeDecodeError:
        return False
    return True


def _is_all(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            if not _decodes(decoder, block):
                return False
    return _decodes(decoder, b"", final=True)


def _longest_run(block: bytes, run: int) -> int:
    """The bytes after the block's last line end, which the next block's line begins with."""
    last = max(block.rfind(b"\n"), block.rfind(b"\r"))
    run = len(block) - last - 1 if last >= 0 else run + len(block)
    if run > MAX_LINE_BYTES:
        raise BadInput("It has a line of more than 16 MB, which no table has.")
    return run
