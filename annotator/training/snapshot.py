"""Freezes what a run trains on: the job folder, and a summary with one hash over everything.

The same data gives the same hash, so one can see that two versions were trained on the same samples.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from annotator.datasets import texts
from annotator.datasets.models import Dataset
from annotator.datasets.training_rows import TrainingRow, training_rows
from annotator.errors import BadInput
from annotator.images.files import original_path
from annotator.training.models import Task, TrainingRun

EXCLUDED_SHOWN = 200  # left-out samples named in the summary; all are counted
SEED = 20_260


def write(run: TrainingRun, folder: Path) -> dict[str, Any]:
    """Fill the job folder; returns the summary: counts, hash, the excluded samples with their reasons.

    Raises BadInput when fewer than 2 samples can be trained on.
    """
    task = run.task
    datasets = list(task.datasets.filter(removed_at=None).with_prompts())
    configs = _configs(datasets)
    samples = _Samples(hashlib.sha256(json.dumps(configs, sort_keys=True).encode()))
    with (folder / "samples.jsonl").open("w", encoding="utf-8") as lines:
        for dataset in datasets:
            for row in training_rows(dataset, task):
                samples.add(row, lines)
    if samples.counts["train"] < 2:
        reason = samples.excluded[0]["reason"] if samples.excluded else "there are no others"
        raise BadInput(
            f"Only {samples.counts['train']} training samples can be used. The others are left out,"
            f" for example because: {reason.rstrip('.')}."
        )
    prompts = _prompts(task)
    samples.digest.update(json.dumps(prompts, sort_keys=True).encode())
    _write_job(run, folder, configs, prompts)
    return {
        **samples.counts,
        "excluded_samples": samples.excluded,
        "hash": samples.digest.hexdigest(),
        "datasets": [{"id": str(dataset.pk), "name": dataset.name} for dataset in datasets],
        "variables": list(configs),
    }


def _configs(datasets: list[Dataset]) -> dict[str, dict[str, Any]]:
    """What is predicted, by name; BadInput when a name has different types in two datasets."""
    configs: dict[str, dict[str, Any]] = {}
    for dataset in datasets:
        for variable in dataset.variables.live():
            config = {**variable.config(), "item_schema": variable.item_schema}
            if configs.setdefault(variable.name, config)["type"] != variable.type:
                raise BadInput(f"{variable.name} has different types in the task's datasets.")
    return configs


@dataclass
class _Samples:
    """The samples that were written so far, and those that were excluded."""

    digest: hashlib._Hash
    counts: dict[str, int] = field(default_factory=lambda: {"train": 0, "test": 0, "excluded": 0})
    excluded: list[dict[str, str]] = field(default_factory=list)

    def add(self, row: TrainingRow, lines: TextIO) -> None:
        """Write the row, or record why it cannot be trained on."""
        if row.problem:
            self.counts["excluded"] += 1
            if len(self.excluded) < EXCLUDED_SHOWN:
                sample = row.sample
                self.excluded.append(
                    {"id": str(sample.pk), "name": str(sample), "reason": row.problem}
                )
            return
        line = _line(row)
        self.counts[line["split"]] += 1
        lines.write(json.dumps(line, ensure_ascii=False) + "\n")
        self.digest.update(_identity(row, line))


def _line(row: TrainingRow) -> dict[str, Any]:
    return {
        "id": str(row.sample.pk),
        "name": str(row.sample),
        "split": "test" if row.sample.test else "train",
        "images": [str(original_path(image)) for image in row.images],
        "values": row.values,
    }


def _identity(row: TrainingRow, line: dict[str, Any]) -> bytes:
    """What identifies the sample's data, wherever its files are."""
    parts = [line["split"], [image.sha256 for image in row.images], row.values]
    return json.dumps(parts, sort_keys=True).encode()


def _prompts(task: Task) -> list[dict[str, str | None]]:
    return [
        {
            "dataset": dataset.name,
            "system_prompt": texts.system_prompt(dataset, task).content,
            "user_prompt": texts.dataset_user_prompt(dataset, task).content,
            "result_template": dataset.result_template.content if dataset.result_template else "",
            "result_format": dataset.result_format,
        }
        for dataset in task.datasets.filter(removed_at=None).with_prompts()
    ]


def _write_job(
    run: TrainingRun,
    folder: Path,
    configs: dict[str, dict[str, Any]],
    prompts: list[dict[str, str | None]],
) -> None:
    job = {
        "name": run.task.name,
        "version": run.task.last_version + 1,
        "seed": SEED,
        "params": run.params,
        "variables": list(configs.values()),
        "prompts": prompts,
    }
    (folder / "job.json").write_text(json.dumps(job, indent=2, ensure_ascii=False))
