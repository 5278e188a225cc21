"""A row of cells is read by the mapping: which sample it is about, and the values that it gives."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from math import isfinite
from typing import Any

from annotator.datasets.models import Dataset, Sample, Variable
from annotator.errors import BadInput
from annotator.imports.answers.authors import Authors
from annotator.imports.answers.mapping import Target, names_authors, variables_for
from annotator.imports.answers.rows import Refusal, Row
from annotator.imports.formats.pictures import is_picture_path, references_of
from annotator.imports.formats.records import (
    DIFFERENT,
    Box,
    ImageReference,
    Record,
    Role,
    Standing,
)
from annotator.imports.formats.texts import is_unclear, number_text
from annotator.names import storable
from annotator.predictions.recording import read_answer
from annotator.variables import ValueRefused, clean_text, to_json
from annotator.variables.types.boolean import NO, YES
from annotator.variables.variable_type import VariableType

TEST = {"test", "testing", "eval", "evaluation", "val", "valid", "validation", "dev", "true", "1"}
TRAIN = {"train", "training", "false", "0"}
SEPARATORS = re.compile(r"[;|]")
SEVERAL = (
    "The file gives different answers to it.",
    "Keep one of the answers in the file, or import answers for review with a column of who gave them.",
)


class RowReader:
    """Reads records by a mapping; one for many rows, so that what they share is looked up once."""

    def __init__(
        self,
        dataset: Dataset,
        targets: Iterable[Target],
        *,
        standing: str,
        mended: Mapping[str, Mapping[str, str]],
        decimal: str = ".",
    ) -> None:
        """`decimal` is how numbers in texts are written; empty: not known. Raises BadInput for a mapping
        that no longer fits the dataset.
        """
        self.dataset = dataset
        self.targets = [each for each in targets if each.role != Role.IGNORED]
        self.variables = variables_for(dataset, self.targets)
        self.asked = list(Variable.objects.asked_in(dataset))
        self.standing = standing
        self.mended = mended
        self.decimal = decimal
        self.authors = Authors(dataset) if names_authors(self.targets) else None

    def read(self, record: Record) -> Row:
        """The row; what is wrong with it is among its refusals."""
        is_proposed = record.standing == Standing.SUGGESTION  # by a model: nobody has answered so
        standing = Standing.SUGGESTION if is_proposed else self.standing
        row = Row(number=record.number, standing=standing, source=record.source)
        if record.problem:
            row.refuse(record.problem, "Correct the row in the file and send it again.")
            return row
        cells = record.all_cells
        if mends := self.mended.get(str(record.number)):
            cells = {**cells, **mends}
        for target in self.targets:
            cell = cells.get(target.column)
            if cell is None:
                continue
            row.columns.setdefault(target.role, target.column)
            try:
                READERS[target.role](self, row, target, cell)
            except (BadInput, ValueError) as refusal:
                row.refusals.append(
                    Refusal(
                        number=row.number,
                        column=target.column,
                        value=shown(cell),
                        reason=str(refusal),
                    )
                )
        is_nobodys = self.authors is not None and row.author is None and not row.is_refused
        if is_nobodys and row.values and row.standing == Standing.REVIEW:
            row.refuse("It does not say who answered.", "Fill in a name.")
        if DIFFERENT in record.note and row.standing == Standing.ACCEPTED:
            row.refuse(*SEVERAL)
        self._read_confidence(row, record)
        return row

    def _read_confidence(self, row: Row, record: Record) -> None:
        if record.confidence and row.standing == Standing.SUGGESTION:
            for column, share in record.confidence.items():
                variable = self.variables.get(column)
                if variable is not None:
                    row.confidence[variable] = share

    def value(self, row: Row, target: Target, cell: Any) -> None:
        """A cell that is the value of a variable."""
        variable = self.variables[target.column]
        rules = variable.spec.type_rules
        if isinstance(cell, str):
            cell = read_text(rules, self._number_text(cell) if rules.is_numeric else cell)
        elif rules.is_text and isinstance(cell, bool | int | float):
            cell = to_json(cell)
        checked = variable.spec.check(cell)
        if checked is not None:
            row.values[variable] = checked

    def _number_text(self, text: str) -> str:
        if is_unclear(text, self.decimal):
            raise BadInput(
                "This may be decimals or thousands: choose the decimal mark of the file."
            )
        return number_text(text, self.decimal)

    def answer(self, row: Row, target: Target, cell: Any) -> None:
        """A whole answer as a model writes it, read back by the dataset's template."""
        reading = read_answer(Sample(dataset=self.dataset), self.asked, required_text(cell))
        by_name = {variable.name: variable for variable in self.asked}
        for name, value in reading.values.items():
            if value is not None:
                row.values[by_name[name]] = value
        for name, problem in reading.problems.items():
            row.refusals.append(
                Refusal(
                    number=row.number,
                    column=f"{target.column}: {name}" if name else target.column,
                    value=shown(cell),
                    reason=problem,
                    remedy="Correct the answer in the file, or the dataset's result template.",
                )
            )

    def name(self, row: Row, target: Target, cell: Any) -> None:
        """The sample's name."""
        row.name = short_text(cell)

    def external_id(self, row: Row, target: Target, cell: Any) -> None:
        """Its id in another tool, as a text: 7 and 007 are two."""
        row.external_id = short_text(cell)

    def images(self, row: Row, target: Target, cell: Any) -> None:
        """One or several pictures."""
        parts = SEPARATORS.split(cell) if isinstance(cell, str) else []
        are_names = len(parts) > 1 and all(is_picture_path(part.strip()) for part in parts)
        row.images += references_of(parts if are_names else cell)

    def metadata(self, row: Row, target: Target, cell: Any) -> None:
        """Input metadata, under the column's own name."""
        row.metadata[target.variable or target.column] = storable_json(cell)

    def split(self, row: Row, target: Target, cell: Any) -> None:
        """Whether it is for tests."""
        word = str(cell).strip().casefold()
        if word not in TEST | TRAIN:
            raise BadInput("Write train or test.")
        row.fields["test"] = word in TEST

    def type(self, row: Row, target: Target, cell: Any) -> None:
        """How its images are used."""
        word = required_text(cell).strip()
        by_label = {label: value for value, label in Sample.Type.choices}
        if word not in Sample.Type.values and word not in by_label:
            raise BadInput(f"Write one of: {', '.join(Sample.Type.values)}.")
        row.fields["type"] = by_label.get(word, word)

    def description(self, row: Row, target: Target, cell: Any) -> None:
        """The sample's description."""
        row.fields["description"] = clean_text(required_text(cell))

    def author(self, row: Row, target: Target, cell: Any) -> None:
        """Who gave the answers; a row of somebody unknown is nobody's."""
        assert self.authors is not None
        try:
            row.author = self.authors.find(short_text(cell), target.people)
        except BadInput:
            row.is_refused = True
            raise

    def objects(self, row: Row, target: Target, cell: Any) -> None:
        """Detection objects, which only formats that know boxes give."""
        if not isinstance(cell, list) or not all(isinstance(box, Box) for box in cell):
            raise BadInput("This column holds no detection objects. Choose another use for it.")
        row.boxes += [storable_box(box) for box in cell]


