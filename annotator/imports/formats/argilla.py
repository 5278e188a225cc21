"""Argilla 2: records.json with its settings, and the flat form of its datasets.

Source: argilla-io/argilla, records/_io/{_json,_generic,_datasets}.py. How its settings name options is not
documented: what isn't understood there is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from annotator.errors import BadInput
from annotator.imports.formats.argilla_answers import (
    answers_of,
    config_of,
    is_flat,
    nested,
    questions_in,
)
from annotator.imports.formats.arrow import ArrowRows
from annotator.imports.formats.bounds import MAX_COLUMNS, row_problem, small_json
from annotator.imports.formats.boxes import is_number
from annotator.imports.formats.json_files import JsonLines, JsonTable
from annotator.imports.formats.json_stream import first_object
from annotator.imports.formats.parquet import ParquetTable
from annotator.imports.formats.pictures import is_picture_path, lenient_reference, references_of
from annotator.imports.formats.records import Column, ImageReference, Record, Role, Source, Standing
from annotator.imports.formats.saved_to_disk import SavedToDisk

TELLING = {"fields", "responses", "suggestions"}
SETTINGS = Path(".argilla", "settings.json")
TABLES: tuple[type[Source], ...] = (SavedToDisk, ParquetTable, JsonLines, JsonTable)


class Argilla(Source):
    """Fields, metadata and a column for each question; a record for each answer that counts."""

    name: ClassVar[str] = "argilla"
    label: ClassVar[str] = "Argilla"
    names_people: ClassVar[bool] = True

    @property
    def file(self) -> Path:
        """The records."""
        file = self.path / "records.json"
        return file if file.is_file() else self.path

    @classmethod
    def recognises(cls, path: Path) -> bool:
        """A folder with its settings, records, or a table with answers in its flat form."""
        if path.is_dir() and (path / SETTINGS).is_file():
            return True
        if path.is_file() and path.suffix.lower() in (".json", ".jsonl"):
            first = first_object(path)
            return first.keys() >= TELLING or is_flat(first)
        table = next((each for each in TABLES[:2] if each.recognises(path)), None)
        try:
            return table is not None and is_flat([each.name for each in table(path).columns()])
        except BadInput:
            return False

    @cached_property
    def table(self) -> Source:
        """The reader of the file."""
        return next((each for each in TABLES if each.recognises(self.file)), JsonTable)(self.file)

    @cached_property
    def settings(self) -> dict[str, Any]:
        """The settings beside the records; empty without."""
        for place in (self.root / SETTINGS, self.root / "settings.json"):
            if place.is_file():
                settings = small_json(place)
                return settings if isinstance(settings, dict) else {}
        return {}

    def rows(self) -> Iterator[Record]:
        """The records in the nested form."""
        for record in self.table.records():
            if not record.problem and is_flat(record.cells):
                record.cells = nested(record.cells)
            yield record

    @cached_property
    def seen(self) -> tuple[dict[str, bool], list[str]]:
        """The fields and metadata, each with whether all its values are pictures; the questions."""
        fields: dict[str, bool] = {}
        questions = dict.fromkeys(questions_in(self.settings))
        for record in self.rows():
            for key, value in self._shared(record.cells).items():
                fields[key] = fields.get(key, True) and are_pictures(value)
            for part in ("responses", "suggestions"):
                named = record.cells.get(part)
                questions |= dict.fromkeys(named) if isinstance(named, dict) else {}
            if len(fields) + len(questions) > MAX_COLUMNS:
                raise BadInput(f"It has more than {MAX_COLUMNS:,} fields and questions.")
        return fields, list(questions)

    @cached_property
    def questions(self) -> dict[str, str]:
        """The column's name by the question's."""
        taken = {"id", *self.seen[0]}
        return {name: f"answer {name}" if name in taken else name for name in self.seen[1]}

    def columns(self) -> list[Column]:
        """id, fields and metadata, questions."""
        columns = [Column(name="id", role=Role.EXTERNAL_ID)]
        for name, is_picture in self.seen[0].items():
            columns.append(Column(name=name, role=Role.IMAGES if is_picture else Role.METADATA))
        configs = questions_in(self.settings)
        for name, column in self.questions.items():
            config = config_of(configs.get(name, {}))
            columns.append(Column(name=column, role=Role.VARIABLE, variable=name, config=config))
        return columns

    def records(self) -> Iterator[Record]:
        """Answers of people, then suggestions of models; a record without either is one without values."""
        for record in self.rows():
            if record.problem:
                yield record
                continue
            row = record.cells
            shared = {} if row.get("id") is None else {"id": str(row["id"])}
            try:
                shared |= {key: self._cell(key, value) for key, value in self._shared(row).items()}
            except BadInput as error:
                yield Record(number=record.number, line=record.line, problem=str(error))
                continue
            given = [*self._answers(row), *self._suggestions(row)] or [Record(number=0)]
            for each in given:
                each.number, each.line = record.number, record.line
                each.cells = shared | {self.questions[key]: v for key, v in each.cells.items()}
                each.problem = row_problem(each.cells)
                yield each

    def _shared(self, row: dict[str, Any]) -> dict[str, Any]:
        parts = [row.get(key) for key in ("fields", "metadata")]
        return {
            k: v
            for part in parts
            if isinstance(part, dict)
            for k, v in part.items()
            if v is not None
        }

    def _cell(self, key: str, value: Any) -> Any:
        if not self.seen[0][key]:
            return value
        return [lenient_reference(value)] if isinstance(value, str) else references_of(value)

    def _answers(self, row: dict[str, Any]) -> Iterator[Record]:
        for values, standing, author, note in answers_of(
            row.get("responses"), keeps_people=self.keeps_people
        ):
            yield Record(number=0, cells=values, standing=standing, author=author, note=note)

    def _suggestions(self, row: dict[str, Any]) -> Iterator[Record]:
        """One for each model: agents differ from question to question."""
        by_agent: dict[str, Record] = {}
        suggestions = row.get("suggestions")
        for name, given in suggestions.items() if isinstance(suggestions, dict) else ():
            if not isinstance(given, dict) or given.get("value") is None:
                continue
            agent = str(given.get("agent") or "")
            record = by_agent.setdefault(
                agent, Record(number=0, standing=Standing.SUGGESTION, source=agent)
            )
            record.cells[name] = given["value"]
            if is_number(given.get("score")) and 0 <= given["score"] <= 1:
                record.confidence[self.questions[name]] = float(given["score"])
        yield from by_agent.values()

    def notes(self) -> list[str]:
        """What this form doesn't say."""
        if isinstance(self.table, ArrowRows):
            return []
        return ["Records in JSON don't say which answers were submitted: all are for review."]


def are_pictures(value: Any) -> bool:
    """Whether a field's value names a picture."""
    if isinstance(value, list):
        return bool(value) and all(isinstance(each, ImageReference) for each in value)
    return isinstance(value, str) and is_picture_path(value)
