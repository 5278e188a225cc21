"""Predicts with a trained baseline, in a process of its own."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from annotator.training.runner.agreeing import agrees
from annotator.training.runner.baseline import read_linear
from annotator.training.runner.entry import run_job
from annotator.training.runner.features import SIZE, sample_features
from annotator.training.runner.job import Job, JobSample
from annotator.training.runner.neighbours import nearest, vote
from annotator.training.runner.specs import all_specs
from annotator.variables import Metric, VariableSpec

BATCH = 32  # samples that are compared at once
LEAST_VOTES = (
    5  # neighbours whose share is the confidence, at least: one neighbour always agrees with itself
)


class Model:
    """The archive's files, read once."""

    def __init__(self, folder: Path) -> None:
        self.config: dict[str, Any] = json.loads((folder / "config.json").read_text())
        self.features = np.load(folder / "features.npy", allow_pickle=False)
        with (folder / "values.jsonl").open(encoding="utf-8") as lines:
            self.values: list[dict[str, Any]] = [json.loads(line)["values"] for line in lines]
        self.linear = read_linear(folder, self.config)

    def predict(self, specs: Sequence[VariableSpec], queries: np.ndarray) -> list[dict[str, Any]]:
        """Values and confidence by variable name, one dict per row of `queries`."""
        counts = self.config["neighbours"]
        power = self.config["similarity_power"]
        widest = min(max([*counts.values(), LEAST_VOTES]), len(self.values))
        indices, similarity = nearest(self.features, queries, widest)
        linear = {
            spec.name: self.linear[spec.name].predict(spec, queries)
            for spec in specs
            if spec.name in self.linear
        }
        predicted = []
        for row, neighbours in enumerate(indices):
            values: dict[str, Any] = {}
            confidence: dict[str, float] = {}
            for spec in specs:
                if spec.name in linear:
                    values[spec.name], confidence[spec.name] = linear[spec.name][row]
                    continue
                given = [self.values[index].get(spec.name) for index in neighbours]
                count = counts.get(spec.name, 1)
                value = vote(spec, given[:count], similarity[row][:count], power=power)
                if value is not None:
                    votes = max(count, LEAST_VOTES)
                    weights = np.maximum(similarity[row][:votes], 1e-6) ** power
                    values[spec.name] = value
                    confidence[spec.name] = share(
                        spec, value, given[:votes], weights, self.spread(spec)
                    )
            predicted.append({"values": values, "confidence": confidence})
        return predicted

    def spread(self, spec: VariableSpec) -> float:
        """The range of the variable's known values; 0 for what is no number."""
        if spec.type_rules.metric != Metric.DISTANCE:
            return 0.0
        as_number = spec.type_rules.as_number
        numbers = [as_number(v[spec.name]) for v in self.values if v.get(spec.name) is not None]
        return float(max(numbers) - min(numbers)) if numbers else 0.0


def share(
    spec: VariableSpec, value: Any, given: Sequence[Any], weights: np.ndarray, spread: float
) -> float:
    """The share of the neighbours' weight, 0 to 1, that agrees; numbers agree within one step."""
    agreeing = total = 0.0
    for other, weight in zip(given, weights, strict=False):
        if other is None:
            continue
        total += float(weight)
        if agrees(spec, value, other, spread):
            agreeing += float(weight)
    return round(agreeing / total, 4) if total else 0.0


def predict(job: Job) -> None:
    """One line of suggestions.jsonl for each sample, in order, flushed batch by batch."""
    model = Model(job.folder / "model")
    specs = all_specs(job)
    samples = job.samples("predict")
    waiting = iter(samples)
    done = 0
    with (job.folder / "suggestions.jsonl").open("w", encoding="utf-8") as lines:
        while batch := list(islice(waiting, BATCH)):
            features = np.stack([_features(model, sample) for sample in batch])
            for sample, line in zip(batch, model.predict(specs, features), strict=True):
                lines.write(json.dumps({"id": sample.id, **line}, ensure_ascii=False) + "\n")
            lines.flush()
            done += len(batch)
            job.progress(done, len(samples), "Predicting")


def _features(model: Model, sample: JobSample) -> np.ndarray:
    images = sample.images[: model.config["max_images"]]
    try:
        return sample_features(images, ignore_colours=model.config["ignore_colours"])
    except OSError:  # a damaged file: it is compared as a sample without images
        return np.zeros(SIZE, dtype=np.float32)


if __name__ == "__main__":
    sys.exit(run_job(predict))
