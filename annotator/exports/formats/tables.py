"""A table for people: one row per sample, one column per variable. CSV and XLSX.

Columns: id, name, split, images (file names with " | " between them), files (the names as they were sent),
metadata (JSON, where there is any), labeled_by, labeled_at, schema, sha256 (of the files as they were sent),
then the variables. Lists and objects are JSON. A spreadsheet takes a cell of a CSV that begins with = + - or
@ for a formula, so a text that does gets an apostrophe before it; XLSX says itself what is a text, and
nothing is changed there.
"""

from __future__ import annotations

import csv
import io
import json
import tempfile
from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, ClassVar

from annotator.datasets.rendering import Rendered
from annotator.datasets.training_rows import TrainingRow
from annotator.exports.archive import FIXED_TIME, Member, blocks_of
from annotator.exports.export import Export
from annotator.exports.formats.records import PICTURES, SPLITS, pretty

LABELED = ("labeled_by", "labeled_at", "schema")
FIXED = ("id", "name", "split", "images", "files", "metadata", *LABELED, "sha256")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
BETWEEN = " | "
CELL_CHARACTERS = 32_767  # the most that a cell of a spreadsheet holds
CREATED = datetime(*FIXED_TIME, tzinfo=UTC)  # of every workbook: equal data give equal bytes
SHEET_ROWS = 1_048_575  # beside the header


@dataclass
class TableExport(Export):
    """What the two kinds of table share."""

    for_people: ClassVar[bool] = True
    file_name: ClassVar[str] = ""

    def header(self) -> list[str]:
        """The columns' names. One of a variable that is taken by ours gets "variable" before it."""
        return [*FIXED, *self.columns.values()]

    @cached_property
    def columns(self) -> dict[str, str]:
        """The column's name by the variable's."""
        names = [each.name for each in self.variables]
        return {name: f"variable {name}" if name in FIXED else name for name in names}

    def rows(self, split: str) -> Iterator[list[Any]]:
        """The split's samples, a cell each: text, number, True, False or None."""
        for row, _ in self.samples(split):
            origin = self.provenance(row)
            metadata = row.sample.input_meta_data
            fixed = [
                origin["id"],
                origin["name"],
                split,
                BETWEEN.join(self.picture_names(row)),
                BETWEEN.join(file["path"] for file in origin["files"]),
                json.dumps(metadata, ensure_ascii=False) if metadata else None,
                *(origin[name] for name in LABELED),
                BETWEEN.join(file["sha256"] for file in origin["files"]),
            ]
            yield [*fixed, *(cell(row.values.get(name)) for name in self.columns)]

    def lines(self, split: str) -> Iterator[bytes]:
        """A row each as JSON, by column: for the preview."""
        for row in self.rows(split):
            record = dict(zip(self.header(), row, strict=True))
            yield (json.dumps(record, ensure_ascii=False) + "\n").encode()

    def all_rows(self) -> Iterator[list[Any]]:
        """The rows of both splits."""
        for split in SPLITS:
            yield from self.rows(split)

    @abstractmethod
    def table(self) -> Iterator[bytes]:
        """The file's bytes."""

    def members(self) -> Iterator[Member]:
        """The table, then its pictures."""
        yield self.file_name, self.table()
        yield from self.picture_members()
        yield "manifest.json", [pretty(self.manifest())]
        yield "README.md", [self.readme().encode()]

    def readme(self) -> str:
        """What the columns are."""
        counts = self.counts
        return f"""# {self.dataset.name}

`{self.file_name}` has one row for each of {counts["train"]} training and {counts["test"]} test samples.
{counts["left_out"]} were left out; `manifest.json` says which and why.

`images` are {PICTURES[self.selection.pictures]}, `files` their names as they were sent, both
with "{BETWEEN.strip()}" between them. `labeled_by` names who set the values, `labeled_at` says when the last
was set (UTC), `schema` is the version of the dataset's variables, `sha256` are the hashes
of the files that were sent. `metadata`, lists and objects are JSON. An empty cell has no value.
{self.note}"""

    note: ClassVar[str] = ""
    """What the README says besides."""


@dataclass
class CsvExport(TableExport):
    """An export as CSV: UTF-8 with a mark that spreadsheets go by, commas, dot as decimal point."""

    name: ClassVar[str] = "csv"
    label: ClassVar[str] = "CSV"
    about: ClassVar[str] = (
        "A zip with samples.csv, one row per sample and one column per variable, each image once, and a "
        "manifest that names every sample left out and why."
    )
    file_name: ClassVar[str] = "samples.csv"
    note: ClassVar[str] = """
An apostrophe stands before texts that begin with = + - or @: a spreadsheet would take them for formulas.
The file is UTF-8, with commas, and a dot as decimal point.
"""

    def table(self) -> Iterator[bytes]:
        """Line by line."""
        buffer = io.StringIO(newline="")
        writer = csv.writer(buffer)
        yield b"\xef\xbb\xbf"
        writer.writerow([harmless(name) for name in self.header()])
        for row in self.all_rows():
            writer.writerow([harmless(value) for value in row])
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
        yield buffer.getvalue().encode()


@dataclass
class XlsxExport(TableExport):
    """An export as an Excel workbook with one sheet."""

    name: ClassVar[str] = "xlsx"
    label: ClassVar[str] = "Excel"
    about: ClassVar[str] = (
        "A zip with samples.xlsx, one row per sample and one column per variable, each image once, and a "
        "manifest that names every sample left out and why."
    )
    file_name: ClassVar[str] = "samples.xlsx"

    def refusal(self, row: TrainingRow, rendered: Rendered) -> str:
        """What a sheet can't hold."""
        if sum(self.counts[split] for split in SPLITS) >= SHEET_ROWS:
            return f"a sheet holds at most {SHEET_ROWS:,} rows"
        for name, value in row.values.items():
            if isinstance(text := cell(value), str) and len(text) > CELL_CHARACTERS:
                return (
                    f"{name} is longer than {CELL_CHARACTERS:,} characters, the most a cell holds"
                )
        return ""

    def table(self) -> Iterator[bytes]:
        """Written to a temporary file row by row: memory does not grow with it."""
        # It costs 7 MB of memory, so only who writes a workbook loads it.
        from xlsxwriter import Workbook

        with tempfile.TemporaryFile() as file:
            options = {"constant_memory": True, "strings_to_formulas": False}
            with Workbook(file, options) as book:
                book.set_properties({"created": CREATED})
                sheet = book.add_worksheet("Samples")
                sheet.freeze_panes(1, 0)
                bold = book.add_format({"bold": True})
                for column, name in enumerate(self.header()):
                    sheet.write_string(0, column, name, bold)
                for number, row in enumerate(self.all_rows(), start=1):
                    for column, value in enumerate(row):
                        write_cell(sheet, number, column, value)
            file.seek(0)
            yield from blocks_of(file)


def cell(value: Any) -> Any:
    """A value as a cell: lists and objects as JSON, the rest as it is."""
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    return value


def harmless(value: Any) -> Any:
    """A cell of a CSV: no text that a spreadsheet would calculate."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return f"'{value}"
    return value


def write_cell(sheet: Any, row: int, column: int, value: Any) -> None:
    """Write one cell of a workbook by its kind."""
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, int) and abs(value) >= 10**15:
        sheet.write_string(row, column, str(value))  # a number keeps 15 digits there
    elif isinstance(value, int | float):
        sheet.write_number(row, column, value)
    elif value is not None:
        sheet.write_string(row, column, value)
