"""Tables of text: CSV, TSV and what spreadsheets save under these names."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import ClassVar

from annotator.errors import BadInput
from annotator.imports.formats import text_files
from annotator.imports.formats.bounds import MAX_CELL_CHARACTERS
from annotator.imports.formats.headers import (
    HEADER_ROWS,
    Numbered,
    column_names,
    header_choices,
    header_place,
    title_notes,
    width_problem,
)
from annotator.imports.formats.records import Column, Reading, ReadingChoices, Record, Source
from annotator.imports.formats.scanning import Scan
from annotator.imports.formats.texts import DECIMALS, ORDERS, iso_date
from annotator.imports.formats.wrong_kinds import wrong_kind

csv.field_size_limit(MAX_CELL_CHARACTERS)

DELIMITERS = (",", ";", "\t", "|")
STATED = re.compile(r'"?sep=(.)"?[\r\n]*')  # the first line, as Excel obeys it
SAMPLE_CHARACTERS = 300_000
SAMPLE_ROWS = 300
SAMPLE_BYTES = 32_768  # to recognise a file
ENDINGS = (".csv", ".tsv", ".tab", ".txt")

UNCLOSED = "a quotation mark in it is never closed, so the rest of the file was read as one cell"

Row = tuple[int, int, list[str]]  # its number, the line it begins on, its cells


class DelimitedText(Source):
    """A table of text. All cells are texts as they stand, but those of columns of dates are ISO 8601."""

    name: ClassVar[str] = "csv"
    label: ClassVar[str] = "CSV or TSV"

    def __init__(self, path: Path, *, reading: Reading | None = None) -> None:
        super().__init__(path, reading=reading)
        self.facts = text_files.facts_of(path, encoding=self.reading.encoding)
        start = self._start()
        stated = STATED.fullmatch(start.split("\n", 1)[0])
        self._skips_a_line = stated is not None
        if stated:
            start = start.partition("\n")[2]
        delimiter = self.reading.delimiter or (
            stated[1] if stated else likely_delimiter(start, self.reading.header_row)
        )
        if len(delimiter) != 1 or delimiter in '"\r\n':
            raise BadInput("Give one character as separator.")
        self.reading = replace(
            self.reading, encoding=self.facts.encoding, delimiter=delimiter, sheet=""
        )
        self._find_header()
        self._unclosed = 0  # the number of the last row, if its quotation mark is never closed
        self._scan()
        self.names = column_names(self.header, self._table.filled)
        dates = self._table.date_columns(self.reading.date_order)
        self._dates = {name for place, name in self.names if place in dates}

    def _find_header(self) -> None:
        """Among the first rows in which anything stands."""
        self._first: list[Numbered] = []
        try:
            rows = ((number, row) for number, _, row in self._rows() if is_filled(row))
            for row in islice(rows, HEADER_ROWS):
                self._first.append(row)
        except BrokenRow as error:  # of a row behind the header it becomes a record
            if not self._first:
                raise BadInput(f"{self.path.name}, row {error.number}: {error}.") from None
        if not self._first:
            raise BadInput(
                f"{self.path.name} is empty: a table begins with the names of its columns."
            )
        self._place = header_place(self._first, self.reading.header_row)
        self._header_row, header = self._first[self._place]
        self.header = list(header)
        self.reading = replace(self.reading, header_row=str(self._header_row))

    def _scan(self) -> None:
        """Look through the whole file for how numbers and dates are written, and for its last row."""
        self._table = Scan(len(self.header))
        with suppress(BrokenRow):  # it becomes a record
            self._table.read(row for _, _, row in self._data_rows())
        self.reading = replace(
            self.reading,
            decimal=self.reading.decimal or self._table.decimal(self.reading.delimiter),
            date_order=self.reading.date_order or self._table.date_order(),
        )

    @classmethod
    def recognises(cls, path: Path) -> bool:
        """By the name's ending; what begins as JSON, XML or a binary file is none, and prose is none."""
        if not path.is_file() or path.suffix.lower() not in ENDINGS:
            return False
        with path.open("rb") as file:
            start = file.read(SAMPLE_BYTES).lstrip(b"\xef\xbb\xbf \t\r\n")
        if path.suffix.lower() == ".txt" and not is_table(start):
            return False
        others = (b"{", b"[{", b"<?xml", b"<annotations", b"PK\x03")
        return not (start.startswith(others) or wrong_kind(path))

    def columns(self) -> list[Column]:
        """Those with a header or any value."""
        return [Column(name=name) for _, name in self.names]

    def records(self) -> Iterator[Record]:
        """Each row that isn't blank."""
        must_look = self.facts.may_have_nul or not self.facts.is_clean
        try:
            for number, line, row in self._data_rows():
                problem = width_problem(row, self.header)
                cells = {name: row[n] for n, name in self.names if n < len(row) and row[n]}
                for name in self._dates & cells.keys():
                    cells[name] = iso_date(cells[name], self.reading.date_order)
                if must_look and not problem:
                    problem = self._damage(cells)
                if number == self._unclosed:
                    problem = UNCLOSED
                yield Record(number=number, line=line, cells=cells, problem=problem)
        except BrokenRow as error:
            yield Record(number=error.number, line=error.line, problem=str(error))

    def reading_choices(self) -> ReadingChoices:
        """All that can be said of a table of text."""
        return {
            "header_row": header_choices(self._first),
            "encoding": list(text_files.ENCODINGS),
            "delimiter": list(DELIMITERS),
            "decimal": [*DECIMALS],
            "date_order": [*ORDERS],
        }

    def notes(self) -> list[str]:
        """What has to be asked, and a guessed encoding."""
        notes = title_notes(self._first, self._place)
        notes += self._table.questions(self.reading.decimal, self.reading.date_order)
        if not self.facts.is_clean:
            notes.append(f"The file isn't all {self.facts.encoding}: choose its encoding.")
        elif self.facts.encoding not in ("utf-8", "utf-16", "utf-32"):
            notes.append(f"It is read as {self.facts.encoding}: check letters with accents.")
        return notes

    def _data_rows(self) -> Iterator[Row]:
        """The rows behind the header that aren't blank. Raises BrokenRow as `_rows` does."""
        number, line = 0, 0
        for number, line, row in self._rows():
            if number > self._header_row and any(row):
                yield number, line, row
        self._unclosed = number if self._is_unclosed(line) else 0

    def _is_unclosed(self, line: int) -> bool:
        """Whether the last row, which begins on this line, has a quotation mark without its partner."""
        with self._open() as file:
            marks = [text.count('"') for text in islice(file, max(0, line - 1), None)]
        return len(marks) > 1 and sum(marks) % 2 == 1

    def _damage(self, cells: dict[str, str]) -> str:
        for name, cell in cells.items():
            if "\0" in cell:
                return f"{name} holds a NUL character; remove it from the file"
            if "\ufffd" in cell and not self.facts.is_clean:
                return f"{name} isn't written in {self.facts.encoding}; choose the file's encoding"
        return ""

    def _open(self) -> io.TextIOWrapper:
        return self.path.open(encoding=self.facts.codec, errors="replace", newline="")

    def _start(self) -> str:
        """Whole lines from the file's beginning."""
        with self._open() as file:
            start = file.read(SAMPLE_CHARACTERS)
            return start + file.readline()

    def _rows(self) -> Iterator[Row]:
        """All rows, blank ones too. Raises BrokenRow where the rest can't be read."""
        number = begins_on = 0
        with self._open() as file:
            skipped = 1 if self._skips_a_line and file.readline() else 0
            reader = csv.reader(file, delimiter=self.reading.delimiter)
            try:
                for row in reader:
                    number += 1
                    line = skipped + begins_on + 1
                    begins_on = reader.line_num
                    yield number, line, row
            except csv.Error as error:
                raise BrokenRow(number + 1, skipped + begins_on + 1, str(error)) from None


