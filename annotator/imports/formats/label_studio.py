"""Label Studio's JSON: tasks with all annotations, predictions and drafts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from annotator.errors import BadInput
from annotator.imports.formats.bounds import row_problem
from annotator.imports.formats.boxes import is_number
from annotator.imports.formats.json_files import array_entries, is_object
from annotator.imports.formats.json_stream import first_object
from annotator.imports.formats.label_studio_config import LabelStudioSource, list_config
from annotator.imports.formats.label_studio_tasks import (
    Given,
    answers_in,
    author_of,
    data_of,
    looks_like_pictures,
    same_answers,
)
from annotator.imports.formats.label_studio_values import picture, read_result
from annotator.imports.formats.records import DIFFERENT, Column, Record, Role, Standing

OBJECTS = "objects"  # the column of the boxes
ANSWER_KEYS = ("annotations", "completions", "predictions")
# The keys that our own export writes.
OURS = {
    "sample": Role.EXTERNAL_ID,
    "name": Role.NAME,
    "split": Role.SPLIT,
    "image": Role.IGNORED,
    "images": Role.IMAGES,
    **dict.fromkeys(("files", "prompt", "labeled_by", "labeled_at", "schema"), Role.IGNORED),
}
TELLING = {"sample", "name", "split", "images", "files"}  # of them


@dataclass
class Seen:
    """What a pass over all tasks says: keys of their data, the longest list of each control."""

    data: dict[str, bool] = field(default_factory=dict)  # whether all values are pictures
    controls: dict[str, int] = field(default_factory=dict)
    whole: dict[str, bool] = field(default_factory=dict)  # controls all of whose numbers are whole
    has_ids: bool = False
    has_boxes: bool = False
    bare_predictions: int = 0
    skipped: int = 0
    unread: dict[str, int] = field(default_factory=dict)


class LabelStudio(LabelStudioSource):
    """A list of tasks. Columns: id, the keys of `data`, a column for each control, objects."""

    name: ClassVar[str] = "label-studio"
    label: ClassVar[str] = "Label Studio"

    @classmethod
    def recognises(cls, path: Path) -> bool:
        """A JSON array whose entries have `data` and answers."""
        if not path.is_file() or path.suffix.lower() != ".json":
            return False
        first = first_object(path)
        has_answers = any(key in first for key in ANSWER_KEYS)
        return isinstance(first.get("data"), dict) and has_answers

    def tasks(self) -> Iterator[tuple[int, Any]]:
        """The entries, counted from 1."""
        yield from enumerate(array_entries(self.path), start=1)

    @cached_property
    def seen(self) -> Seen:
        """What all tasks hold."""
        seen = Seen()
        try:
            for _, task in self.tasks():
                if isinstance(task, dict):
                    self._look(seen, task)
        except BadInput:
            pass  # it becomes a record
        return seen

    def _look(self, seen: Seen, task: dict[str, Any]) -> None:
        seen.has_ids = seen.has_ids or task.get("id") is not None
        for key, value in data_of(task).items():
            seen.data[key] = seen.data.get(key, True) and looks_like_pictures(value)
        given = answers_in(task)
        seen.bare_predictions += sum(not isinstance(each, dict) for each in given.predictions)
        seen.skipped += bool(given.is_skipped and not given.live)
        for each in (*given.live, *given.drafts, *filter(is_object, given.predictions)):
            answers = read_result(each.get("result"))
            for name, values in answers.values.items():
                seen.controls[name] = max(seen.controls.get(name, 0), len(values))
                is_whole = all(is_number(value) and value == int(value) for value in values)
                seen.whole[name] = seen.whole.get(name, True) and is_whole
            seen.has_boxes = seen.has_boxes or bool(answers.boxes)
            for reason in answers.unread:
                seen.unread[reason] = seen.unread.get(reason, 0) + 1

    @cached_property
    def is_ours(self) -> bool:
        """Whether our own export wrote the file."""
        return self.seen.data.keys() >= TELLING

    @cached_property
    def controls(self) -> dict[str, str]:
        """The column's name by the control's; those of the configuration first."""
        names = dict.fromkeys([*self.config.configs, *self.seen.controls])
        taken = {"id", OBJECTS, *self.seen.data}
        return {name: f"answer {name}" if name in taken else name for name in names}

    def columns(self) -> list[Column]:
        """id, data, controls, objects."""
        columns = [Column(name="id", role=Role.EXTERNAL_ID)] if self.seen.has_ids else []
        columns += [Column(name=key, role=self._role(key)) for key in self.seen.data]
        for name, column in self.controls.items():
            columns.append(
                Column(
                    name=column,
                    role=Role.VARIABLE,
                    variable="boxes" if name == "variable boxes" else name,
                    config=self._config(name),
                )
            )
        if self.seen.has_boxes:
            columns.append(Column(name=OBJECTS, role=Role.OBJECTS))
        return columns

    def _role(self, key: str) -> Role:
        if self.is_ours:
            return OURS.get(key, Role.METADATA)
        is_picture = key in self.config.pictures or (
            not self.config.pictures and self.seen.data[key]
        )
        return Role.IMAGES if is_picture else Role.METADATA

    def _config(self, name: str) -> dict[str, Any] | None:
        """The configuration, widened to lists and to whole numbers where all values are such."""
        config = self.config.configs.get(name)
        if config is None:
            return None
        if config["type"] == "string" and self.is_list(name):
            return list_config(config)
        bounds = [config.get("min_value", 0), config.get("max_value", 0)]
        is_whole = self.seen.whole.get(name) and all(isinstance(bound, int) for bound in bounds)
        if config["type"] == "float" and is_whole and "step_size" not in config:
            return config | {"type": "integer"}
        return config

    def is_list(self, name: str) -> bool:
        """Whether the control's answers are lists: some row has several, or it allows several."""
        return self.config.type_of(name) == "array" or self.seen.controls.get(name, 0) > 1

    def records(self) -> Iterator[Record]:
        """One for each answer that counts; a task without any is one record."""
        number = 0
        try:
            for number, task in self.tasks():
                if isinstance(task, dict):
                    yield from self._records(number, task)
                else:
                    yield Record(number=number, problem="a task must be an object, from { to }")
        except BadInput as error:
            yield Record(number=number + 1, problem=f"{error}; nothing after it is read")

    def _records(self, number: int, task: dict[str, Any]) -> Iterator[Record]:
        shared = {} if task.get("id") is None else {"id": str(task["id"])}
        try:
            shared |= {key: self._cell(key, value) for key, value in data_of(task).items()}
        except BadInput as error:
            yield Record(number=number, problem=str(error))
            return
        shared = {key: value for key, value in shared.items() if value not in (None, [])}
        is_empty = True
        for each in self._answers(answers_in(task)):
            is_empty = False
            yield self._record(number, shared, *each)
        if is_empty:
            note = "skipped there" if answers_in(task).is_skipped else ""
            yield Record(number=number, cells=shared, note=note, problem=row_problem(shared))

    def _cell(self, key: str, value: Any) -> Any:
        if self._role(key) is not Role.IMAGES:
            return value
        values = value if isinstance(value, list) else [value]
        return [picture(each) for each in values if isinstance(each, str) and each]

    def _answers(self, given: Given) -> Iterator[tuple[dict[str, Any], Standing, str]]:
        """The annotation, standing and note of each answer."""
        truth = [each for each in given.live if each.get("ground_truth")]
        live = truth or given.live
        is_one = all(same_answers(each, live[0]) for each in live)
        if is_one and live and not self.keeps_people:
            yield live[0], Standing.ACCEPTED, ""
        else:
            note = "" if is_one else DIFFERENT
            for each in given.live if self.keeps_people else live:
                yield each, Standing.REVIEW, note
        if not live:
            for each in given.drafts[:1]:
                yield each, Standing.REVIEW, "a draft"
        for each in filter(is_object, given.predictions):
            yield each, Standing.SUGGESTION, ""

    def _record(
        self,
        number: int,
        shared: dict[str, Any],
        given: dict[str, Any],
        standing: Standing,
        note: str,
    ) -> Record:
        answers = read_result(given.get("result"))
        cells = {self.controls[k]: self.value(k, v) for k, v in answers.values.items() if v}
        if answers.boxes:
            cells[OBJECTS] = answers.boxes
        confidence, source = {}, ""
        if standing is Standing.SUGGESTION:
            source = str(given.get("model_version") or "")
            score = given.get("score")
            if is_number(score) and 0 < score <= 1:  # 0 is what it writes where there is none
                confidence = dict.fromkeys(cells, float(score))
        return Record(
            number=number,
            cells=shared | cells,
            standing=standing,
            confidence=confidence,
            source=source,
            note="; ".join(filter(None, [note, *dict.fromkeys(answers.unread)])),
            author=author_of(given),
            problem=row_problem(shared | answers.values),
        )

    def value(self, name: str, values: list[Any]) -> Any:
        """A control's answers as the cell."""
        if self.seen.whole.get(name) and all(map(is_number, values)):
            values = [int(value) for value in values]
        values = self.config.read(name, values)
        return values if self.is_list(name) else values[0]

    def notes(self) -> list[str]:
        """What the file doesn't hold, and what can't be read."""
        notes = [f"{number:,} answers: {reason}." for reason, number in self.seen.unread.items()]
        if self.seen.bare_predictions:
            notes.append(
                f"{self.seen.bare_predictions:,} predictions are only numbers: export a snapshot with full "
                "predictions to import them."
            )
        if self.seen.skipped:
            notes.append(f"{self.seen.skipped:,} tasks were skipped there and have no answers.")
        if not self.config.configs:
            notes.append(
                "Put the labeling configuration (XML) beside the file for choices and bounds."
            )
        return notes
