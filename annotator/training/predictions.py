"""The predictions that a version's archive holds: one per test sample (docs/training.md#predictions)."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from django.conf import settings

from annotator.training.models import ModelVersion

FILE = "predictions.jsonl"


@dataclass
class SamplePrediction:
    """What a version predicted for one test sample. Every dictionary is by variable name.

    `values` and `expected` hold None for "no value"; `scores` and `confidence` are 0 to 1. `raw` is the
    model's own text, None for a model that writes none; `repairs` are the steps that it took to read it.
    """

    id: str
    name: str = ""
    expected: dict[str, Any] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    scores: dict[str, float] = field(default_factory=dict)
    confidence: dict[str, float | None] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    repairs: list[str] = field(default_factory=list)
    raw: str | None = None
    tokens: int | None = None
    seconds: float | None = None
    is_cut: bool = False


KNOWN = {known.name for known in fields(SamplePrediction)}


def read_predictions(version: ModelVersion) -> list[SamplePrediction]:
    """In the order of the evaluation; empty when the version has no archive, or none in it."""
    path = Path(settings.MODELS_ROOT) / version.archive
    if not version.archive or not path.exists():
        return []
    with zipfile.ZipFile(path) as archive:
        try:
            return predictions_of(archive.read(FILE).decode())
        except KeyError:
            return []


def predictions_of(text: str) -> list[SamplePrediction]:
    """Read the lines. Archives of the first versions hold a line per value; these are joined."""
    lines = [json.loads(line) for line in text.splitlines()]
    if lines and "variable" in lines[0]:
        return _joined(lines)
    return [SamplePrediction(**{k: v for k, v in line.items() if k in KNOWN}) for line in lines]


def _joined(lines: Iterable[dict[str, Any]]) -> list[SamplePrediction]:
    samples: dict[str, SamplePrediction] = {}
    for line in lines:
        sample = samples.setdefault(line["id"], SamplePrediction(line["id"]))
        sample.expected[line["variable"]] = line["expected"]
        sample.values[line["variable"]] = line["predicted"]
        sample.scores[line["variable"]] = line["score"]
    return list(samples.values())
