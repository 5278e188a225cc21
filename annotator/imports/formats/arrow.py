"""What Parquet and Arrow files share: feature types, pictures inside the rows, values as JSON has them."""

from __future__ import annotations

import json
import math
from abc import abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from django.conf import settings

from annotator.child.calls import Overrun, call
from annotator.errors import BadInput
from annotator.imports.arrow_files import unpacked
from annotator.imports.formats.bounds import MAX_COLUMNS, row_problem
from annotator.imports.formats.pictures import lenient_reference, references_of
from annotator.imports.formats.records import Column, ImageReference, Record, Role, Source
from annotator.imports.formats.splits import SPLIT, with_split

ROWS_AT_ONCE = 1_000
PICTURES_AT_ONCE = 4  # rows with pictures inside

Convert = Callable[[Any], Any]


class ArrowRows(Source):
    """A table of Arrow. Columns have the types that its features say, where Hugging Face wrote it.

    Its files are read by the child process.
    """

    kind: ClassVar[str]
    """Of its files: "Parquet" or "Arrow"."""

    @abstractmethod
    def parts(self) -> list[tuple[str, Path]]:
        """Its files, each with the split that all of its rows have; empty for none. Raises BadInput."""

    @cached_property
    def schema(self) -> Any:
        """The Arrow schema, of the first file."""
        # pyarrow costs 60 MB of memory, so only who reads such files loads it.
        import pyarrow as pa

        path = self.parts()[0][1]
        return pa.ipc.read_schema(pa.py_buffer(in_child("schema", path, kind=self.kind)[1]))

    @cached_property
    def features(self) -> dict[str, Any]:
        """The feature types by column, as Hugging Face keeps them in the schema; empty without."""
        raw = (self.schema.metadata or {}).get(b"huggingface")
        try:
            features = json.loads(raw)["info"]["features"] if raw else {}
        except (ValueError, KeyError, TypeError, RecursionError):
            return {}
        return features if isinstance(features, dict) else {}

    @cached_property
    def converters(self) -> list[tuple[Column, Convert]]:
        """Each column and what makes its cells."""
        schema = self.schema
        if len(schema) > MAX_COLUMNS:
            raise BadInput(f"It has {len(schema):,} columns; a table may have {MAX_COLUMNS:,}.")
        if twins := [name for name, number in Counter(schema.names).items() if number > 1]:
            raise BadInput(f"Several columns are called “{twins[0]}”: rename all but one.")
        return [column_of(field, self.features.get(field.name)) for field in schema]

    def columns(self) -> list[Column]:
        """All of the schema, and one for the split where a file has any."""
        columns = [column for column, _ in self.converters]
        return with_split(columns) if any(split for split, _ in self.parts()) else columns

    def records(self) -> Iterator[Record]:
        """The rows, counted from 1."""
        wanted = [column.name for column in self.columns() if column.role is not Role.IGNORED]
        has_pictures = any(column.role is Role.IMAGES for column in self.columns())
        count = PICTURES_AT_ONCE if has_pictures else ROWS_AT_ONCE
        number = 0
        try:
            for split, path in self.parts():
                shared = {SPLIT: split} if split else {}
                for row in rows_of(path, kind=self.kind, columns=wanted, count=count):
                    number += 1
                    yield self.record(number, row, shared)
        except BadInput as error:
            yield Record(number=number + 1, problem=f"{error}; nothing after it is read")

    def record(self, number: int, row: dict[str, Any], shared: dict[str, Any]) -> Record:
        """One row's cells."""
        cells, problem = dict(shared), ""
        for column, convert in self.converters:
            try:
                value = convert(row.get(column.name))
            except BadInput as error:
                problem = problem or f"{column.name} {error}"
                continue
            if value is not None:
                cells[column.name] = value
        return Record(number=number, cells=cells, problem=problem or row_problem(cells))

    def notes(self) -> list[str]:
        """Classes whose names the file doesn't have."""
        import pyarrow as pa

        return [
            f"{field.name} has numbers of classes without their names."
            for field in self.schema
            if field.name in ("label", "labels") and pa.types.is_integer(field.type)
            if field.name not in self.features
        ]