class BrokenRow(Exception):
    """A row from which on a table can't be read."""

    def __init__(self, number: int, line: int, reason: str) -> None:
        if "field limit" in reason:
            reason = f"a cell has more than {MAX_CELL_CHARACTERS:,} characters"
        super().__init__(f"{reason}; is a quotation mark never closed? Nothing after it is read")
        self.number = number
        self.line = line


def is_filled(row: list[str]) -> bool:
    """Whether anything stands in it."""
    return any(cell.strip() for cell in row)


def likely_delimiter(start: str, header_row: str = "") -> str:
    """The separator by which most rows have as many cells as the header, whose number may be known; a comma
    for one column.
    """
    best, best_score = ",", (0.0, 0)
    for delimiter in DELIMITERS:
        reader = csv.reader(io.StringIO(start, newline=""), delimiter=delimiter)
        try:
            numbered = enumerate(islice(reader, SAMPLE_ROWS), 1)
            rows = [(number, row) for number, row in numbered if is_filled(row)]
            place = header_place(rows[:HEADER_ROWS], header_row)
        except (csv.Error, BadInput):
            continue
        widths = [len(row) for _, row in rows[place:]]
        if not widths or widths[0] < 2:
            continue
        # A header without the cells of the others is written with another separator.
        score = (Counter(widths)[widths[0]] / len(widths), widths[0])
        if score > best_score:
            best, best_score = delimiter, score
    return best


def is_table(start: bytes) -> bool:
    """Whether all whole lines of a beginning have as many cells, at least two, and there are several."""
    text = start.replace(b"\0", b"").decode("latin-1").rpartition("\n")[0]
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=likely_delimiter(text))
    try:
        widths = {len(row) for row in rows if any(row)}
    except csv.Error:
        return False
    return len(widths) == 1 and min(widths) > 1 and text.count("\n") > 0
