"""What our own exports write: tables for people, JSONL of values, WebDataset.

The other formats of ours are those of their tools and read by their readers.
"""

from __future__ import annotations

import tarfile
from abc import abstractmethod
from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar

from annotator.errors import BadInput
from annotator.imports.formats.bounds import MAX_VALUE_BYTES, row_problem
from annotator.imports.formats.delimited import DelimitedText
from annotator.imports.formats.json_files import JSON_ENDINGS, JsonLines, line_record
from annotator.imports.formats.json_stream import first_object, json_of
from annotator.imports.formats.pictures import reference_of
from annotator.imports.formats.records import (
    Column,
    ImageReference,
    Reading,
    ReadingChoices,
    Record,
    Role,
    Source,
)
from annotator.imports.formats.splits import split_in
from annotator.imports.formats.xlsx import Workbook

FIXED = {
    "id": Role.EXTERNAL_ID,
    "name": Role.NAME,
    "split": Role.SPLIT,
    "images": Role.IMAGES,
    "files": Role.IGNORED,
    "metadata": Role.METADATA,
}
LABELED = dict.fromkeys(  # who, when, by which schema, and the hashes of what was sent
    ("labeled_by", "labeled_at", "schema", "sha256"), Role.IGNORED
)
OURS = FIXED | LABELED
TELLING = {"id", "files", "images", "values", "metadata", "answer"}  # of a line of values
BETWEEN = " | "
TAKEN = "variable "  # before the name of a variable that is called as one of ours
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
MAX_FILES = 10_000


class OwnTable(Source):
    """samples.csv or samples.xlsx: our columns, then a column per variable."""

    name: ClassVar[str] = "annotator-table"
    label: ClassVar[str] = "Annotator: table"

    def __init__(self, path: Path, *, reading: Reading | None = None) -> None:
        super().__init__(path, reading=reading)
        self.is_text = DelimitedText.recognises(path)
        self.table = (DelimitedText if self.is_text else Workbook)(path, reading=reading)
        self.reading = self.table.reading

    @classmethod
    def recognises(cls, path: Path) -> bool:
        """By the name that the export gives it, and its first columns."""
        if path.name not in ("samples.csv", "samples.xlsx") or not path.is_file():
            return False
        try:
            columns = cls(path).table.columns()
        except BadInput:
            return False
        return [column.name for column in columns[: len(FIXED)]] == list(FIXED)

    def columns(self) -> list[Column]:
        """Ours, then the variables."""
        return [
            Column(name=column.name, role=OURS[column.name])
            if column.name in OURS
            else Column(
                name=column.name, role=Role.VARIABLE, variable=column.name.removeprefix(TAKEN)
            )
            for column in self.table.columns()
        ]

    def records(self) -> Iterator[Record]:
        """The table's rows; a text that was kept from being a formula as it was."""
        for record in self.table.records():
            try:
                record.cells = {key: self._cell(key, cell) for key, cell in record.cells.items()}
            except BadInput as error:
                record.problem = record.problem or str(error)
            yield record

    def _cell(self, name: str, cell: Any) -> Any:
        if (
            self.is_text
            and isinstance(cell, str)
            and cell.startswith("'")
            and cell[1:].startswith(FORMULA_STARTS)
        ):
            cell = cell[1:]
        if name == "images":
            return [reference_of(part) for part in str(cell).split(BETWEEN)]
        return metadata_of(str(cell)) if name == "metadata" else cell

    def reading_choices(self) -> ReadingChoices:
        """Those of the table."""
        return self.table.reading_choices()

    def notes(self) -> list[str]:
        """Those of the table."""
        return self.table.notes()


def metadata_of(cell: str) -> Any:
    """The metadata that our own tables hold as text. Raises BadInput for what is no JSON."""
    try:
        return json_of(cell or "{}")
    except BadInput as error:
        raise BadInput(f"metadata: {error}") from None


