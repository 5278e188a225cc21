"""Trains and evaluates the nearest-neighbour baseline in a process of its own."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np

from annotator.training.runner import CANCELLED
from annotator.training.runner.features import SIZE, sample_features
from annotator.training.runner.job import Job, Row, Stopped
from annotator.training.runner.metrics import evaluate, headline
from annotator.training.runner.neighbours import nearest, vote
from annotator.training.runner.orphan import end_with_parent
from annotator.training.runner.scores import score
from annotator.variables import VariableSpec

BLOCK = 512  # rows compared at once, so that memory stays within bounds


def train(job: Job) -> None:
    """Features, the best number of neighbours per variable, the evaluation, the model's files."""
    job.phase("preparing")
    rows = thinned(job.rows("train"), job.config["params"]["max_samples"])
    tests = job.rows("test")
    job.keep_given([*rows, *tests])
    total = len(rows) + len(tests)
    known = features(job, rows, done=0, total=total)
    asked = features(job, tests, done=len(rows), total=total)
    job.phase("training")
    neighbours = {
        spec.name: best_count(job, spec, rows, known, step=number)
        for number, spec in enumerate(job.specs, start=1)
    }
    job.phase("evaluating")
    evaluated = [
        test(job, spec, rows, known, tests, asked, neighbours[spec.name], step=number)
        for number, spec in enumerate(job.specs, start=1)
    ]
    save(job, rows, known, neighbours)
    report(job, tests, evaluated, trained_on=len(rows))


def thinned(rows: list[Row], most: int) -> list[Row]:
    """At most `most` rows, taken evenly over the whole."""
    if len(rows) <= most:
        return rows
    return [rows[index * len(rows) // most] for index in range(most)]


def features(job: Job, rows: list[Row], *, done: int, total: int) -> np.ndarray:
    """One row of SIZE per sample."""
    matrix = np.zeros((len(rows), SIZE), dtype=np.float32)
    for index, row in enumerate(rows):
        matrix[index] = sample_features(row.images)
        if (index + 1) % 10 == 0 or index + 1 == len(rows):
            job.progress(done + index + 1, total, "Reading images")
    return matrix


def best_count(
    job: Job, spec: VariableSpec, rows: list[Row], known: np.ndarray, *, step: int
) -> int:
    """How many neighbours predict the training samples best, each without itself."""
    values = [row.values.get(spec.name) for row in rows]
    most = min(job.config["params"]["max_neighbours"], max(len(rows) - 1, 1))
    candidates = [count for count in (1, 3, 5, 9, 15, 25, 50) if count <= most] or [1]
    if len(rows) < 3:
        return 1
    numbers = [value for value in values if isinstance(value, int | float)]
    spread = float(max(numbers) - min(numbers)) if numbers else 0.0
    order, likeness = nearest_in_blocks(known, known[:2000], max(candidates), own=True)
    best, best_score = 1, -1.0
    for count in candidates:
        scores = [
            score(
                spec,
                values[index],
                vote(
                    spec, [values[other] for other in order[index][:count]], likeness[index][:count]
                ),
                spread=spread,
            )
            for index in range(len(order))
            if values[index] is not None
        ]
        mean = sum(scores) / len(scores) if scores else 0.0
        job.metric(f"left-out score of {spec.name}", count, mean)
        if mean > best_score + 1e-9:
            best, best_score = count, mean
    job.progress(step, len(job.specs), f"{spec.name}: {best} neighbours")
    return best


def nearest_in_blocks(
    known: np.ndarray, asked: np.ndarray, count: int, *, own: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """`nearest`, a block at a time. With `own`, asked are the first known rows themselves."""
    orders, likenesses = [], []
    for start in range(0, len(asked), BLOCK):
        block = asked[start : start + BLOCK]
        order, likeness = nearest(known, block, count + (1 if own else 0))
        if own:
            keep = order != np.arange(start, start + len(block))[:, None]
            keep[keep.all(axis=1), -1] = False
            order = order[keep].reshape(len(block), -1)
            likeness = likeness[keep].reshape(len(block), -1)
        orders.append(order)
        likenesses.append(likeness)
    if not orders:
        return np.zeros((0, count), dtype=np.int64), np.zeros((0, count), dtype=np.float32)
    return np.concatenate(orders), np.concatenate(likenesses)


def test(
    job: Job,
    spec: VariableSpec,
    rows: list[Row],
    known: np.ndarray,
    tests: list[Row],
    asked: np.ndarray,
    count: int,
    *,
    step: int,
) -> dict[str, Any]:
    """The evaluation of one variable, with what was predicted."""
    values = [row.values.get(spec.name) for row in rows]
    expected = [row.values.get(spec.name) for row in tests]
    order, likeness = nearest_in_blocks(known, asked, count)
    predicted = [
        vote(spec, [values[other] for other in order[index]], likeness[index])
        for index in range(len(tests))
    ]
    job.progress(step, len(job.specs), f"Testing {spec.name}")
    return {
        **evaluate(spec, expected, predicted, values),
        "expected": expected,
        "predicted": predicted,
    }


def save(job: Job, rows: list[Row], known: np.ndarray, neighbours: dict[str, int]) -> None:
    """The model: its features, the values they stand for, and how to use them."""
    model = job.folder / "model"
    model.mkdir(exist_ok=True)
    np.save(model / "features.npy", known, allow_pickle=False)
    with (model / "values.jsonl").open("w", encoding="utf-8") as lines:
        for row in rows:
            lines.write(json.dumps({"id": row.id, "values": row.values}, ensure_ascii=False) + "\n")
    config = {"model_type": "nearest_neighbours", "feature_size": SIZE, "neighbours": neighbours}
    (model / "config.json").write_text(json.dumps(config, indent=2))


def report(job: Job, tests: list[Row], evaluated: list[dict[str, Any]], *, trained_on: int) -> None:
    """metrics.json and predictions.jsonl."""
    with (job.folder / "predictions.jsonl").open("w", encoding="utf-8") as lines:
        for variable in evaluated:
            columns = zip(
                tests,
                variable.pop("expected"),
                variable.pop("predicted"),
                variable.pop("scores"),
                strict=True,
            )
            for row, expected, predicted, points in columns:
                line = {
                    "id": row.id,
                    "variable": variable["name"],
                    "expected": expected,
                    "predicted": predicted,
                    "score": points,
                }
                lines.write(json.dumps(line, ensure_ascii=False) + "\n")
    metrics = {
        "train_samples": trained_on,
        "test_samples": len(tests),
        "score": headline(evaluated),
        "score_is": "the mean of the variables' scores",
        "variables": evaluated,
    }
    (job.folder / "metrics.json").write_text(json.dumps(metrics, indent=2, ensure_ascii=False))


def main() -> int:
    """`python -m annotator.training.runner.baseline FOLDER`."""
    end_with_parent()
    os.nice(10)
    job = Job(Path(sys.argv[1]))
    try:
        train(job)
    except Stopped:
        return CANCELLED
    except (OSError, ValueError, MemoryError) as error:
        job.error(f"{type(error).__name__}: {error}")
        raise
    return 0


if __name__ == "__main__":
    sys.exit(main())
