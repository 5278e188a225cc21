"""Trains and evaluates the baseline in a process of its own.

Each variable gets the head that predicts left-out training samples best: some neighbours, or a line.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from annotator.training.runner.entry import run_job
from annotator.training.runner.features import SIZE, sample_features
from annotator.training.runner.job import Job, JobSample
from annotator.training.runner.linear import Linear, fit
from annotator.training.runner.metrics import evaluate
from annotator.training.runner.neighbours import nearest, vote
from annotator.training.runner.report import write_report
from annotator.training.runner.scores import score
from annotator.training.runner.specs import used_specs
from annotator.variables import VariableSpec

COUNTS = (1, 3, 5, 9, 15, 25, 50)  # of neighbours; each up to the parameter is tried
MAX_COMPARED = 2000  # training samples that the heads are compared on

Head = int | Linear  # so many nearest neighbours, or a line


@dataclass(frozen=True)
class Split:
    """Samples with one row of SIZE features each."""

    samples: list[JobSample]
    features: np.ndarray

    def values(self, spec: VariableSpec) -> list[Any]:
        """The variable's value per sample, None where it has none."""
        return [sample.values.get(spec.name) for sample in self.samples]


def train(job: Job) -> None:
    """Features, the best head of each variable, the evaluation, the model's files."""
    job.phase("preparing")
    samples = thin(job.samples("train"), job.params["max_samples"])
    test_samples = job.samples("test")
    specs = used_specs(job, [*samples, *test_samples])
    features = compute_features(job, [*samples, *test_samples])
    known = Split(samples, features[: len(samples)])
    test = Split(test_samples, features[len(samples) :])
    job.phase("training")
    heads = {
        spec.name: best_head(job, spec, known, step=number, steps=len(specs))
        for number, spec in enumerate(specs, start=1)
    }
    job.phase("evaluating")
    evaluations = [evaluate_variable(job, spec, known, test, heads[spec.name]) for spec in specs]
    save_model(job, known, heads)
    write_report(job.folder, test.samples, evaluations, trained_on=len(samples))


def thin(samples: list[JobSample], maximum: int) -> list[JobSample]:
    """At most `maximum` samples, taken evenly over the whole."""
    if len(samples) <= maximum:
        return samples
    return [samples[index * len(samples) // maximum] for index in range(maximum)]


def compute_features(job: Job, samples: list[JobSample]) -> np.ndarray:
    """One row of SIZE per sample."""
    matrix = np.zeros((len(samples), SIZE), dtype=np.float32)
    ignore_colours = job.params["ignore_colours"]
    for index, sample in enumerate(samples):
        images = sample.images[: job.params["max_images"]]
        matrix[index] = sample_features(images, ignore_colours=ignore_colours)
        if (index + 1) % 10 == 0 or index + 1 == len(samples):
            job.progress(index + 1, len(samples), "Reading images")
    return matrix


def best_head(job: Job, spec: VariableSpec, known: Split, *, step: int, steps: int) -> Head:
    """A line where it predicts left-out training samples better than any number of neighbours."""
    count, score_of_count = best_count(job, spec, known)
    values = known.values(spec)
    fitted = fit(spec, known.features, values)
    if fitted is not None:
        linear, predicted = fitted
        if mean_score(spec, values, predicted) > score_of_count + 1e-9:
            job.progress(step, steps, f"{spec.name}: a line")
            return linear
    job.progress(step, steps, f"{spec.name}: {count} neighbours")
    return count


def best_count(job: Job, spec: VariableSpec, known: Split) -> tuple[int, float]:
    """How many neighbours predict the training samples best, each without itself; and their score."""
    if len(known.samples) < 3:
        return 1, 0.0
    maximum = min(job.params["max_neighbours"], len(known.samples) - 1)
    counts = [count for count in COUNTS if count <= maximum]
    queries, values = known.features[:MAX_COMPARED], known.values(spec)
    indices, similarity = nearest(known.features, queries, max(counts), exclude_self=True)
    power = job.params["similarity_power"]
    best, best_score = 1, -1.0
    for count in counts:
        predicted = [
            vote(spec, [values[index] for index in row[:count]], weights[:count], power=power)
            for row, weights in zip(indices, similarity, strict=True)
        ]
        mean = mean_score(spec, values, predicted)
        job.metric(f"left-out score of {spec.name}", count, mean)
        if mean > best_score + 1e-9:
            best, best_score = count, mean
    return best, best_score


def mean_score(spec: VariableSpec, values: list[Any], predicted: list[Any]) -> float:
    """The mean score of those of the first MAX_COMPARED samples that have a value; 0 when none has."""
    values, predicted = values[:MAX_COMPARED], predicted[:MAX_COMPARED]
    numbers = [value for value in values if isinstance(value, int | float)]
    spread = float(max(numbers) - min(numbers)) if numbers else 0.0
    pairs = zip(values, predicted, strict=True)
    scores = [score(spec, one, other, spread=spread) for one, other in pairs if one is not None]
    return sum(scores) / len(scores) if scores else 0.0


def evaluate_variable(
    job: Job, spec: VariableSpec, known: Split, test: Split, head: Head
) -> dict[str, Any]:
    """The evaluation of one variable, with its expected and predicted values."""
    values, expected = known.values(spec), test.values(spec)
    if isinstance(head, Linear):
        predicted = [value for value, _ in head.predict(spec, test.features)]
    else:
        indices, similarity = nearest(known.features, test.features, head)
        power = job.params["similarity_power"]
        predicted = [
            vote(spec, [values[index] for index in row], weights, power=power)
            for row, weights in zip(indices, similarity, strict=True)
        ]
    return {
        **evaluate(spec, expected, predicted, values),
        "expected": expected,
        "predicted": predicted,
    }


def save_model(job: Job, known: Split, heads: Mapping[str, Head]) -> None:
    """The model: its features, the values they stand for, its heads, and how to use them."""
    model = job.folder / "model"
    model.mkdir(exist_ok=True)
    np.save(model / "features.npy", known.features, allow_pickle=False)
    with (model / "values.jsonl").open("w", encoding="utf-8") as lines:
        for sample in known.samples:
            line = {"id": sample.id, "values": sample.values}
            lines.write(json.dumps(line, ensure_ascii=False) + "\n")
    linear = {name: head for name, head in heads.items() if isinstance(head, Linear)}
    for place, head in enumerate(linear.values()):
        rows = np.vstack([head.offset, head.weights])
        np.save(model / f"line_{place}.npy", rows, allow_pickle=False)
    config = {
        "model_type": "image_features",
        "feature_size": SIZE,
        "neighbours": {name: head for name, head in heads.items() if isinstance(head, int)},
        "linear": {
            name: {"choices": head.choices, "scale": head.scale} for name, head in linear.items()
        },
        "similarity_power": job.params["similarity_power"],
        "ignore_colours": job.params["ignore_colours"],
        "max_images": job.params["max_images"],
    }
    (model / "config.json").write_text(json.dumps(config, indent=2))


def read_linear(model: Path, config: Mapping[str, Any]) -> dict[str, Linear]:
    """The lines of a saved model by variable name; older versions have none."""
    lines = {}
    for place, (name, head) in enumerate(config.get("linear", {}).items()):
        rows = np.load(model / f"line_{place}.npy", allow_pickle=False)
        lines[name] = Linear(rows[1:], rows[0], **head)
    return lines


if __name__ == "__main__":
    sys.exit(run_job(train))