class OwnRecords(Source):
    """Records with `values` by variable."""

    @abstractmethod
    def rows(self) -> Iterator[tuple[Record, str, dict[str, bytes]]]:
        """Each record, its split, and pictures that come with it by name."""

    @cached_property
    def variables(self) -> dict[str, str]:
        """The column's name by the variable's, of all rows."""
        names: dict[str, None] = {}
        for record, _, _ in self.rows():
            names |= dict.fromkeys(values_in(record))
        return {name: TAKEN + name if name in OURS else name for name in names}

    def columns(self) -> list[Column]:
        """Ours, then the variables."""
        columns = [Column(name=name, role=role) for name, role in OURS.items()]
        return columns + [
            Column(name=column, role=Role.VARIABLE, variable="" if column == name else name)
            for name, column in self.variables.items()
        ]

    def records(self) -> Iterator[Record]:
        """The records' values as cells. An empty list or text is a value."""
        for record, split, pictures in self.rows():
            row = record.cells
            fixed = {key: row.get(key) for key in OURS}
            try:
                fixed |= {"split": split, "images": self._pictures(row, pictures)}
            except (BadInput, KeyError) as error:
                record.problem = record.problem or f"a picture is missing: {error}"
            values = {self.variables[key]: value for key, value in values_in(record).items()}
            record.cells = {k: v for k, v in fixed.items() if v not in (None, "", [])} | values
            record.problem = record.problem or row_problem(record.cells)
            yield record

    def _pictures(self, row: dict[str, Any], given: dict[str, bytes]) -> list[ImageReference]:
        listed = row.get("images")
        names = [str(name) for name in listed] if isinstance(listed, list) else []
        if not given:
            return [reference_of(name) for name in names]
        return [ImageReference(path=name, data=given[name]) for name in names]


class OwnValues(OwnRecords):
    """train.jsonl and test.jsonl of the format “JSONL of values”, or one of them."""

    name: ClassVar[str] = "annotator-values"
    label: ClassVar[str] = "Annotator: JSONL of values"

    @classmethod
    def recognises(cls, path: Path) -> bool:
        """By the keys of the first line."""
        return any(is_own(file) for file in line_files(path))

    def rows(self) -> Iterator[tuple[Record, str, dict[str, bytes]]]:
        """The lines of each file."""
        for file in line_files(self.path):
            if is_own(file):
                for record in JsonLines(file).rows():
                    yield record, split_in(file.stem), {}


class OwnWebDataset(OwnRecords):
    """The tar files of a split: KEY.json with its values, KEY.0.jpg … its pictures."""

    name: ClassVar[str] = "annotator-webdataset"
    label: ClassVar[str] = "Annotator: WebDataset"

    @classmethod
    def recognises(cls, path: Path) -> bool:
        """A tar file, or a folder of them, named as a split."""
        return bool(tar_files(path))

    def rows(self) -> Iterator[tuple[Record, str, dict[str, bytes]]]:
        """A record for each key. Members of one key follow each other, the JSON last."""
        number = 0
        for file in tar_files(self.path):
            pictures: dict[str, bytes] = {}
            try:
                with tarfile.open(file, "r|") as archive:
                    for member in archive:
                        data = member_bytes(archive, member)
                        ending = member.name.partition(".")[2]
                        if ending == "json":
                            number += 1
                            record = line_record(number, data.decode("utf-8", "replace"))
                            record.line = 0
                            yield record, split_in(file.name), pictures
                            pictures = {}
                        elif data:
                            pictures[ending] = data
            except (tarfile.TarError, EOFError, OSError):
                yield (
                    Record(number=number + 1, problem=f"{file.name} is damaged from here on"),
                    "",
                    {},
                )


def values_in(record: Record) -> dict[str, Any]:
    """The values of a record."""
    values = record.cells.get("values")
    return values if isinstance(values, dict) else {}


def is_own(file: Path) -> bool:
    """Whether the first line of a file is one of ours."""
    return first_object(file).keys() >= TELLING


def line_files(path: Path) -> list[Path]:
    """The file itself, or a folder's files that are named as a split."""
    if path.is_file():
        return [path] if path.suffix.lower() in JSON_ENDINGS else []
    files = (each for each in path.iterdir() if each.suffix.lower() in JSON_ENDINGS)
    return in_order(each for each in files if split_in(each.stem))


def tar_files(path: Path) -> list[Path]:
    """The file itself, or a folder's tar files that are named as a split."""
    files = [path] if path.is_file() else path.iterdir()
    return in_order(each for each in files if each.suffix == ".tar" and split_in(each.name))


def in_order(files: Iterable[Path]) -> list[Path]:
    """The files of the split train first, then by name."""
    some = islice(files, MAX_FILES)
    return sorted(some, key=lambda each: (split_in(each.name) != "train", each.name))


def member_bytes(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    """A file's bytes; none of what is no file. Raises TarError for one that is too large."""
    if not member.isfile():
        return b""
    if member.size > MAX_VALUE_BYTES:
        raise tarfile.TarError("a member of more than 64 MB")
    file = archive.extractfile(member)
    return file.read() if file else b""
