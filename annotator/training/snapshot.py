"""Freezes what a run trains on: the job folder, and a summary with one hash over everything.

The same data gives the same hash, so one can see that two versions were trained on the same samples.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from django.conf import settings

from annotator.datasets import texts
from annotator.datasets.models import Dataset, Sample, SampleImage, SampleObject, Variable
from annotator.datasets.queries.row_data import CHUNK, SampleData, sample_data
from annotator.datasets.rendering import plain_template
from annotator.datasets.training_rows import TrainingRow, rows_of
from annotator.errors import BadInput
from annotator.images.models import Image
from annotator.snapshots.actions import keep, write_for_training
from annotator.snapshots.files import SnapshotFile
from annotator.snapshots.models import Snapshot
from annotator.training.models import Task, TrainingRun
from annotator.training.pictures import place_of

EXCLUDED_SHOWN = 200  # left-out samples named in the summary; all are counted
SEED = 20_260
RENEW_SAMPLES = 1_000  # after which the lease is renewed while a snapshot is written


@dataclass
class _Reading:
    """A dataset as a training reads it: its prompts, variables and samples, of the database or a snapshot."""

    stored: Dataset
    dataset: Dataset
    variables: list[Variable]
    data: Iterator[SampleData]


def write(run: TrainingRun, folder: Path) -> dict[str, Any]:
    """Fill the job folder from the database; the summary: counts, hash, excluded samples with reasons.

    Raises BadInput when fewer than 2 samples can be trained on.
    """
    return _write(run, folder, [_live(dataset) for dataset in _datasets(run.task)])


def write_and_keep(run: TrainingRun, folder: Path) -> dict[str, Any]:
    """As `write`, of a snapshot of each dataset, which is kept, so that it holds what is trained on.

    Equal data is kept once; nothing where BadInput is raised.
    """

    def watch(number: int) -> None:
        if number % RENEW_SAMPLES == 0:
            run.renew()

    name = f"Training of {run.task.name}, version {run.task.last_version + 1}"[:200]
    snapshots: list[Snapshot] = []
    readings = []
    try:
        for dataset in _datasets(run.task):
            snapshots.append(
                write_for_training(dataset, name=name, by=run.requested_by, watch=watch)
            )
            file = SnapshotFile(snapshots[-1].path)
            readings.append(_Reading(dataset, file.dataset, file.variables, file.data()))
        summary = _write(run, folder, readings)
    except BaseException:
        for snapshot in snapshots:
            snapshot.path.unlink(missing_ok=True)
        raise
    for entry, snapshot in zip(summary["datasets"], snapshots, strict=True):
        entry["snapshot"] = str(keep(snapshot).pk)
    return summary


def _datasets(task: Task) -> list[Dataset]:
    return list(task.datasets.filter(removed_at=None).with_prompts())


def _live(dataset: Dataset) -> _Reading:
    data = sample_data(dataset, Sample.objects.in_dataset(dataset))
    return _Reading(dataset, dataset, list(dataset.variables.live()), data)


def _write(run: TrainingRun, folder: Path, readings: list[_Reading]) -> dict[str, Any]:
    configs = _configs(readings)
    samples = _Samples(hashlib.sha256(json.dumps(configs, sort_keys=True).encode()))
    with (folder / "samples.jsonl").open("w", encoding="utf-8") as lines:
        for each in readings:
            crops = _crops(each.stored)
            plain = plain_template([variable.spec for variable in each.variables])
            for row, parts in _rows(each, run.task):
                samples.add(row, lines, [*parts, *crops.get(row.sample.pk, [])], plain)
    if samples.counts["train"] < 2:
        reason = samples.excluded[0]["reason"] if samples.excluded else "there are no others"
        raise BadInput(
            f"Only {samples.counts['train']} training samples can be used. The others are left out,"
            f" for example because: {reason.rstrip('.')}."
        )
    prompts = [_prompts(each.dataset, run.task) for each in readings]
    samples.digest.update(json.dumps(prompts, sort_keys=True).encode())
    _write_job(run, folder, configs, prompts, list(samples.templates))
    return {
        **samples.counts,
        "excluded_samples": samples.excluded,
        "hash": samples.digest.hexdigest(),
        "datasets": [{"id": str(each.stored.pk), "name": each.dataset.name} for each in readings],
        "variables": list(configs),
    }


def _rows(reading: _Reading, task: Task) -> Iterator[tuple[TrainingRow, list[dict[str, Any]]]]:
    """The rows, each with its pictures as parts and what the sample says of them."""
    rows = rows_of(reading.data, reading.variables, task)
    columns = ("sample", "image", "text", "resize")
    while chunk := list(islice(rows, CHUNK)):
        relations = SampleImage.objects.filter(sample__in=[row.sample.pk for row in chunk])
        said = {
            (sample, image): {"text": text, "resize": resize}
            for sample, image, text, resize in relations.values_list(*columns)
        }
        for row in chunk:
            yield (
                row,
                [
                    {
                        "path": place_of(image),
                        **said.get((row.sample.pk, image.pk), {"text": None, "resize": None}),
                        "box": None,
                    }
                    for image in row.images
                ],
            )


def with_left_out(run: TrainingRun, sample: dict[str, str], split: str) -> dict[str, Any]:
    """The run's summary with one more sample of the split that is left out; each counts once."""
    excluded = run.snapshot.setdefault("excluded_samples", [])
    known = run.snapshot.setdefault("left_out_by_backend", [])
    if sample["id"] not in known:
        known.append(sample["id"])
        run.snapshot["excluded"] += 1
        run.snapshot[split] -= 1
        if len(excluded) < EXCLUDED_SHOWN:
            excluded.append(sample)
    return run.snapshot


