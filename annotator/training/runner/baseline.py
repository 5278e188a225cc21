"""Trains and evaluates the nearest-neighbour baseline in a process of its own."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import Any

import numpy as np

from annotator.training.runner.entry import run_job
from annotator.training.runner.features import SIZE, sample_features
from annotator.training.runner.job import Job, JobSample
from annotator.training.runner.metrics import evaluate
from annotator.training.runner.neighbours import nearest, vote
from annotator.training.runner.report import write_report
from annotator.training.runner.scores import score
from annotator.training.runner.specs import used_specs
from annotator.variables import VariableSpec

COUNTS = (1, 3, 5, 9, 15, 25, 50)  # of neighbours; each up to the parameter is tried
MAX_COMPARED = 2000  # training samples that the number of neighbours is chosen with


@dataclass(frozen=True)
class Split:
    """Samples with one row of SIZE features each."""

    samples: list[JobSample]
    features: np.ndarray

    def values(self, spec: VariableSpec) -> list[Any]:
        """The variable's value per sample, None where it has none."""
        return [sample.values.get(spec.name) for sample in self.samples]


def train(job: Job) -> None:
    """Features, the best number of neighbours per variable, the evaluation, the model's files."""
    job.phase("preparing")
    samples = thin(job.samples("train"), job.params["max_samples"])
    test_samples = job.samples("test")
    specs = used_specs(job, [*samples, *test_samples])
    features = compute_features(job, [*samples, *test_samples])
    known = Split(samples, features[: len(samples)])
    test = Split(test_samples, features[len(samples) :])
    job.phase("training")
    neighbours = {
        spec.name: best_count(job, spec, known, step=number, steps=len(specs))
        for number, spec in enumerate(specs, start=1)
    }
    job.phase("evaluating")
    evaluations = [
        evaluate_variable(job, spec, known, test, neighbours[spec.name]) for spec in specs
    ]
    save_model(job, known, neighbours)
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


def best_count(job: Job, spec: VariableSpec, known: Split, *, step: int, steps: int) -> int:
    """How many neighbours predict the training samples best, each without itself."""
    if len(known.samples) < 3:
        return 1
    maximum = min(job.params["max_neighbours"], len(known.samples) - 1)
    counts = [count for count in COUNTS if count <= maximum]
    queries = known.features[:MAX_COMPARED]
    indices, similarity = nearest(known.features, queries, max(counts), exclude_self=True)
    best, best_score = 1, -1.0
    for count in counts:
        mean = left_out_score(
            spec,
            known.values(spec),
            indices[:, :count],
            similarity[:, :count],
            power=job.params["similarity_power"],
        )
        job.metric(f"left-out score of {spec.name}", count, mean)
        if mean > best_score + 1e-9:
            best, best_score = count, mean
    job.progress(step, steps, f"{spec.name}: {best} neighbours")
    return best


def left_out_score(
    spec: VariableSpec,
    values: list[Any],
    indices: np.ndarray,
    similarity: np.ndarray,
    *,
    power: float,
) -> float:
    """The mean score of each sample's value as its neighbours predict it; 0 when none has a value."""
    numbers = [value for value in values if isinstance(value, int | float)]
    spread = float(max(numbers) - min(numbers)) if numbers else 0.0
    scores = []
    for row, neighbours in enumerate(indices):
        if values[row] is not None:
            neighbour_values = [values[index] for index in neighbours]
            predicted = vote(spec, neighbour_values, similarity[row], power=power)
            scores.append(score(spec, values[row], predicted, spread=spread))
    return sum(scores) / len(scores) if scores else 0.0


def evaluate_variable(
    job: Job, spec: VariableSpec, known: Split, test: Split, count: int
) -> dict[str, Any]:
    """The evaluation of one variable, with its expected and predicted values."""
    values, expected = known.values(spec), test.values(spec)
    indices, similarity = nearest(known.features, test.features, count)
    power = job.params["similarity_power"]
    predicted = [
        vote(spec, [values[index] for index in neighbours], similarity[row], power=power)
        for row, neighbours in enumerate(indices)
    ]
    return {
        **evaluate(spec, expected, predicted, values),
        "expected": expected,
        "predicted": predicted,
    }


def save_model(job: Job, known: Split, neighbours: dict[str, int]) -> None:
    """The model: its features, the values they stand for, and how to use them."""
    model = job.folder / "model"
    model.mkdir(exist_ok=True)
    np.save(model / "features.npy", known.features, allow_pickle=False)
    with (model / "values.jsonl").open("w", encoding="utf-8") as lines:
        for sample in known.samples:
            line = {"id": sample.id, "values": sample.values}
            lines.write(json.dumps(line, ensure_ascii=False) + "\n")
    config = {
        "model_type": "nearest_neighbours",
        "feature_size": SIZE,
        "neighbours": neighbours,
        "similarity_power": job.params["similarity_power"],
        "ignore_colours": job.params["ignore_colours"],
        "max_images": job.params["max_images"],
    }
    (model / "config.json").write_text(json.dumps(config, indent=2))


if __name__ == "__main__":
    sys.exit(run_job(train))