READERS: dict[str, Callable[[RowReader, Row, Target, Any], None]] = {
    Role.VARIABLE: RowReader.value,
    Role.ANSWER: RowReader.answer,
    Role.NAME: RowReader.name,
    Role.EXTERNAL_ID: RowReader.external_id,
    Role.IMAGES: RowReader.images,
    Role.METADATA: RowReader.metadata,
    Role.SPLIT: RowReader.split,
    Role.TYPE: RowReader.type,
    Role.DESCRIPTION: RowReader.description,
    Role.AUTHOR: RowReader.author,
    Role.OBJECTS: RowReader.objects,
}


def read_text(rules: VariableType, text: str) -> object:
    """As the type reads it; yes and no are true and false where it takes those. Raises ValueRefused."""
    try:
        return rules.from_text(text)
    except ValueRefused:
        word = text.strip().casefold()
        if word in YES | NO:
            with suppress(ValueRefused):
                return rules.check(word in YES)
        raise


def required_text(cell: Any) -> str:
    """Raises BadInput for anything else than a text."""
    if not isinstance(cell, str):
        raise BadInput("Write a text.")
    return cell


def short_text(cell: Any) -> str:
    """A name or id as text; a whole number is written as one. Raises BadInput."""
    if isinstance(cell, bool) or not isinstance(cell, str | int | float):
        raise BadInput("Write a text.")
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    text = clean_text(str(cell)).strip()
    if len(text) > Sample.NAME_LENGTH:
        raise BadInput(f"Shorten it to {Sample.NAME_LENGTH} characters.")
    return text


def storable_json(value: Any) -> Any:
    """The value as every database keeps it: no U+0000, no half of a character; infinity as a text."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, list | tuple):
        return [storable_json(part) for part in value]
    if isinstance(value, dict):
        return {storable(str(key)): storable_json(part) for key, part in value.items()}
    is_kept = isinstance(value, bool | int | None) or (isinstance(value, float) and isfinite(value))
    return value if is_kept else str(value)


def storable_box(box: Box) -> Box:
    """The box with attributes as every database keeps them. Raises BadInput for such a label."""
    if storable(box.label) != box.label:
        raise BadInput(
            "The label of a box holds a NUL or half a character. Correct it in the file."
        )
    return replace(box, attributes=storable_json(box.attributes)) if box.attributes else box


def shown(cell: Any) -> str:
    """A cell as the report shows it."""
    if isinstance(cell, str):
        return storable(cell)[:500]
    if isinstance(cell, ImageReference):
        return storable(cell.path)[:500]
    if isinstance(cell, list) and any(isinstance(part, ImageReference | Box) for part in cell):
        names = (part.label if isinstance(part, Box) else shown(part) for part in cell)
        return storable(", ".join(names))[:500]
    try:
        return storable(to_json(cell))[:500]
    except (TypeError, ValueError):
        return storable(str(cell))[:500]
