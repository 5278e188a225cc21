"""Label Studio's short exports, JSON-MIN and CSV: one row per annotation, an answer in each column."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Any, ClassVar

from annotator.errors import BadInput
from annotator.imports.formats.bounds import row_problem
from annotator.imports.formats.delimited import DelimitedText
from annotator.imports.formats.json_files import array_entries
from annotator.imports.formats.json_stream import first_object, json_or_text
from annotator.imports.formats.label_studio_config import LabelStudioSource, list_config
from annotator.imports.formats.label_studio_tasks import looks_like_pictures
from annotator.imports.formats.label_studio_values import (
    HOLDERS,
    box_of,
    picture,
    single,
    values_of,
)
from annotator.imports.formats.records import DIFFERENT, Box, Column, Record, Role, Standing

TELLING = {"annotation_id", "annotator", "lead_time"}
LEFT_OUT = {*TELLING, "created_at", "updated_at", "agreement"}
OBJECTS = "objects"


class LabelStudioMin(LabelStudioSource):
    """Rows with `id`, the task's data and a key for each control."""

    name: ClassVar[str] = "label-studio-min"
    label: ClassVar[str] = "Label Studio (JSON-MIN or CSV)"

    @classmethod
    def recognises(cls, path: Path) -> bool:
        """By the three columns that only this tool has."""
        if not path.is_file():
            return False
        if path.suffix.lower() == ".csv" and DelimitedText.recognises(path):
            with path.open("rb") as file:
                header = file.readline(65_536).decode("utf-8", "replace")
            return all(name in header for name in TELLING)
        if path.suffix.lower() != ".json":
            return False
        return first_object(path).keys() >= TELLING

    def rows(self) -> Iterator[tuple[int, dict[str, Any], str]]:
        """Number, object and problem of each row; JSON in cells of the CSV is read."""
        if self.path.suffix.lower() != ".csv":
            for number, row in enumerate(array_entries(self.path), start=1):
                is_object = isinstance(row, dict)
                yield number, row if is_object else {}, "" if is_object else "it is no object"
            return
        for record in DelimitedText(self.path, reading=self.reading).records():
            cells = {key: json_or_text(value) for key, value in record.cells.items()}
            yield record.number, cells, record.problem

    @cached_property
    def keys(self) -> dict[str, set[str]]:
        """The keys of all rows, each with what it holds: pictures, boxes, several, one."""
        keys: dict[str, set[str]] = {}
        try:
            for _, row, _ in self.rows():
                for key, value in row.items():
                    if value is not None and key not in LEFT_OUT:
                        keys.setdefault(key, set()).add(sort_of(value))
        except BadInput:
            pass  # it becomes a record
        return keys

    def is_picture(self, key: str) -> bool:
        """Whether all of the key's values are pictures' addresses."""
        return key in self.config.pictures or self.keys[key] == {"pictures"}

    def columns(self) -> list[Column]:
        """id, data and controls, as far as they can be told apart; objects."""
        columns = []
        for key, sorts in self.keys.items():
            config = self.config.configs.get(key)
            if config and config["type"] == "string" and "several" in sorts:
                config = list_config(config)
            role = Role.IMAGES if self.is_picture(key) else Role.VARIABLE if config else None
            if key == "id":
                role = Role.EXTERNAL_ID
            if sorts != {"boxes"}:
                columns.append(Column(name=key, role=role, config=config))
        if any("boxes" in sorts for sorts in self.keys.values()):
            columns.append(Column(name=OBJECTS, role=Role.OBJECTS))
        return columns

    def records(self) -> Iterator[Record]:
        """One for each row; rows of one task that say the same are one."""
        number = 0
        try:
            for _, rows in groupby(self.rows(), key=lambda row: str(row[1].get("id", row[0]))):
                records = [self._record(*row) for row in rows]
                number = records[-1].number
                is_one = all(each.cells == records[0].cells for each in records)
                if is_one and not self.keeps_people:
                    del records[1:]
                for record in records:
                    record.standing = Standing.ACCEPTED if is_one else Standing.REVIEW
                    if not is_one:
                        record.note = DIFFERENT
                    yield record
        except BadInput as error:
            yield Record(number=number + 1, problem=f"{error}; nothing after it is read")

    def _record(self, number: int, row: dict[str, Any], problem: str) -> Record:
        cells: dict[str, Any] = {}
        boxes: list[Box] = []
        try:
            for key, value in row.items():
                if value is None or key in LEFT_OUT:
                    continue
                if key == "id":
                    cells[key] = str(value)
                elif sort_of(value) == "boxes":
                    boxes += [box_of({**each, "value": each}, {}) for each in value]
                else:
                    cells[key] = self._cell(key, value)
        except BadInput as error:
            problem = problem or str(error)
        if boxes:
            cells[OBJECTS] = boxes
        author = str(row.get("annotator") or "")
        problem = problem or row_problem(cells)
        return Record(number=number, cells=cells, problem=problem, author=author)

    def _cell(self, key: str, value: Any) -> Any:
        if self.is_picture(key):
            return [picture(each) for each in (value if isinstance(value, list) else [value])]
        values = self.config.read(key, plain_values(value))
        is_list = self.config.type_of(key) == "array"
        return values if is_list or "several" in self.keys[key] else single(values)

    def notes(self) -> list[str]:
        """What this form doesn't hold."""
        return [
            "This short form has no predictions and may lack ratings: export JSON for all of it."
        ]


def plain_values(value: Any) -> list[Any]:
    """The answers of a key as a list: of {"choices": […]}, [{"number": 3}], [["a", "b"]] or of one value."""
    if isinstance(value, dict):
        kind = next((each for each in HOLDERS if HOLDERS[each] in value), None)
        return values_of({"type": kind, "value": value}) if kind else [value]
    if isinstance(value, list):
        if value and all(isinstance(part, list) for part in value):
            return [" / ".join(map(str, part)) for part in value]
        return [answer for part in value for answer in plain_values(part)]
    return [value]


def sort_of(value: Any) -> str:
    """pictures, boxes, several or one."""
    if isinstance(value, list) and value and isinstance(value[0], dict) and "width" in value[0]:
        return "boxes"
    if looks_like_pictures(value):
        return "pictures"
    return "several" if len(plain_values(value)) > 1 else "one"