def rows_of(path: Path, *, kind: str, columns: list[str], count: int) -> Iterator[dict[str, Any]]:
    """All rows of a file with these columns, fetched so many at a time. Raises BadInput."""
    start = 0
    while True:
        rows, blob = in_child("rows", path, kind=kind, columns=columns, start=start, count=count)
        for row in rows:
            yield unpacked(row, blob)
        start += len(rows)
        if not rows:
            return


def in_child(function: str, path: Path, /, **arguments: Any) -> tuple[Any, bytes]:
    """Call a function of `arrow_files` for a file. Raises BadInput when it takes too much, or it does.

    Raises OSError when no child can be started, which is not the fault of the file.
    """
    try:
        return call(
            f"annotator.imports.arrow_files:{function}",
            memory_bytes=settings.CHILD_MEMORY_BYTES,
            seconds=settings.CHILD_SECONDS,
            at_a_time=settings.IMPORT_THREADS + 1,  # pictures of rows are decoded beside it
            path=str(path),
            **arguments,
        )
    except Overrun:
        raise BadInput(
            f"{path.name} takes too much memory or time to read. Write it anew with fewer rows in a row group"
            " or record batch, or as JSON Lines"
        ) from None


def column_of(field: Any, feature: Any) -> tuple[Column, Convert]:
    """An Arrow field as a column, and what makes its cells."""
    import pyarrow as pa

    kind = feature.get("_type") if isinstance(feature, dict) else None
    inner = field.type.value_type if is_list(field.type) else field.type
    if kind == "Image" or is_picture(inner):
        return Column(name=field.name, role=Role.IMAGES), pictures
    if kind == "ClassLabel" and isinstance(feature.get("names"), list):
        names = [str(name) for name in feature["names"]]
        config = {"type": "string", "choices": names} if names else None
        return Column(name=field.name, config=config), class_names(names)
    if pa.types.is_binary(inner) or pa.types.is_large_binary(inner):
        return Column(name=field.name, role=Role.IGNORED), nothing
    config = {"type": "boolean"} if pa.types.is_boolean(field.type) else None
    return Column(name=field.name, config=config), json_cell


def is_list(kind: Any) -> bool:
    """Whether an Arrow type is a list of any of its three sorts."""
    import pyarrow as pa

    return bool(
        pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
    )


def is_picture(kind: Any) -> bool:
    """Whether an Arrow type is a struct of bytes and path, in any order."""
    import pyarrow as pa

    if not pa.types.is_struct(kind):
        return False
    return {kind.field(n).name for n in range(kind.num_fields)} in ({"bytes", "path"}, {"bytes"})


def pictures(cell: Any) -> list[ImageReference] | None:
    """The pictures of a cell; of one whose bytes are elsewhere the file's name."""
    if isinstance(cell, dict) and cell.get("bytes") is None:
        return [lenient_reference(cell["path"])] if cell.get("path") else None
    if isinstance(cell, list):
        return [reference for part in cell for reference in pictures(part) or ()] or None
    return references_of(cell) or None


def class_names(names: list[str]) -> Convert:
    """The names of class numbers; -1 stands for none."""

    def convert(cell: Any) -> Any:
        if cell is None or cell == -1:
            return None
        if not isinstance(cell, int) or cell >= len(names):
            raise BadInput(f"has the class {cell}, which has no name")
        return names[cell]

    return convert


def nothing(cell: Any) -> None:
    """Of bytes that are no picture."""


def json_cell(cell: Any) -> Any:
    """As it came from the child; a NaN is no value."""
    return None if isinstance(cell, float) and math.isnan(cell) else cell
