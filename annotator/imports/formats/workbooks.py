"""What a workbook holds besides the cells: its sheets, texts and number formats, merged cells, formulas.

Source: ECMA-376, part 1, 18 (SpreadsheetML).
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from annotator.errors import BadInput
from annotator.imports.archives import guarded
from annotator.imports.formats.bounds import BLOCK_BYTES
from annotator.imports.formats.xml_stream import Element, local_name, xml_events

MAX_PART_BYTES = 2_000_000_000  # a full sheet with twenty columns
MAX_OTHER_BYTES = 300_000_000  # all texts of a workbook are held in memory, each once
MAX_RATIO = 200  # of unpacked to packed bytes; sheets have up to 30
KEPT_BYTES = 200  # of a block, so that no tag is cut
MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]*?ref=\"([A-Z]+)(\d+):([A-Z]+)(\d+)\"")
UNCALCULATED = re.compile(
    rb"(?:</(?:\w+:)?f>|<(?:\w+:)?f(?:\s[^>]*)?/>)(?:<v\s*/>|<v></v>)?</(?:\w+:)?c>"
)
ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
MAX_MERGED = 100_000
# What a damaged, encrypted or unknown sort of zip raises. RuntimeError: a password is needed.
DAMAGES = (
    *(zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError),
    *(ValueError, LookupError, OverflowError),
)

Merged = tuple[int, int, int, int]  # first row, first column, last row, last column; counted from 1


# Formats of dates that have no text of their own: 18.8.30.
DATE_FORMATS = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
# Not of a date: texts in quotes, what a backslash precedes, and [Red] or [>5]; [h] is.
NO_DATE = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
ZEROS = re.compile(r"0{2,20}")  # a format that only pads with zeros: 000042


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A sheet: its name on the tab and its part of the archive."""

    title: str
    part: str
    is_hidden: bool


@dataclass
class Book:
    """What all sheets share. Styles are by number; `padded` says to how many digits."""

    sheets: list[Sheet] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    dates: set[int] = field(default_factory=set)
    padded: dict[int, int] = field(default_factory=dict)
    counts_from_1904: bool = False


@dataclass
class PartFacts:
    """What a sheet's XML says besides its cells."""

    merged: list[Merged] = field(default_factory=list)
    uncalculated: int = 0  # formulas without a result

    def take(self, text: bytes, *, is_last: bool = False) -> bytes:
        """Look at a part of the XML; what has to be looked at again with the next part."""
        whole = len(text) if is_last else len(text) - KEPT_BYTES
        for match in MERGED.finditer(text):
            if match.start() < whole and len(self.merged) < MAX_MERGED:
                self.merged.append(_range_of(match))
        self.uncalculated += sum(each.start() < whole for each in UNCALCULATED.finditer(text))
        return text[max(0, whole) :]


@contextmanager
def unzipped(path: Path) -> Iterator[zipfile.ZipFile]:
    """The archive that a workbook is. Raises BadInput when it has far too many parts, or one of DAMAGES."""
    with path.open("rb") as file:
        try:
            archive = guarded(file)
        except BadInput:
            raise BadInput(f"{path.name} has too many parts: save it as .xlsx again.") from None
        with archive:
            yield archive


def check_parts(path: Path) -> None:
    """Raises BadInput for a workbook whose parts are too large, or a file that is none."""
    try:
        with unzipped(path) as archive:
            for info in archive.infolist():
                if info.filename.endswith((".xml", ".rels")):
                    _check_part(archive, info)
    except DAMAGES:
        raise BadInput(f"{path.name} is no readable workbook: save it as .xlsx again.") from None


