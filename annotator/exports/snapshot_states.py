"""Snapshots as states of data, to be compared with each other and with what versions were trained on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from annotator.datasets import texts
from annotator.datasets.models import Variable
from annotator.snapshots.files import SnapshotFile
from annotator.snapshots.models import Snapshot
from annotator.training.data_changes import DataChanges, changes
from annotator.training.data_states import DataState, state_of_version
from annotator.training.models import ModelVersion


def state_of_snapshot(snapshot: Snapshot) -> DataState:
    """The samples with their legal values, the variables and the prompts."""
    file = SnapshotFile(snapshot.path)
    dataset = file.dataset
    prompts = {
        "dataset": dataset.name,
        "system_prompt": texts.system_prompt(dataset).content,
        "user_prompt": texts.dataset_user_prompt(dataset).content,
        "result_template": dataset.result_template.content if dataset.result_template else "",
        "result_format": dataset.result_format,
    }
    variables = [
        {**variable.config(), "item_schema": variable.item_schema} for variable in file.variables
    ]
    return DataState(_samples(file), variables, [prompts])


def _samples(file: SnapshotFile) -> Iterator[dict[str, Any]]:
    names: dict[str, Variable] = {str(variable.pk): variable for variable in file.variables}
    for each in file.data():
        sample = each.sample
        own = [sample.type, sample.own_user_prompt, sample.own_result_template]
        written = json.dumps([*own, sample.input_meta_data], sort_keys=True)
        yield {
            "id": str(sample.pk),
            "name": str(sample),
            "split": "test" if sample.test else "train",
            "values": {
                names[key].name: value.value
                for key, value in each.values.items()
                if key in names and not value.refused
            },
            "images": [image.sha256 for image in each.images],
            "texts": hashlib.sha256(written.encode()).hexdigest()[:16],
        }


def changes_between(before: Snapshot, after: Snapshot) -> DataChanges:
    """What changed from one snapshot to another."""
    return changes(state_of_snapshot(before), state_of_snapshot(after))


def changes_since_version(version: ModelVersion, after: Snapshot) -> DataChanges | None:
    """What changed since a version was trained; None where it keeps no list of its samples.

    A version keeps the texts of its samples in another form: they are left out.
    """
    before = state_of_version(version)
    if before is None:
        return None
    return changes(
        replace(before, samples=_without_texts(before), params=None),
        replace(state := state_of_snapshot(after), samples=_without_texts(state)),
    )


def _without_texts(state: DataState) -> Iterator[dict[str, Any]]:
    return ({**sample, "texts": ""} for sample in state.samples)
