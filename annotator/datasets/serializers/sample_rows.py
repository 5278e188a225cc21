"""Samples as rows of answers, read and serialized many at a time: pages of them are requested most."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from django.db.models import UUIDField

from annotator.accounts.given import GIVEN_MEMBER, visible_rows
from annotator.accounts.models import Membership
from annotator.compiled import CompiledQuery, Given
from annotator.datasets.models import (
    Dataset,
    Sample,
    SampleImage,
    SampleObject,
    Variable,
    VariableValue,
)
from annotator.datasets.queries.assigned import ASSIGNEES
from annotator.datasets.serializers.datasets import count_of
from annotator.datasets.serializers.fields import wire_time
from annotator.datasets.serializers.sample_parts import GIVEN_SAMPLES, PARTS, Row
from annotator.datasets.serializers.variables import variables_config

SHOWN = (
    "id",
    "dataset_id",
    "test",
    "name",
    "description",
    "type",
    "created_at",
    "own_result_template",
    "own_user_prompt",
    "input_meta_data",
    "meta_data",
    "assignment__due_on",
    "assignees",
)
# The numbers in a row, each with what is counted and the part of `?include=` that holds just that.
COUNTS = {
    "images_count": (SampleImage.objects.all(), "images"),
    "objects_count": (SampleObject.objects.all(), "objects"),
    "variables_count": (VariableValue.objects.counted(), "sample_variables"),
}
DATASETS = CompiledQuery(
    lambda: Dataset.objects.filter(pk__in=Given("datasets", UUIDField(), many=True)).values_list(
        "id", "name", "workspace_id", "user_prompt__content", "result_template__content"
    ),
    text_ids=True,
)
VARIABLES = CompiledQuery(
    lambda: Variable.objects.live().filter(dataset_id=Given("dataset", UUIDField())),
    text_ids=True,
)


@cache
def _samples(counted: frozenset[str]) -> CompiledQuery:
    """The columns SHOWN of samples, and these of COUNTS in the order of their names."""
    counts = {name: count_of(COUNTS[name][0], "sample") for name in sorted(counted)}
    samples = Sample.objects.visible_to(GIVEN_MEMBER).filter(pk__in=GIVEN_SAMPLES)
    samples = samples.annotate(assignees=ASSIGNEES, **counts).order_by()
    return CompiledQuery(
        lambda: samples.values_list(*SHOWN, *counts), text_ids=True, in_join_order=True
    )


def serialized_samples(
    member: Membership, ids: Sequence[Any], *, host: str, include: frozenset[str] = frozenset()
) -> list[Row]:
    """The samples with these ids that the member may see, in this order.

    `host` (https://name) goes in front of the images' paths. One query for each related table, whatever
    the number of samples.
    """
    readers = {key: read for name, (key, read) in PARTS.items() if name in include}
    counted = frozenset(name for name, (_, part) in COUNTS.items() if part not in readers)
    samples = visible_rows(_samples(counted), member, samples=ids)
    datasets = {row[0]: row for row in DATASETS.rows(datasets={row[1] for row in samples})}
    parts = {key: read(ids, str(member.workspace_id), host) for key, read in readers.items()}
    rows = {}
    for sample in samples:
        own = {key: by_sample.get(sample[0], []) for key, by_sample in parts.items()}
        counts = dict(zip(sorted(counted), sample[len(SHOWN) :], strict=True))
        counts |= {name: len(own[part]) for name, (_, part) in COUNTS.items() if part in own}
        rows[sample[0]] = _serialized(sample[: len(SHOWN)], datasets[sample[1]], counts, own)
    return [rows[pk] for pk in map(str, ids) if pk in rows]


def sample_detail(
    member: Membership, sample_id: Any, *, host: str, include: frozenset[str] = frozenset()
) -> Row | None:
    """One sample with its values and its dataset's variables; None when the member may not see it."""
    rows = serialized_samples(member, [sample_id], host=host, include=include | {"values"})
    if not rows:
        return None
    config = variables_config(VARIABLES.instances(dataset=rows[0]["dataset"]))
    return {**rows[0], "dataset_variables_config": config}


def _serialized(sample: Sequence[Any], dataset: Sequence[Any], counts: Row, parts: Row) -> Row:
    """The row in the order of the wire, from the columns of the sample and of its dataset."""
    pk, dataset_id, test, name, description, type_, created_at, template, prompt, *more = sample
    input_meta_data, meta_data, due_on, assignees = more
    _, dataset_name, workspace, dataset_prompt, dataset_template = dataset
    return {
        "id": pk,
        "dataset": dataset_id,
        "dataset_name": dataset_name,
        "test": test,
        "name": name,
        "description": description,
        "type": type_,
        "created_date": wire_time(created_at),
        # The sample's own texts, else the dataset's (R-S8, R-S9).
        "result_template": dataset_template if template is None else template,
        "user_prompt": dataset_prompt if prompt is None else prompt,
        "input_meta_data": input_meta_data,
        "meta_data": meta_data,
        "images_count": counts["images_count"],
        "objects_count": counts["objects_count"],
        "variables_count": counts["variables_count"],
        "assignees": sorted(person for (person,) in assignees),
        "due_on": None if due_on is None else str(due_on),
        **parts,
        "workspace": workspace,
    }