def _check_part(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> None:
    limit = MAX_PART_BYTES if "worksheets/" in info.filename else MAX_OTHER_BYTES
    ratio = info.file_size / max(1, info.compress_size)
    if info.file_size > limit or (info.file_size > 50_000_000 and ratio > MAX_RATIO):
        raise BadInput(f"{info.filename} of the workbook is too large to be a table.")


def facts_of_part(path: Path, part_name: str) -> PartFacts:
    """Look through a sheet's XML once, up to where it's damaged. `part_name` is its name in the archive."""
    facts = PartFacts()
    rest = b""
    with suppress(*DAMAGES), unzipped(path) as archive, archive.open(part_name) as part:
        while block := part.read(BLOCK_BYTES):
            rest = facts.take(rest + block)
    facts.take(rest, is_last=True)
    return facts


def _range_of(match: re.Match[bytes]) -> Merged:
    first, top, last, bottom = match.groups()
    return int(top), column_number(first.decode()), int(bottom), column_number(last.decode())


def column_number(letters: str) -> int:
    """A is 1, AA is 27."""
    number = 0
    for letter in letters[:3]:
        number = number * 26 + ord(letter) - 64
    return number


def read_book(path: Path) -> Book:
    """The sheets, texts and formats of a workbook. Raises BadInput for one that can't be read."""
    book = Book()
    try:
        with unzipped(path) as archive:
            parts = set(archive.namelist())
            for read, part in ((_read_sheets, "xl/workbook.xml"), (_read_texts, SHARED_STRINGS)):
                if part in parts or part != SHARED_STRINGS:
                    read(book, archive, part)
            if "xl/styles.xml" in parts:
                _read_styles(book, archive)
            book.sheets = [sheet for sheet in book.sheets if sheet.part in parts]
    except DAMAGES:
        raise BadInput(f"{path.name} is no readable workbook: save it as .xlsx again.") from None
    if not book.sheets:
        raise BadInput(f"{path.name} has no sheet.")
    return book


SHARED_STRINGS = "xl/sharedStrings.xml"


def _elements(archive: zipfile.ZipFile, part: str) -> Iterator[Element]:
    """The elements of a part as they end."""
    with archive.open(part) as file:
        yield from (element for event, element in xml_events(file) if event == "end")


def _read_sheets(book: Book, archive: zipfile.ZipFile, part: str) -> None:
    targets = {
        each.get("Id"): each.get("Target", "")
        for each in _elements(archive, "xl/_rels/workbook.xml.rels")
    }
    for each in _elements(archive, part):
        if local_name(each) == "workbookPr":
            book.counts_from_1904 = each.get("date1904") in ("1", "true")
        if local_name(each) != "sheet":
            continue
        relation = next((v for k, v in each.items() if k.endswith("}id")), None)
        target = targets.get(relation, "")
        name = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        hidden = each.get("state", "visible") != "visible"
        book.sheets.append(Sheet(title=each.get("name", ""), part=name, is_hidden=hidden))


def _read_texts(book: Book, archive: zipfile.ZipFile, part: str) -> None:
    for each in _elements(archive, part):
        if local_name(each) == "si":
            book.texts.append(text_of(each))
            each.clear()


def text_of(element: Element) -> str:
    """The text of an item, with its runs joined and without the readings of Japanese characters."""
    parts = []
    for each in element:
        name = local_name(each)
        if name == "t":
            parts.append(each.text or "")
        elif name == "r":
            parts += [run.text or "" for run in each if local_name(run) == "t"]
    return unescaped("".join(parts))


def unescaped(text: str) -> str:
    """The text without Excel's escapes of control characters: _x000D_."""
    return ESCAPED.sub(lambda match: chr(int(match[1], 16)), text) if "_x" in text else text


def _read_styles(book: Book, archive: zipfile.ZipFile) -> None:
    codes: dict[int, str] = {}
    for each in _elements(archive, "xl/styles.xml"):
        if local_name(each) == "numFmt":
            codes[int(each.get("numFmtId", 0))] = each.get("formatCode", "")
        if local_name(each) == "cellXfs":
            for style, part in enumerate(each):
                number = int(part.get("numFmtId", 0))
                code = codes.get(number, "")
                if number in DATE_FORMATS or re.search("[dmyhs]", NO_DATE.sub("", code), re.I):
                    book.dates.add(style)
                elif ZEROS.fullmatch(code):
                    book.padded[style] = len(code)
