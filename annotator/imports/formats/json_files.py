"""JSON of any tool: an array of objects, an object of arrays, an object that holds the array; JSON Lines."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import IO, Any, ClassVar

from annotator.errors import BadInput
from annotator.imports.formats.bounds import MAX_COLUMNS, MAX_VALUE_BYTES, row_problem
from annotator.imports.formats.json_stream import (
    first_members,
    first_values,
    json_encoding,
    json_of,
    json_stream,
)
from annotator.imports.formats.records import Column, Record, Source

JSON_ENDINGS = (".json", ".jsonl", ".ndjson", ".jsonlines")


class JsonRows(Source):
    """Rows that are JSON objects. Columns are all keys of all rows, in the order in which they come."""

    @abstractmethod
    def rows(self) -> Iterator[Record]:
        """Each row with its object as cells, or with a problem."""

    def cells(self, row: dict[str, Any]) -> dict[str, Any]:
        """The cells of a row's object."""
        return {key: value for key, value in row.items() if value is not None}

    def records(self) -> Iterator[Record]:
        """The rows; texts that no database keeps are problems."""
        for record in self.rows():
            record.problem = record.problem or row_problem(record.cells)
            record.cells = self.cells(record.cells)
            yield record

    @cached_property
    def keys(self) -> list[str]:
        """All keys, by reading all rows."""
        keys: dict[str, None] = {}
        for record in self.records():
            if len(keys) > MAX_COLUMNS:
                raise BadInput(f"Its rows have more than {MAX_COLUMNS:,} different keys.")
            if not record.cells.keys() <= keys.keys():
                keys |= dict.fromkeys(record.cells)
        return list(keys)

    def columns(self) -> list[Column]:
        """One for each key."""
        return [Column(name=key) for key in self.keys]


class JsonLines(JsonRows):
    """An object on each line. A line that can't be read is a problem of its own."""

    name: ClassVar[str] = "jsonl"
    label: ClassVar[str] = "JSON Lines"

    @classmethod
    def recognises(cls, path: Path) -> bool:
        """Whether the first line alone is an object, whatever the name says; more lines may follow."""
        if not path.is_file() or path.suffix.lower() not in JSON_ENDINGS:
            return False
        line = first_line(path)
        return line is not None and (
            path.suffix.lower() != ".json" or len(first_values(path, 2)) > 1
        )

    def rows(self) -> Iterator[Record]:
        """Each line that isn't blank."""
        for number, line in lines_of(self.path):
            yield line_record(number, line)


def line_record(number: int, line: str | None) -> Record:
    """A line as a record; None for one that is too long."""
    problem, value = "", None
    if line is None:
        problem = "the line is longer than 64 MB"
    else:
        try:
            value = json_of(line)
        except BadInput as error:
            problem = str(error)
    if not problem and not isinstance(value, dict):
        problem = "a line must be a JSON object, from { to }"
    cells = value if isinstance(value, dict) else {}
    return Record(number=number, line=number, cells=cells, problem=problem)


def lines_of(path: Path) -> Iterator[tuple[int, str | None]]:
    """The number and text of each line that isn't blank; None in place of one that is too long.

    Only line feeds end lines: texts may hold U+2028 and U+0085. What isn't UTF-8 becomes U+FFFD.
    """
    encoding = json_encoding(path)
    if encoding != "utf-8-sig":
        with path.open(encoding=encoding, errors="replace", newline="\n") as file:
            yield from _bounded_lines(file)
        return
    with path.open("rb") as raw:
        for number, line in _bounded_lines(raw):
            yield number, line if line is None else line.decode("utf-8-sig", "replace")


def _bounded_lines(file: IO[Any]) -> Iterator[tuple[int, Any]]:
    number = 0
    while line := file.readline(MAX_VALUE_BYTES):
        number += 1
        if len(line) >= MAX_VALUE_BYTES and line[-1:] not in ("\n", b"\n"):
            while (rest := file.readline(MAX_VALUE_BYTES)) and rest[-1:] not in ("\n", b"\n"):
                pass
            yield number, None
        elif not line.isspace():
            yield number, line


