"""Prodigy's JSON Lines: tasks that were accepted, rejected or ignored.

Sources: prodigy.ai/docs/api-interfaces; explosion/prodigy-recipes, other/choice.py, image/.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from annotator.errors import BadInput
from annotator.imports.formats.bounds import row_problem
from annotator.imports.formats.boxes import enclosing, is_number, left_out, size_of
from annotator.imports.formats.json_files import json_rows, list_of
from annotator.imports.formats.json_stream import first_object
from annotator.imports.formats.pictures import lenient_reference
from annotator.imports.formats.records import Box, Column, Record, Role, Source, Standing

ANSWERS = {"accept", "reject", "ignore"}
# Keys of the interface and of its bookkeeping that are no metadata.
LEFT_OUT = {"image", "options", "accept", "answer", "spans", "label", "width", "height", "path"}
TIME = re.compile(r"[0-9]{4}(-[0-9]{2}){2}(_[0-9]{2}(-[0-9]{2}){2})?")
CORNERS = 4  # points of a box; more are an outline


class Prodigy(Source):
    """Tasks with an image. A choice is one variable, a label that was asked for is yes or no."""

    name: ClassVar[str] = "prodigy"
    label: ClassVar[str] = "Prodigy"
    names_people: ClassVar[bool] = True

    @classmethod
    def recognises(cls, path: Path) -> bool:
        """By the first line: an answer, or the hash of a task."""
        if not path.is_file() or path.suffix.lower() not in (".jsonl", ".json"):
            return False
        first = first_object(path)
        is_task = str(first.get("answer")) in ANSWERS or "_task_hash" in first
        return "image" in first and is_task

    @cached_property
    def seen(self) -> tuple[dict[str, None], bool, dict[str, None], str]:
        """Choices as shown, whether any task has several, labels asked for, the start of all sessions."""
        choices: dict[str, None] = {}
        labels: dict[str, None] = {}
        start: str | None = None
        has_several = False
        for record in json_rows(self.path):
            row = record.cells
            if not record.problem:
                choices |= dict.fromkeys(options_of(row).values())
                has_several = has_several or len(list_of(row, "accept")) > 1
                if is_binary(row):
                    labels[row["label"]] = None
                start = shared_start(start, session_of(row))
        return choices, has_several, labels, start or ""

    def columns(self) -> list[Column]:
        """Image, choice, labels, objects, the task's group and meta."""
        choices, has_several, labels, _ = self.seen
        columns = [Column(name="image", role=Role.IMAGES)]
        if choices:
            config: dict[str, Any] = {"type": "string", "choices": list(choices)}
            if has_several:
                config = {"type": "array", "item_schema": config}
            columns.append(Column(name="choice", role=Role.VARIABLE, config=config))
        yes_no = {"type": "boolean"}
        columns += [
            Column(name=f"is {label}", role=Role.VARIABLE, variable=label, config=yes_no)
            for label in labels
        ]
        columns.append(Column(name="objects", role=Role.OBJECTS))
        metadata = ("chosen ids", "meta")
        return columns + [Column(name=name, role=Role.METADATA) for name in metadata]

    def records(self) -> Iterator[Record]:
        """One for each task."""
        for record in json_rows(self.path):
            if not record.problem:
                try:
                    self._read(record)
                except BadInput as error:
                    record.problem = str(error)
            record.problem = record.problem or row_problem(record.cells)
            yield record

    def _read(self, record: Record) -> None:
        row, cells = record.cells, dict[str, Any]()
        answer = row.get("answer")
        cells["image"] = [lenient_reference(str(row.get("image") or ""), *names_of(row))]
        cells["meta"] = {k: v for k, v in row.items() if k not in LEFT_OUT and k[0] != "_"} or None
        notes = [] if answer != "ignore" else ["skipped there"]
        reasons: list[str] = []
        boxes = [] if answer in ("reject", "ignore") else list(boxes_of(row, reasons))
        if answer == "accept" and options_of(row):
            options = options_of(row)
            chosen = [options.get(str(each), str(each)) for each in list_of(row, "accept")]
            cells["chosen ids"] = [str(each) for each in list_of(row, "accept")]
            cells["choice"] = chosen if self.seen[1] else next(iter(chosen), None)
            notes += [] if chosen else ["none of the options was chosen"]
        if is_binary(row) and answer in ("accept", "reject"):
            cells[f"is {row['label']}"] = answer == "accept"
        elif answer == "reject":
            notes.append("rejected there")
        cells["objects"] = boxes or None
        record.standing = Standing.SUGGESTION if answer is None else Standing.ACCEPTED
        record.note = "; ".join(filter(None, [*notes, left_out(reasons)]))
        record.author = session_of(row).removeprefix(self.seen[3])
        record.cells = {key: value for key, value in cells.items() if value not in (None, [])}


def session_of(row: dict[str, Any]) -> str:
    """In which session it was answered."""
    return str(row.get("_session_id") or row.get("_annotator_id") or "")


def shared_start(start: str | None, session: str) -> str | None:
    """What comes before the names that people entered; None before the first one.

    A session is called by the dataset, a hyphen and the name, or by the time at which it began.
    """
    if not session or TIME.fullmatch(session):
        return start
    if start is None:
        start = session[: session.rfind("-") + 1]
    while not session.startswith(start):
        start = start[: start.rfind("-", 0, -1) + 1]
    return start


def options_of(row: dict[str, Any]) -> dict[str, str]:
    """The options' texts by id; ids may be numbers."""
    options = [each for each in list_of(row, "options") if isinstance(each, dict) and "id" in each]
    return {str(each["id"]): str(each.get("text", each["id"])) for each in options}


def is_binary(row: dict[str, Any]) -> bool:
    """Whether the task asked for one label: yes or no."""
    return isinstance(row.get("label"), str) and not row.get("options") and not row.get("spans")


def names_of(row: dict[str, Any]) -> list[str]:
    """What the picture may be called, the likeliest first."""
    meta = row.get("meta")
    file = meta.get("file") if isinstance(meta, dict) else None
    return [str(each) for each in (file, row.get("path"), row.get("text")) if isinstance(each, str)]


def boxes_of(row: dict[str, Any], reasons: list[str]) -> Iterator[Box]:
    """The spans as boxes; of an outline the box around it, with its points as attribute."""
    size = size_of(row, "width", "height")
    for span in list_of(row, "spans"):
        points = span.get("points") if isinstance(span, dict) else None
        if not isinstance(points, list) or len(points) < 2 or not all(map(is_point, points)):
            reasons.append("a span without points")
            continue
        xmin, ymin, xmax, ymax = enclosing((x, y) for x, y in points)
        attributes = {"points": points} if len(points) > CORNERS else {}
        attributes |= {"score": span["score"]} if is_number(span.get("score")) else {}
        yield Box(
            label=str(span.get("label", "")),
            xmin=xmin,
            ymin=ymin,
            xmax=xmax,
            ymax=ymax,
            width=size[0] if size else None,
            height=size[1] if size else None,
            is_in_pixels=size is None,
            attributes=attributes,
        )


def is_point(value: Any) -> bool:
    """Whether it's two numbers."""
    return isinstance(value, list) and len(value) == 2 and all(map(is_number, value))
