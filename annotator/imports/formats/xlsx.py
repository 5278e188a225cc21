"""Excel workbooks: one sheet, row by row."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar

from annotator.errors import BadInput
from annotator.imports.formats.bounds import row_problem
from annotator.imports.formats.headers import (
    HEADER_ROWS,
    column_names,
    header_choices,
    header_place,
    title_notes,
)
from annotator.imports.formats.records import Column, Reading, ReadingChoices, Record, Source
from annotator.imports.formats.sheets import NO_DATE, Row, sheet_rows
from annotator.imports.formats.workbooks import Merged, check_parts, facts_of_part, read_book


class Workbook(Source):
    """A sheet of a workbook. Formulas count with the result that was saved; dates are ISO 8601."""

    name: ClassVar[str] = "xlsx"
    label: ClassVar[str] = "Excel"

    def __init__(self, path: Path, *, reading: Reading | None = None) -> None:
        super().__init__(path, reading=reading)
        check_parts(path)
        self.book = read_book(path)
        self.sheets = [each.title for each in self.book.sheets if not each.is_hidden]
        self.hidden = [each.title for each in self.book.sheets if each.is_hidden]
        title = self.reading.sheet or [*self.sheets, *self.hidden][0]
        if title not in (*self.sheets, *self.hidden):
            names = ", ".join([*self.sheets, *self.hidden])
            raise BadInput(f"There is no sheet “{title}”. Its sheets: {names}.")
        self._sheet = next(each for each in self.book.sheets if each.title == title)
        self.facts = facts_of_part(path, self._sheet.part)
        self._find_header()
        number = str(self._first[self._place][0])
        self.reading = Reading(sheet=title, decimal=".", date_order="ymd", header_row=number)
        self.names = column_names(self.header, self._filled())

    @classmethod
    def recognises(cls, path: Path) -> bool:
        """By the name's ending and the first bytes of a zip."""
        if not path.is_file() or path.suffix.lower() not in (".xlsx", ".xlsm"):
            return False
        with path.open("rb") as file:
            return file.read(2) == b"PK"

    def columns(self) -> list[Column]:
        """Those with a header or any value."""
        return [Column(name=name) for _, name in self.names]

    def records(self) -> Iterator[Record]:
        """Each row below the header in which anything stands."""
        number = self.header_row
        try:
            for number, row in self._rows():
                if number > self.header_row:
                    yield self._record(number, row)
        except BadInput as error:
            yield Record(number=number + 1, problem=f"{error}; nothing after it is read")

    def _record(self, number: int, row: Row) -> Record:
        cells = {name: row[n] for n, name in self.names if n < len(row) and row[n] is not None}
        beyond = [value for value in row[len(self.header) :] if value is not None]
        problem = "a cell has a value right of the header" if beyond else _problem(cells)
        return Record(number=number, cells=cells, problem=problem)

    def reading_choices(self) -> ReadingChoices:
        """The sheets, hidden ones last, and the rows that may be the header."""
        return {
            "header_row": header_choices(self._first),
            "sheet": [*self.sheets, *self.hidden],
        }

    def notes(self) -> list[str]:
        """Other sheets, formulas without a result, merged cells."""
        notes = title_notes(self._first, self._place)
        if len(self.sheets) > 1:
            others = ", ".join(title for title in self.sheets if title != self.reading.sheet)
            notes.append(f"Only the sheet “{self.reading.sheet}” is read. Others: {others}.")
        if self.hidden:
            notes.append(f"Hidden sheets: {', '.join(self.hidden)}.")
        if self.facts.uncalculated:
            notes.append(
                f"{self.facts.uncalculated:,} formulas have no result: open and save it in Excel once."
            )
        if any(top > self.header_row for top, *_ in self.facts.merged):
            notes.append("Of merged cells below the header only the first one has a value.")
        return notes

    def _rows(self) -> Iterator[tuple[int, Row]]:
        return sheet_rows(self.path, self.book, self._sheet)

    def _find_header(self) -> None:
        """The header: its last row's number and the joined names. Rows merged into one cell are titles."""
        self._first: list[tuple[int, Row]] = []
        try:
            for each in islice(self._rows(), HEADER_ROWS):
                self._first.append(each)
        except BadInput:  # of a row behind the header it becomes a record
            if not self._first:
                raise
        if not self._first:
            raise BadInput(f"The sheet “{self._sheet.title}” is empty.")
        chosen = self.reading.header_row
        titles = 0 if chosen else self._merged_titles()
        self._place = titles + header_place(self._first[titles:], chosen)
        (number, row), *below = self._first[self._place :]
        across = [each for each in self.facts.merged if each[0] == number and each[3] > each[1]]
        self.header_row = number
        self.header = [_name(cell) for cell in row]
        if across and below:
            self._join(across, below[0])

    def _merged_titles(self) -> int:
        """How many rows at the top are merged into one cell; the last row is none."""
        titles = 0
        for number, row in self._first[:-1]:
            if len(_filled(row)) > 1 or not self._is_title(number):
                break
            titles += 1
        return titles

    def _is_title(self, number: int) -> bool:
        return any(top == number and right > left for top, left, _, right in self.facts.merged)

    def _join(self, across: list[Merged], second: tuple[int, Row]) -> None:
        """Fill merged names to the right and join both rows: "size / w"."""
        number, below = second
        upper = self.header + [""] * (len(below) - len(self.header))
        for _, left, _, right in across:
            for place in range(left - 1, min(right, len(upper))):
                upper[place] = upper[left - 1]
        lower = [_name(cell) for cell in below] + [""] * (len(upper) - len(below))
        self.header = [" / ".join(filter(None, pair)) for pair in zip(upper, lower, strict=True)]
        self.header_row = number

    def _filled(self) -> set[int]:
        """Places of columns without a name in which something stands."""
        nameless = {n for n, name in enumerate(self.header) if not name.strip()}
        filled: set[int] = set()
        with suppress(BadInput):
            for number, row in self._rows() if nameless else ():
                if number > self.header_row:
                    filled |= {n for n in nameless - filled if n < len(row) and row[n] is not None}
        return filled


def _filled(row: Row) -> list[int]:
    return [n for n, value in enumerate(row) if value is not None]


def _name(value: Any) -> str:
    return "" if value is None else str(value)


def _problem(cells: dict[str, Any]) -> str:
    """Why a row can't be used: an error of the spreadsheet, a NUL character."""
    for name, value in cells.items():
        if isinstance(value, str) and value in ERRORS:
            return f"{name} is the spreadsheet's error {value}: correct the cell"
    return row_problem(cells)


ERRORS = {NO_DATE, "#N/A", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!"}
