"""Suggestions out of a CSV or JSONL file: which sample each line is about, and what it proposes.

CSV    a header with `sample` (an id, or a name that only one sample of the dataset has), a column for each
       variable by its name, and with `NAME.confidence` its confidence; an empty cell proposes nothing
JSONL  a line is {"sample": …, "values": {NAME: value}, "confidence": {NAME: 0.9}, "raw": "…"}
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import Any
from uuid import UUID

from django.template.defaultfilters import pluralize

from annotator.datasets.models import Dataset, Sample, Variable
from annotator.errors import BadInput
from annotator.suggestions.actions import ProposedRow, RowOutcome, propose_rows
from annotator.suggestions.models import Source
from annotator.variables import ValueRefused

BATCH = 500  # lines of one transaction
CONFIDENCE = ".confidence"
TOLD = 50  # problems that a report names; all are counted


@dataclass(frozen=True)
class Line:
    """One line: the sample's id or name, and what it proposes."""

    sample: str
    values: dict[str, Any]
    confidence: dict[str, Any]
    raw_text: str = ""


@dataclass
class Report:
    """What became of a file: numbers of values, but `refused` of lines. `problems` names the first TOLD."""

    changed: int = 0
    unchanged: int = 0
    invalid: int = 0
    refused: int = 0
    problems: list[str] = field(default_factory=list)

    def add(self, number: int, result: RowOutcome | Exception) -> None:
        """Count the result of line `number`."""
        if isinstance(result, Exception):
            self.refused += 1
            self._name(f"Line {number}: {result}")
            return
        self.changed += result.changed
        self.unchanged += result.unchanged
        self.invalid += len(result.invalid)
        for name, reason in result.invalid.items():
            self._name(f"Line {number}: {name}: {reason}")

    def _name(self, problem: str) -> None:
        if len(self.problems) < TOLD:
            self.problems.append(problem)

    @property
    def summary(self) -> str:
        """The counts in a sentence."""
        suggested = f"{self.changed:,} value{pluralize(self.changed)} suggested"
        parts = [suggested, f"{self.unchanged:,} known before"]
        if self.invalid:
            parts.append(f"{self.invalid:,} not allowed (kept, not shown)")
        if self.refused:
            parts.append(f"{self.refused:,} line{pluralize(self.refused)} refused")
        return ", ".join(parts) + "."


def import_suggestions(
    dataset: Dataset, source: Source, lines: Iterable[str], *, is_csv: bool
) -> Report:
    """Propose what the file holds, BATCH lines in one transaction; the same file again changes nothing.

    Raises BadInput when a CSV has no column `sample`, or one that is no variable's.
    """
    variables = {variable.name: variable for variable in dataset.variables.live()}
    rows = _csv_lines(lines, variables) if is_csv else _json_lines(lines)
    report, number = Report(), 1 + is_csv
    while batch := list(islice(rows, BATCH)):
        proposed = _resolved(dataset, batch)
        results = propose_rows(source, proposed, samples=Sample.objects.in_dataset(dataset))
        for result in results:
            report.add(number, result)
            number += 1
    return report


def _csv_lines(lines: Iterable[str], variables: dict[str, Variable]) -> Iterator[Line | BadInput]:
    reader = csv.DictReader(lines)
    try:
        names = list(reader.fieldnames or ())
        _check_columns(names, variables)
        for row in reader:
            yield _csv_line(row, variables)
    except csv.Error as error:
        raise BadInput(f"This is no CSV file: {error}.") from error


def _check_columns(names: Sequence[str], variables: dict[str, Variable]) -> None:
    if "sample" not in names:
        raise BadInput("The first line must name the columns; one must be called “sample”.")
    known = {"sample", "raw", *variables, *(name + CONFIDENCE for name in variables)}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise BadInput(f"There is no variable “{unknown[0]}” in this dataset: correct the column.")


def _csv_line(row: dict[str, Any], variables: dict[str, Variable]) -> Line | BadInput:
    if None in row or None in row.values():
        return BadInput("It has more or fewer values than there are columns.")
    values: dict[str, Any] = {}
    confidence: dict[str, Any] = {}
    for name, variable in variables.items():
        text = row.get(name, "")
        if not text.strip():
            continue
        try:
            values[name] = variable.spec.type_rules.from_text(text)
        except ValueRefused:
            values[name] = text  # the check refuses it with its reason
        share = row.get(name + CONFIDENCE, "").strip()
        if share:
            try:
                confidence[name] = float(share)
            except ValueError:
                return BadInput(f"{name}: “{share[:40]}” is no confidence from 0 to 1.")
    return Line(row["sample"].strip(), values, confidence, row.get("raw", ""))


def _json_lines(lines: Iterable[str]) -> Iterator[Line | BadInput]:
    for text in lines:
        if text.strip():
            yield _json_line(text)


def _json_line(text: str) -> Line | BadInput:
    try:
        row = json.loads(text)
    except (ValueError, RecursionError) as error:
        return BadInput(f"This is no JSON: {str(error)[:200]}")
    if not isinstance(row, dict) or not isinstance(row.get("sample"), str):
        return BadInput("Write an object with the id of the sample as “sample”.")
    values, confidence = row.get("values"), row.get("confidence") or {}
    if not isinstance(values, dict) or not isinstance(confidence, dict):
        return BadInput("Write “values”, and “confidence”, as objects by the variables' names.")
    return Line(row["sample"], values, confidence, str(row.get("raw") or ""))


def _resolved(dataset: Dataset, lines: Sequence[Line | BadInput]) -> list[ProposedRow | Exception]:
    """The lines with the ids of their samples."""
    texts = {line.sample for line in lines if isinstance(line, Line)}
    names: dict[str, list[UUID]] = {}
    samples = Sample.objects.in_dataset(dataset).filter(name__in=texts)
    for name, pk in samples.values_list("name", "pk"):
        names.setdefault(name or "", []).append(pk)
    return [_row(line, names) for line in lines]


def _row(line: Line | BadInput, names: dict[str, list[UUID]]) -> ProposedRow | Exception:
    if isinstance(line, BadInput):
        return line
    ids = names.get(line.sample, [])
    with suppress(ValueError):
        ids = [UUID(line.sample)]
    if len(ids) != 1:
        what = f"{len(ids)} samples are" if ids else "No sample is"
        return BadInput(
            f"{what} called “{line.sample[:80]}” in this dataset: give the sample's id."
        )
    return ProposedRow(
        sample=ids[0],
        values=line.values,
        confidence=line.confidence,
        raw_text=line.raw_text,
    )
