"""Reads of the room's screens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from annotator.datasets.models import Sample
from annotator.predictions.models import Prediction
from annotator.variables import VariableSpec


@dataclass(frozen=True)
class TrialAnswer:
    """What an endpoint answered about one sample of a try-out."""

    sample: Sample | None  # None: deleted since
    values: list[tuple[str, str, float | None]]  # name, value in words, confidence
    raw: str
    problem: str


def trial_answers(prediction: Prediction) -> list[TrialAnswer]:
    """The answers of a try-out, in two queries at most."""
    if not prediction.answers:
        return []
    samples = Sample.objects.in_bulk([row["sample"] for row in prediction.answers])
    by_id = {str(pk): sample for pk, sample in samples.items()}
    specs = {variable.name: variable.spec for variable in prediction.dataset.variables.live()}
    return [
        TrialAnswer(
            by_id.get(row["sample"]),
            [_value(name, row, spec) for name, spec in specs.items() if name in row["values"]],
            row["raw"],
            row["problem"],
        )
        for row in prediction.answers
    ]


def _value(name: str, row: dict[str, Any], spec: VariableSpec) -> tuple[str, str, float | None]:
    return name, spec.display(row["values"][name]), row["confidence"].get(name)
