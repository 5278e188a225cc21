"""doccano: one file of JSON Lines, or one for each member, with labels, captions or boxes.

Several members' answers to one example are joined through a temporary database on disk.
Source: doccano/doccano, backend/data_export/pipeline.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Any, ClassVar

from annotator.errors import BadInput
from annotator.imports.formats.bounds import MAX_COLUMNS, row_problem
from annotator.imports.formats.boxes import from_size, left_out
from annotator.imports.formats.json_files import json_rows
from annotator.imports.formats.json_stream import first_object
from annotator.imports.formats.pictures import lenient_reference
from annotator.imports.formats.records import DIFFERENT, Box, Column, Record, Role, Source, Standing

SHARED = "all"  # the name of the file where all members share their answers
ANSWERS = ("label", "bbox")
FIXED = {
    "id": Role.EXTERNAL_ID,
    "filename": Role.IMAGES,
    "bbox": Role.OBJECTS,
    "Comments": Role.METADATA,
}
MAX_FILES = 1_000


class Doccano(Source):
    """Examples with `label` or `bbox`. An empty list is no answer."""

    name: ClassVar[str] = "doccano"
    label: ClassVar[str] = "doccano"
    names_people: ClassVar[bool] = True

    @classmethod
    def recognises(cls, path: Path) -> bool:
        """By the keys of the first line of the first file."""
        files = member_files(path)
        return bool(files) and is_doccano(files[0])

    @cached_property
    def database(self) -> sqlite3.Connection:
        """All lines by example. "" is a database in a temporary file, which goes with the connection."""
        database = sqlite3.connect("", check_same_thread=False)
        database.execute("CREATE TABLE line (example TEXT, member TEXT, number INTEGER, body TEXT)")
        for file in member_files(self.path):
            for record in json_rows(file):
                row = (example_of(record), file.stem, record.number, json.dumps(record.cells))
                if not record.problem:
                    database.execute("INSERT INTO line VALUES (?, ?, ?, ?)", row)
                else:
                    self.broken.append(
                        Record(number=record.number, line=record.line, problem=record.problem)
                    )
        database.execute("CREATE INDEX by_example ON line (example)")
        return database

    @cached_property
    def broken(self) -> list[Record]:
        """Lines that can't be read."""
        return []

    @cached_property
    def seen(self) -> tuple[dict[str, None], int]:
        """All keys, and the most labels that an example has."""
        keys: dict[str, None] = {}
        most = 0
        for (body,) in self.database.execute("SELECT body FROM line"):
            row = json.loads(body)
            keys |= dict.fromkeys(row)
            if len(keys) > MAX_COLUMNS:
                raise BadInput(f"Its lines have more than {MAX_COLUMNS:,} different keys.")
            most = max(most, len(row["label"]) if isinstance(row.get("label"), list) else 0)
        return keys, most

    def columns(self) -> list[Column]:
        """Those of FIXED, the label, and meta keys."""
        keys, most = self.seen
        config = {"type": "array", "item_schema": {"type": "string"}} if most > 1 else None
        return [
            Column(name=key, role=Role.VARIABLE, config=config)
            if key == "label"
            else Column(name=key, role=FIXED.get(key, Role.METADATA))
            for key in keys
        ]

    def records(self) -> Iterator[Record]:
        """One for each example; one for each member where members differ."""
        lines = self.database.execute(
            "SELECT example, member, number, body FROM line ORDER BY example, rowid"
        )
        for _, group in groupby(lines, key=lambda line: line[0]):
            records = [self._record(*line[1:]) for line in group]
            answered = [each for each in records if each.cells.keys() & set(ANSWERS)]
            is_one = all(given(each) == given(answered[0]) for each in answered)
            if is_one and not self.keeps_people:
                del answered[1:]
            for record in answered or records[:1]:
                record.standing = Standing.ACCEPTED if answered and is_one else None
                if not is_one:
                    record.standing = Standing.REVIEW
                    record.note = "; ".join(filter(None, [record.note, DIFFERENT]))
                yield record
        yield from self.broken

    def _record(self, member: str, number: int, body: str) -> Record:
        row = json.loads(body)
        cells = {key: value for key, value in row.items() if key not in FIXED and key != "label"}
        reasons: list[str] = []
        boxes = list(self._boxes(row.get("bbox"), reasons))
        labels = row.get("label")
        if isinstance(labels, list):
            labels = labels if self.seen[1] > 1 else next(iter(labels), None)
        cells |= {"label": labels, "bbox": boxes, "Comments": row.get("Comments")}
        if row.get("id") is not None:
            cells["id"] = str(row["id"])
        if isinstance(row.get("filename"), str) and row["filename"]:
            cells["filename"] = [lenient_reference(row["filename"])]
        cells = {key: value for key, value in cells.items() if value not in (None, "", [])}
        return Record(
            number=number,
            line=number,
            cells=cells,
            note=left_out(reasons),
            author="" if member == SHARED else member,
            problem=row_problem(cells),
        )

    def _boxes(self, given: Any, reasons: list[str]) -> Iterator[Box]:
        for each in given if isinstance(given, list) else ():
            try:
                place = each if isinstance(each, dict) else {}
                corners = from_size([place.get(key) for key in ("x", "y", "width", "height")])
            except BadInput as error:
                reasons.append(f"a box that {error}")
                continue
            xmin, ymin, xmax, ymax = corners
            label = str(place.get("label", ""))
            yield Box(label=label, xmin=xmin, ymin=ymin, xmax=xmax, ymax=ymax, is_in_pixels=True)

    def notes(self) -> list[str]:
        """What doccano doesn't export."""
        return ["doccano exports file names without folders and no metadata of images."]


def is_doccano(path: Path) -> bool:
    """Whether the first row has an id, a file and a list of labels or boxes."""
    first = first_object(path)
    has_lists = any(isinstance(first.get(key), list) for key in ANSWERS)
    return {"id", "filename"} <= first.keys() and has_lists


def member_files(path: Path) -> list[Path]:
    """The file itself, or all of a folder's lines."""
    if path.is_file():
        return [path] if path.suffix.lower() in (".jsonl", ".json") else []
    return sorted(path.glob("*.jsonl"))[:MAX_FILES]


def example_of(record: Record) -> str:
    """What joins the lines of one example: its id, else its file."""
    return json.dumps([record.cells.get("id"), record.cells.get("filename")])


def given(record: Record) -> list[Any]:
    """A member's answers, to be compared."""
    return [record.cells.get(key) for key in ANSWERS]