def _configs(readings: list[_Reading]) -> dict[str, dict[str, Any]]:
    """What is predicted, by name; BadInput when a name has different types in two datasets."""
    configs: dict[str, dict[str, Any]] = {}
    for reading in readings:
        for variable in reading.variables:
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
    templates: dict[tuple[str, str], int] = field(default_factory=dict)  # (text, format) → number

    def add(self, row: TrainingRow, lines: TextIO, parts: list[dict[str, Any]], plain: str) -> None:
        """Write the row, or record why it cannot be trained on.

        `parts` are its pictures and parts of pictures; `plain` is the template of a dataset without one.
        """
        if row.problem:
            self.counts["excluded"] += 1
            if len(self.excluded) < EXCLUDED_SHOWN:
                sample = row.sample
                self.excluded.append(
                    {"id": str(sample.pk), "name": str(sample), "reason": row.problem}
                )
            return
        template = texts.result_template(row.sample)
        content = template.content if template.source != "none" else plain
        key = (content, row.rendered.format or "")
        number = self.templates.setdefault(key, len(self.templates))
        line = _line(row, parts, number)
        self.counts[line["split"]] += 1
        lines.write(json.dumps(line, ensure_ascii=False) + "\n")
        self.digest.update(_identity(row, line))


def _line(row: TrainingRow, parts: list[dict[str, Any]], template: int) -> dict[str, Any]:
    return {
        "id": str(row.sample.pk),
        "name": str(row.sample),
        "split": "test" if row.sample.test else "train",
        "type": row.sample.type,
        "images": [place_of(image) for image in row.images],
        "parts": parts,
        "values": row.values,
        "system": row.rendered.system,
        "user": row.rendered.user,
        "answer": row.rendered.answer,
        "template": template,
    }


def _crops(dataset: Dataset) -> dict[Any, list[dict[str, Any]]]:
    """The objects of the dataset's samples as parts, by the sample's id; without files that are not here."""
    relations = SampleObject.objects.filter(
        sample__dataset=dataset, detection_object__image__state=Image.State.STORED
    ).select_related("detection_object__image")
    crops: dict[Any, list[dict[str, Any]]] = {}
    for relation in relations.order_by("sample", "order", "id"):
        box = relation.detection_object
        path = place_of(box.image)
        part = {"path": path, "text": relation.text, "resize": None, "box": box.bbox}
        crops.setdefault(relation.sample_id, []).append(part)
    return crops


def _identity(row: TrainingRow, line: dict[str, Any]) -> bytes:
    """What identifies the sample's data, wherever its files are."""
    shapes = [[part["text"], part["resize"], part["box"]] for part in line["parts"]]
    written = [line["type"], line["system"], line["user"], line["answer"]]
    images = [image.sha256 for image in row.images]
    return json.dumps([line["split"], images, row.values, shapes, written], sort_keys=True).encode()


def _prompts(dataset: Dataset, task: Task) -> dict[str, str | None]:
    return {
        "dataset": dataset.name,
        "system_prompt": texts.system_prompt(dataset, task).content,
        "user_prompt": texts.dataset_user_prompt(dataset, task).content,
        "result_template": dataset.result_template.content if dataset.result_template else "",
        "result_format": dataset.result_format,
    }


def _write_job(
    run: TrainingRun,
    folder: Path,
    configs: dict[str, dict[str, Any]],
    prompts: list[dict[str, str | None]],
    templates: list[tuple[str, str]],
) -> None:
    job = {
        "name": run.task.name,
        "version": run.task.last_version + 1,
        "seed": SEED,
        "params": run.params,
        "max_tokens": run.task.max_tokens,
        "variables": list(configs.values()),
        "prompts": prompts,
        "templates": [{"text": text, "format": format_ or None} for text, format_ in templates],
        "bases": str(settings.BASE_MODELS_DIR),
    }
    (folder / "job.json").write_text(json.dumps(job, indent=2, ensure_ascii=False))
