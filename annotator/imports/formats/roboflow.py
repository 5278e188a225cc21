"""Roboflow's JSON Lines for vision-language models: image, prefix (a question), suffix (its answer).

Source: roboflow/maestro, jsonl.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Any, ClassVar

from annotator.errors import BadInput
from annotator.imports.formats.bounds import MAX_COLUMNS, row_problem
from annotator.imports.formats.json_files import json_rows
from annotator.imports.formats.json_stream import first_object, json_or_text
from annotator.imports.formats.pictures import reference_of
from annotator.imports.formats.records import (
    Box,
    Column,
    ImageReference,
    Record,
    Role,
    Source,
    Standing,
)
from annotator.imports.formats.splits import split_in

KEYS = {"image", "prefix", "suffix"}
FILE = "annotations.jsonl"
SPLITS = ("train", "valid", "test")
UPLOADED = re.compile(
    r"^(?P<stem>.+)_(?P<ending>[A-Za-z]+)\.rf\.[^.]+\.\w+$"
)  # a_jpg.rf.<hash>.jpg
# Four numbers of a grid of 1,024 in the order top, left, bottom, right.
PLACE = re.compile(r"<loc(\d{4})><loc(\d{4})><loc(\d{4})><loc(\d{4})>\s*([^;<]+)")
GRID = 1024
FIXED = {"image": Role.IMAGES, "split": Role.SPLIT, "objects": Role.OBJECTS}


class Roboflow(Source):
    """Lines of one image are one record: a column for each question, or for each key of its answers."""

    name: ClassVar[str] = "roboflow"
    label: ClassVar[str] = "Roboflow (JSON Lines)"

    @classmethod
    def recognises(cls, path: Path) -> bool:
        """By the first line's keys, which are exactly three."""
        files = line_files(path)
        return bool(files) and first_object(files[0]).keys() == KEYS

    def lines(self) -> Iterator[tuple[Path, Record]]:
        """Each line; one that lacks a key is a problem."""
        for file in line_files(self.path):
            for record in json_rows(file):
                row = record.cells
                if not record.problem and not all(isinstance(row.get(key), str) for key in KEYS):
                    record.problem = "image, prefix and suffix must be texts"
                yield file, record

    @cached_property
    def questions(self) -> dict[str, str]:
        """The column's name by the question or the answers' key."""
        names: dict[str, None] = {}
        for _, record in self.lines():
            if not record.problem:
                names |= dict.fromkeys(answers_of(record.cells)[0])
            if len(names) > MAX_COLUMNS:
                raise BadInput(f"It asks more than {MAX_COLUMNS:,} different questions.")
        return {name: f"answer {name}" if name in FIXED else name for name in names}

    def columns(self) -> list[Column]:
        """Image, split, objects, then the questions."""
        columns = [Column(name=name, role=role) for name, role in FIXED.items()]
        return columns + [Column(name=name, role=Role.VARIABLE) for name in self.questions.values()]

    def records(self) -> Iterator[Record]:
        """One for each image whose lines follow each other, for review."""
        for (file, name), lines in groupby(self.lines(), key=image_of):
            usable = []
            for _, record in lines:
                if record.problem:
                    yield record
                else:
                    usable.append(record)
            if usable:
                yield self._record(file, name, usable)

    def _record(self, file: Path, name: str, lines: list[Record]) -> Record:
        record = Record(number=lines[0].number, line=lines[0].line, standing=Standing.REVIEW)
        folder = file.parent.relative_to(self.root).as_posix()
        try:
            record.cells["image"] = [picture("" if folder == "." else f"{folder}/", name)]
        except BadInput as error:
            record.problem = str(error)
        if split := split_in(file.parent.name):
            record.cells["split"] = split
        boxes: list[Box] = []
        for line in lines:
            values, more = answers_of(line.cells)
            boxes += more
            for question, value in values.items():
                column = self.questions[question]
                if column in record.cells and record.cells[column] != value:
                    record.note = f"“{question}” is answered twice: {value!s:.100} isn't taken"
                record.cells.setdefault(column, value)
        if boxes:
            record.cells["objects"] = boxes
        record.problem = record.problem or row_problem(record.cells)
        return record


def answers_of(row: dict[str, Any]) -> tuple[dict[str, Any], list[Box]]:
    """Values by question, or by key where the answer is a JSON object; boxes where it is a detection."""
    suffix = row["suffix"].strip()
    boxes = [box_of(match) for match in PLACE.finditer(suffix)]
    if boxes:
        return {}, boxes
    value = json_or_text(suffix)
    if isinstance(value, dict):
        return value, []
    return {row["prefix"].strip() or "answer": suffix}, []


def box_of(match: re.Match[str]) -> Box:
    """A detection, as fractions of the picture."""
    top, left, bottom, right = (int(match[n]) / GRID for n in range(1, 5))
    return Box(label=match[5].strip(), xmin=left, ymin=top, xmax=right, ymax=bottom)


def picture(folder: str, name: str) -> ImageReference:
    """The picture beside its lines, and the name it had before it was uploaded. Raises BadInput."""
    reference = reference_of(name)
    match = UPLOADED.match(name.rpartition("/")[2])
    also = (f"{match['stem']}.{match['ending']}",) if match else ()
    is_file = reference.data is None and "://" not in reference.path
    path = folder + reference.path if is_file else reference.path
    return ImageReference(path=path, data=reference.data, also=(name, *also))


def image_of(line: tuple[Path, Record]) -> tuple[Path, str]:
    """What joins the lines of one image."""
    return line[0], str(line[1].cells.get("image"))


def line_files(path: Path) -> list[Path]:
    """The file itself, or those of a folder's splits."""
    if path.is_file():
        return [path] if path.suffix.lower() == ".jsonl" else []
    return [path / split / FILE for split in SPLITS if (path / split / FILE).is_file()]
