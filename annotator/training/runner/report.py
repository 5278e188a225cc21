"""The evaluation as files: metrics.json and predictions.jsonl (docs/training.md#predictions)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from annotator.training.runner.job import JobSample
from annotator.training.runner.metrics import headline


@dataclass(frozen=True)
class ModelAnswer:
    """What a model that writes text answered for one sample, beside the values read from it.

    `confidence` holds, by variable, the geometric mean of its tokens' probabilities; None where the value's
    place in the text isn't known. `problems` says by variable why nothing could be read.
    """

    raw: str | None = None
    repairs: tuple[str, ...] = ()
    problems: Mapping[str, str] = field(default_factory=dict)
    confidence: Mapping[str, float | None] = field(default_factory=dict)
    tokens: int | None = None
    seconds: float | None = None
    is_cut: bool = False  # it reached the maximum length


def write_report(
    folder: Path,
    test: Sequence[JobSample],
    evaluations: list[dict[str, Any]],
    *,
    trained_on: int,
    answers: Sequence[ModelAnswer] = (),
    more: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Write both files and return the metrics.

    An evaluation is what `metrics.evaluate` gives, with the lists `expected` and `predicted`, one entry
    per test sample. `answers` has one entry per test sample, or none. `more` is added to the metrics.
    """
    write_predictions(folder / "predictions.jsonl", test, evaluations, answers)
    lists = ("expected", "predicted", "scores")
    variables = [{k: v for k, v in row.items() if k not in lists} for row in evaluations]
    metrics = {
        "train_samples": trained_on,
        "test_samples": len(test),
        "score": headline(evaluations),
        "score_is": "the mean of the variables' scores",
        "variables": variables,
        **(more or {}),
    }
    (folder / "metrics.json").write_text(json.dumps(metrics, indent=2, ensure_ascii=False))
    return metrics


def write_predictions(
    path: Path,
    test: Sequence[JobSample],
    evaluations: Sequence[Mapping[str, Any]],
    answers: Sequence[ModelAnswer],
) -> None:
    """One line per test sample, in their order."""
    with path.open("w", encoding="utf-8") as lines:
        for number, sample in enumerate(test):
            answer = answers[number] if answers else ModelAnswer()
            names = [row["name"] for row in evaluations]
            line = {
                "id": sample.id,
                "name": sample.name,
                "expected": {row["name"]: row["expected"][number] for row in evaluations},
                "values": {row["name"]: row["predicted"][number] for row in evaluations},
                "scores": {row["name"]: row["scores"][number] for row in evaluations},
                "confidence": {name: answer.confidence.get(name) for name in names},
                "problems": dict(answer.problems),
                "repairs": list(answer.repairs),
                "raw": answer.raw,
                "tokens": answer.tokens,
                "seconds": answer.seconds,
                "is_cut": answer.is_cut,
            }
            lines.write(json.dumps(line, ensure_ascii=False) + "\n")
