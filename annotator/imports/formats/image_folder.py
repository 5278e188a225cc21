"""Hugging Face's imagefolder: pictures with metadata.csv, metadata.jsonl or metadata.parquet.

Source: huggingface/datasets, "Create an image dataset", folder_based_builder.py.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import asdict, replace
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from annotator.errors import BadInput
from annotator.imports.formats.delimited import DelimitedText
from annotator.imports.formats.json_files import JsonLines
from annotator.imports.formats.json_stream import json_or_text
from annotator.imports.formats.own_exports import metadata_of
from annotator.imports.formats.parquet import ParquetTable
from annotator.imports.formats.pictures import lenient_reference, references_of
from annotator.imports.formats.records import (
    Column,
    ImageReference,
    Reading,
    ReadingChoices,
    Record,
    Role,
    Source,
)
from annotator.imports.formats.splits import SPLIT, split_in, split_of_folders, with_split

READERS: dict[str, type[Source]] = {
    "metadata.csv": DelimitedText,
    "metadata.jsonl": JsonLines,
    "metadata.parquet": ParquetTable,
}
DEPTH = 4  # folders below the root in which metadata is looked for
MAX_FOLDERS = 5_000
# Columns of our own export besides the variables.
OURS = {
    "id": Role.EXTERNAL_ID,
    "name": Role.NAME,
    "metadata": Role.METADATA,
    **dict.fromkeys(("files", "system", "user", "answer"), Role.IGNORED),
    **dict.fromkeys(("labeled_by", "labeled_at", "schema"), Role.IGNORED),
}
TELLING = {"file_names", "id", "name", "files", "system", "user", "answer", "metadata"}  # of them
TAKEN = "variable_"  # before the name of a variable that is called as one of ours


class ImageFolder(Source):
    """A folder with metadata files, at any level, or one metadata file."""

    name: ClassVar[str] = "imagefolder"
    label: ClassVar[str] = "Hugging Face imagefolder"

    @classmethod
    def recognises(cls, path: Path) -> bool:
        """Whether there is a metadata file with a column of file names."""
        files = [file for file in metadata_files(path) if file.name in READERS]
        return bool(files) and any(picture_column(each.name) for each in opened(files[0]).columns())

    def __init__(self, path: Path, *, reading: Reading | None = None) -> None:
        """A reader of each metadata file. Different kinds aren't mixed: the first file's is read."""
        super().__init__(path, reading=reading)
        files = metadata_files(self.path)
        if not files:
            raise BadInput(f"{self.path.name} is no metadata file: CSV, JSON Lines or Parquet.")
        same = [file for file in files if file.name == files[0].name]
        self.sources = [opened(file, reading) for file in same]
        self.reading = in_common([each.reading for each in self.sources])

    @cached_property
    def names(self) -> list[Column]:
        """The columns of all metadata files."""
        columns: dict[str, Column] = {}
        for source in self.sources:
            columns |= {
                column.name: column for column in source.columns() if column.name not in columns
            }
        return list(columns.values())

    @cached_property
    def is_ours(self) -> bool:
        """Whether our own export wrote it."""
        return {column.name for column in self.names} >= TELLING

    @cached_property
    def pictures(self) -> dict[str, str]:
        """The column of pictures by the metadata's column of file names."""
        given = {column.name for column in self.names}
        named = {name: picture_column(name) for name in given if picture_column(name)}
        return {
            name: f"{column} file" if column in given else column for name, column in named.items()
        }

    def columns(self) -> list[Column]:
        """File names become pictures; the split comes from the folders unless there is such a column."""
        return with_split([self._column(column) for column in self.names])

    def _column(self, column: Column) -> Column:
        if column.name in self.pictures:
            return Column(name=self.pictures[column.name], role=Role.IMAGES)
        if self.is_ours and column.name in OURS:
            return replace(column, role=OURS[column.name])
        if self.is_ours:
            plain = column.name.removeprefix(TAKEN)
            variable = plain if plain in {*OURS, "file_names", "images"} else ""
            return replace(column, role=Role.VARIABLE, variable=variable)
        return column

    def records(self) -> Iterator[Record]:
        """The rows of all metadata files."""
        for source in self.sources:
            folder = source.path.parent.relative_to(self.root).as_posix()
            split = split_of_folders(source.path, self.root.parent if folder == "." else self.root)
            for record in source.records():
                try:
                    record.cells = self._cells(
                        record.cells, "" if folder == "." else f"{folder}/", split
                    )
                except BadInput as error:
                    record.problem = record.problem or str(error)
                yield record

    def _cells(self, given: dict[str, Any], folder: str, split: str) -> dict[str, Any]:
        cells = {}
        for name, value in given.items():
            if name not in self.pictures:
                cells[name] = self._own(name, value)
                continue
            references = references_of(listed(value))
            split = split or next((s for r in references for s in folders_split(r)), "")
            cells[self.pictures[name]] = [below(folder, each) for each in references]
        if split and SPLIT not in cells:
            cells[SPLIT] = split
        return cells

    def _own(self, name: str, value: Any) -> Any:
        """The metadata of our own export is an object written as text."""
        if self.is_ours and name == "metadata" and isinstance(value, str):
            return metadata_of(value)
        return value

    def reading_choices(self) -> ReadingChoices:
        """Those of its metadata files."""
        return self.sources[0].reading_choices()

    def notes(self) -> list[str]:
        """Where the metadata is, and files of other kinds."""
        places = [each.path.relative_to(self.root).as_posix() for each in self.sources]
        notes = (
            [f"Metadata: {', '.join(places[:10])}."]
            if places != [places[0].rpartition("/")[2]]
            else []
        )
        others = {file.name for file in metadata_files(self.path)} - {self.sources[0].path.name}
        if others:
            notes.append(
                f"{', '.join(sorted(others))} isn't read: there is {self.sources[0].path.name}."
            )
        return [*notes, *dict.fromkeys(note for each in self.sources for note in each.notes())]