def first_line(path: Path) -> dict[str, Any] | None:
    """The object on the first line that isn't blank; None when there is none."""
    for number, line in lines_of(path):
        record = line_record(number, line)
        return record.cells if not record.problem else None
    return None


class JsonTable(JsonRows):
    """One document: [{…}, …], {"data": [{…}, …]} or {"a": […], "b": […]}. Entries are counted from 1."""

    name: ClassVar[str] = "json"
    label: ClassVar[str] = "JSON"

    @classmethod
    def recognises(cls, path: Path) -> bool:
        """Whether the file begins as one of the three."""
        if not path.is_file() or path.suffix.lower() not in JSON_ENDINGS:
            return False
        first = first_values(path, 1)
        if first and isinstance(first[0], dict) and not _is_object(path):
            return True
        members = list(first_members(path).values())
        lists = [value for value in members if isinstance(value, list)]
        # A list of texts among other members is a setting.
        return bool(lists) and (len(lists) == len(members) or any(map(is_of_objects, lists)))

    @cached_property
    def shape(self) -> tuple[str, list[str]]:
        """("array", []), ("member", [its key]) or ("columns", [their keys])."""
        if not _is_object(self.path):
            return "array", []
        members = {k: v for k, v in first_members(self.path).items() if isinstance(v, list)}
        holders = [key for key, value in members.items() if is_of_objects(value)]
        if len(holders) == 1:
            return "member", holders
        if members and not holders:
            return "columns", list(members)
        raise BadInput(f"{self.path.name} holds no table: give a list of objects.")

    def rows(self) -> Iterator[Record]:
        """The entries. Where the document is broken, the last record says so."""
        shape, keys = self.shape
        entries = self._across(keys) if shape == "columns" else array_entries(self.path, *keys)
        number = 0
        try:
            for entry in entries:
                number += 1
                problem = (
                    "" if isinstance(entry, dict) else "an entry must be an object, from { to }"
                )
                cells = entry if isinstance(entry, dict) else {}
                yield Record(number=number, cells=cells, problem=problem)
        except BadInput as error:
            yield Record(number=number + 1, problem=f"{error}; nothing after it is read")

    def _across(self, keys: list[str]) -> Iterator[dict[str, Any]]:
        """The rows of an object of arrays: the n-th entry of each."""
        if len(keys) > 200:  # a file is opened for each
            raise BadInput("It has more than 200 arrays: save the table as a list of objects.")
        with ExitStack() as stack:
            arrays = [_entries_in(stack, self.path, key) for key in keys]
            while True:
                entries = [next(array, END) for array in arrays]
                ended = [key for key, entry in zip(keys, entries, strict=True) if entry is END]
                if len(ended) == len(keys):
                    return
                if ended:
                    raise BadInput(f"“{ended[0]}” has fewer entries than others")
                yield dict(zip(keys, entries, strict=True))


def json_rows(path: Path) -> Iterator[Record]:
    """The rows of an array or of lines, whichever the file begins as."""
    with json_stream(path) as stream:
        is_array = stream.peek() == "["
    yield from (JsonTable if is_array else JsonLines)(path).rows()


def is_object(value: Any) -> bool:
    """Whether it's a JSON object."""
    return isinstance(value, dict)


def list_of(row: dict[str, Any], *keys: str) -> list[Any]:
    """The first of the keys' lists; empty where there is none."""
    return next((row[key] for key in keys if isinstance(row.get(key), list)), [])


def is_of_objects(entries: list[Any]) -> bool:
    """Whether a list begins with an object."""
    return bool(entries) and is_object(entries[0])


END = object()


def _is_object(path: Path) -> bool:
    with json_stream(path) as stream:
        return stream.peek() == "{"


def array_entries(path: Path, *keys: str) -> Iterator[Any]:
    """The entries of the document's array, or of the array in the member of this key. Raises BadInput."""
    with ExitStack() as stack:
        yield from _entries_in(stack, path, *keys)


def _entries_in(stack: ExitStack, path: Path, *keys: str) -> Iterator[Any]:
    stream = stack.enter_context(json_stream(path))
    if not keys:
        yield from stream.items()
        return
    for key in stream.members():
        if key == keys[0]:
            yield from stream.items()
            return
