"""The rows of a workbook's sheet, cell by cell, as JSON has them.

The parser calls back for each element: this is faster than to build a tree of each row, and a sheet has
hundreds of thousands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from xml.parsers import expat

from annotator.errors import BadInput
from annotator.imports.formats.bounds import (
    MAX_CELL_CHARACTERS,
    MAX_COLUMNS,
    MAX_DEPTH,
    MAX_VALUE_BYTES,
)
from annotator.imports.formats.workbooks import (
    DAMAGES,
    Book,
    Sheet,
    column_number,
    unescaped,
    unzipped,
)
from annotator.imports.formats.xml_stream import BLOCK_BYTES
from annotator.imports.json_values import json_value

LONGEST_NUMBER = 10**15  # Excel keeps 15 digits
MAX_ROW_NUMBER = 2**31 - 1  # Excel has 2**20
NO_DATE = "#####"  # what Excel shows for a number that is no date
READ = {"row", "c", "v", "is", "t", "rPh"}  # elements that matter
Row = list[Any]


def sheet_rows(path: Path, book: Book, sheet: Sheet) -> Iterator[tuple[int, Row]]:
    """The number and cells of each row that has any; None in place of empty cells.

    Formulas count with the result that was saved. Raises BadInput from where the sheet can't be read.
    """
    rows = RowParser(CellReader(book))
    try:
        with unzipped(path) as archive, archive.open(sheet.part) as file:
            while block := file.read(BLOCK_BYTES):
                yield from rows.feed(block)
            yield from rows.feed(b"", is_last=True)
    except (*DAMAGES, expat.ExpatError):
        yield from rows.taken()
        raise BadInput(f"The sheet is damaged after row {rows.number:,}") from None


class RowParser:
    """Collects rows as the XML of a sheet is fed to it."""

    def __init__(self, reader: CellReader) -> None:
        self.reader = reader
        self.rows: list[tuple[int, Row]] = []
        self.number = self.depth = self.fed = 0
        self.cells: Row = []
        self.place = -1
        self.cell: dict[str, str] = {}
        self.value: str | None = None
        self.inline: list[str] = []
        self.parts: list[str] | None = None  # of the text that is read at the moment
        self.is_reading = False  # of Japanese characters, which is no part of the text
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.text
        self.parser.StartDoctypeDeclHandler = refuse_document_type

    def feed(self, block: bytes, *, is_last: bool = False) -> list[tuple[int, Row]]:
        """The rows that end in the block. Raises ValueError, ExpatError or BadInput."""
        self.parser.Parse(block, is_last)
        self.fed += len(block)
        if self.fed - self.parser.CurrentByteIndex > MAX_VALUE_BYTES:
            raise ValueError("an endless element")
        return self.taken()

    def taken(self) -> list[tuple[int, Row]]:
        """The rows collected since the last call."""
        rows, self.rows = self.rows, []
        return rows

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise ValueError("too deep")
        if name not in READ:
            name = name.rpartition(":")[2]
        if name == "c":
            self.cell, self.value, self.inline = attributes, None, []
        elif name == "v" or (name == "t" and not self.is_reading):
            self.parts = []
        elif name == "row":
            number = int(attributes.get("r") or self.number + 1)
            if not 0 < number <= MAX_ROW_NUMBER:
                raise ValueError("no row of a sheet")
            self.number = number
            self.cells, self.place = [], -1
        elif name == "rPh":
            self.is_reading = True

    def text(self, text: str) -> None:
        """Text of an element, maybe a part of it."""
        if self.parts is not None:
            self.parts.append(text)
            if len(self.parts) > 1 and sum(map(len, self.parts)) > MAX_CELL_CHARACTERS:
                raise ValueError("an endless cell")

    def end(self, name: str) -> None:
        """An element ends."""
        self.depth -= 1
        if name not in READ:
            name = name.rpartition(":")[2]
        if name == "v":
            self.value, self.parts = "".join(self.parts or ()), None
        elif name == "c":
            self._end_cell()
        elif name == "row" and self.cells:
            self.rows.append((self.number, self.cells))
            self.cells = []
        elif name == "t" and self.parts is not None:
            self.inline += self.parts
            self.parts = None
        elif name == "rPh":
            self.is_reading = False

    def _end_cell(self) -> None:
        address = self.cell.get("r")
        self.place = self.reader.place(address, self.place + 1)
        if self.cell.get("t") == "inlineStr":
            value = blank(unescaped("".join(self.inline)))
        elif self.value:
            value = self.reader.value(self.cell, self.value)
        else:
            return
        if value is None:
            return
        if self.place >= 2 * MAX_COLUMNS:
            raise ValueError("too many columns")
        if self.place > len(self.cells):
            self.cells += [None] * (self.place - len(self.cells))
        self.cells.append(value)


def refuse_document_type(*_: Any) -> None:
    """A sheet has none; with it come entities."""
    raise BadInput("The sheet declares a document type, which no table does")


class CellReader:
    """Reads the cells of a workbook's rows."""

    def __init__(self, book: Book) -> None:
        self.book = book
        # Excel counts a 29 February 1900, which never was.
        start = "1904-01-01" if book.counts_from_1904 else "1899-12-30"
        self.epoch = datetime.fromisoformat(start)
        self.readers: dict[str, Callable[[str], Any]] = {
            "s": lambda text: blank(book.texts[int(text)]),
            "b": lambda text: text == "1",
            "e": lambda text: text,
            "str": lambda text: blank(unescaped(text)),
            "d": lambda text: text,
        }
        self.places: dict[str, int] = {}

    def place(self, address: str | None, following: int) -> int:
        """The column of an address, from 0; the next one where there is none."""
        if address is None:
            return following
        letters = address.rstrip("0123456789")
        place = self.places.get(letters)
        if place is None:
            place = self.places[letters] = column_number(letters) - 1
        if place < following:
            raise ValueError("cells out of order")
        return place

    def value(self, cell: dict[str, str], text: str) -> Any:
        """The value of a cell by its attributes."""
        reader = self.readers.get(cell.get("t", "n"))
        return reader(text) if reader else self._number(text, int(cell.get("s", 0)))

    def _number(self, text: str, style: int) -> Any:
        """An integer or float, a date as ISO 8601, or the text of a number that is padded with zeros."""
        number = float(text)
        if style in self.book.dates:
            return self._date(number)
        if number.is_integer() and abs(number) < LONGEST_NUMBER:
            whole = int(number)
            digits = self.book.padded.get(style)
            return str(whole).zfill(digits) if digits and whole >= 0 else whole
        return int(text) if text.lstrip("-").isdigit() else number

    def _date(self, days: float) -> str:
        try:
            moment = self.epoch + timedelta(days=days)
        except (OverflowError, ValueError):  # before the year 1, after 9999, or no number
            return NO_DATE
        moment = (moment + timedelta(microseconds=500_000)).replace(microsecond=0)
        return str(moment.time()) if 0 <= days < 1 else str(json_value(moment))


def blank(text: str) -> str | None:
    """The text; None when nothing is seen of it."""
    return text if text.strip() else None
