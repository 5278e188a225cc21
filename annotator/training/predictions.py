"""The predictions that a version's archive holds: one per test sample (docs/training.md#predictions)."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields
from itertools import chain
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


def archive_lines(version: ModelVersion, name: str) -> Iterator[str]:
    """The lines of a file in the version's archive, one at a time; none without archive or file."""
    path = Path(settings.MODELS_ROOT) / version.archive
    if not version.archive or not path.exists():
        return
    with zipfile.ZipFile(path) as archive:
        if name in archive.namelist():
            with archive.open(name) as file:
                yield from io.TextIOWrapper(file, encoding="utf-8")


def stream_predictions(version: ModelVersion) -> Iterator[SamplePrediction]:
    """In the order of the evaluation, one line in memory; none when the archive has no predictions."""
    return parse_predictions(archive_lines(version, FILE))


def read_predictions(version: ModelVersion) -> list[SamplePrediction]:
    """All of them at once."""
    return list(stream_predictions(version))


def parse_predictions(lines: Iterable[str]) -> Iterator[SamplePrediction]:
    """Read the lines. Archives of the first versions hold a line per value; these are joined, in memory."""
    rest = (json.loads(line) for line in lines if line.strip())
    first = next(rest, None)
    if first is None:
        return
    rows = chain([first], rest)
    if "variable" in first:
        yield from _joined(rows)
        return
    for row in rows:
        yield SamplePrediction(**{key: value for key, value in row.items() if key in KNOWN})


def _joined(lines: Iterable[dict[str, Any]]) -> list[SamplePrediction]:
    samples: dict[str, SamplePrediction] = {}
    for line in lines:
        sample = samples.setdefault(line["id"], SamplePrediction(line["id"]))
        sample.expected[line["variable"]] = line["expected"]
        sample.values[line["variable"]] = line["predicted"]
        sample.scores[line["variable"]] = line["score"]
    return list(samples.values())