def in_common(readings: list[Reading]) -> Reading:
    """What is the same of all; the rest is left to be guessed of each."""
    first = asdict(readings[0])
    return Reading(
        **{
            name: value
            for name, value in first.items()
            if all(getattr(each, name) == value for each in readings)
        }
    )


def metadata_files(path: Path) -> list[Path]:
    """The metadata files in a folder and below it, or the file itself."""
    if path.is_file():
        return [path] if f"metadata{path.suffix}" in READERS else []
    files = []
    for number, (folder, inner, names) in enumerate(os.walk(path)):
        depth = len(Path(folder).relative_to(path).parts)
        inner[:] = sorted(name for name in inner if name[0] != ".") if depth < DEPTH else []
        files += [Path(folder) / name for name in sorted(READERS) if name in names]
        if number > MAX_FOLDERS:
            break
    return files


def opened(file: Path, reading: Reading | None = None) -> Source:
    """The metadata file's reader."""
    return READERS[f"metadata{file.suffix}"](file, reading=reading)


def picture_column(name: str) -> str:
    """The column of pictures that a column of file names stands for; empty for another column."""
    if name in ("file_name", "file_names"):
        return "image" if name == "file_name" else "images"
    for ending in ("_file_name", "_file_names"):
        if name.endswith(ending) and name != ending:
            return name.removesuffix(ending)
    return ""


def listed(value: Any) -> Any:
    """File names of a cell: a list written as JSON becomes one."""
    return json_or_text(value) if isinstance(value, str) and value.startswith("[") else value


def below(folder: str, reference: ImageReference) -> ImageReference:
    """The picture's path from the root on; one that is an address or has bytes stays as it is."""
    if not folder or not reference.path or "://" in reference.path or reference.data is not None:
        return reference
    return lenient_reference(folder + reference.path, reference.path)


def folders_split(reference: ImageReference) -> list[str]:
    """The split that the folders of a picture's path say."""
    names = reference.path.split("/")[:-1] if "://" not in reference.path else []
    return [split for name in names if (split := split_in(name))]
