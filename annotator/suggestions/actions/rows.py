"""Rows of a call or a file, each with proposals for one sample: what is wrong with one spoils no other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import transaction

from annotator.datasets.models import Sample, SampleQuerySet, Variable
from annotator.errors import BadInput
from annotator.suggestions.actions.proposing import Outcome, Proposal, propose
from annotator.suggestions.models import Source
from annotator.variables import unwrap

BATCH = 500  # ids of one query: SQLite takes only so many parameters


@dataclass(frozen=True, kw_only=True)
class ProposedRow:
    """What a source proposes for one sample, by variable name. None takes back what it proposed before."""

    sample: UUID
    values: Mapping[str, Any]
    confidence: Mapping[str, Any] = field(default_factory=dict)
    raw_text: str = ""


@dataclass
class RowOutcome:
    """What became of one row: how many values are new, and why the illegal ones are."""

    sample: UUID
    changed: int = 0
    unchanged: int = 0
    invalid: dict[str, str] = field(default_factory=dict)

    def add(self, variable: Variable, outcome: Outcome) -> None:
        """Count one proposal."""
        if outcome.invalid_reason:
            self.invalid[variable.name] = outcome.invalid_reason
        self.changed += outcome.is_changed
        self.unchanged += not outcome.is_changed


@transaction.atomic
def propose_rows(
    source: Source, rows: Sequence[ProposedRow | Exception], *, samples: SampleQuerySet
) -> list[RowOutcome | Exception]:
    """Write the proposals of all rows that make sense, in a fixed number of queries for each BATCH of them.

    `samples` are those that the caller may propose for. The result of a row is in its place: a BadInput says
    what is wrong with it, and an exception that was given comes back as it is.
    """
    results: list[RowOutcome | Exception] = []
    seen: set[tuple[UUID, UUID]] = set()
    for start in range(0, len(rows), BATCH):
        results += _propose_batch(source, rows[start : start + BATCH], samples, seen)
    return results


def _propose_batch(
    source: Source,
    rows: Sequence[ProposedRow | Exception],
    samples: SampleQuerySet,
    seen: set[tuple[UUID, UUID]],
) -> list[RowOutcome | Exception]:
    ids = {row.sample for row in rows if isinstance(row, ProposedRow)}
    known = {sample.pk: sample for sample in samples.filter(pk__in=ids)}
    variables = _variables(known.values())
    read = [_proposals(row, known, variables, seen) for row in rows]
    proposals = [each for row in read if not isinstance(row, Exception) for each in row[1]]
    outcomes = iter(propose(source, proposals))
    results: list[RowOutcome | Exception] = []
    for row in read:
        if isinstance(row, Exception):
            results.append(row)
            continue
        sample, given = row
        result = RowOutcome(sample)
        for each in given:
            result.add(each.variable, next(outcomes))
        results.append(result)
    return results


def _variables(samples: Any) -> dict[UUID, dict[str, Variable]]:
    """The live variables of the samples' datasets, by dataset and name."""
    by_dataset: dict[UUID, dict[str, Variable]] = {}
    datasets = {sample.dataset_id for sample in samples}
    for variable in Variable.objects.live().filter(dataset__in=datasets):
        by_dataset.setdefault(variable.dataset_id, {})[variable.name] = variable
    return by_dataset


def _proposals(
    row: ProposedRow | Exception,
    samples: Mapping[UUID, Sample],
    variables: Mapping[UUID, Mapping[str, Variable]],
    seen: set[tuple[UUID, UUID]],
) -> tuple[UUID, list[Proposal]] | Exception:
    """The row's sample and proposals, or what is wrong with it."""
    if isinstance(row, Exception):
        return row
    try:
        proposals = _read(row, samples, variables)
        for each in proposals:
            if each.key in seen:
                raise BadInput(f"{each.variable} of this sample is proposed twice in this call.")
    except BadInput as error:
        return error
    seen.update(each.key for each in proposals)
    return row.sample, proposals


def _read(
    row: ProposedRow,
    samples: Mapping[UUID, Sample],
    variables: Mapping[UUID, Mapping[str, Variable]],
) -> list[Proposal]:
    sample = samples.get(row.sample)
    if sample is None:
        raise BadInput(f"There is no sample {row.sample} here.")
    names = variables.get(sample.dataset_id, {})
    for name in [*row.values, *row.confidence]:
        if name not in names:
            raise BadInput(f"The sample's dataset has no variable {name}.")
    return [
        Proposal(
            sample=sample,
            variable=names[name],
            value=unwrap(value, names[name].spec),
            confidence=share(name, row.confidence.get(name)),
            raw_text=row.raw_text,
        )
        for name, value in row.values.items()
    ]


def share(name: str, confidence: Any) -> float | None:
    """The confidence as a number from 0 to 1, None for none. Raises BadInput."""
    if confidence is None:
        return None
    is_number = isinstance(confidence, int | float) and not isinstance(confidence, bool)
    if not is_number or not 0 <= confidence <= 1:
        raise BadInput(f"{name}: give its confidence as a number from 0 to 1.")
    return float(confidence)
