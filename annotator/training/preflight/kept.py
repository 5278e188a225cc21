"""The preflight's result, kept until the data changes."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.core.cache import cache
from django.db.models import Count, Max, Q, Sum

from annotator.datasets.models import (
    Dataset,
    Sample,
    SampleCount,
    SampleImage,
    Variable,
    VariableValue,
)
from annotator.images.models import Image
from annotator.training.models import Task
from annotator.training.preflight.checks import check_data, check_present
from annotator.training.preflight.findings import Preflight

KEPT_SECONDS = 3600  # with a revision that every change of the data changes
UNWATCHED_SECONDS = 60  # of a task that is too large for one
WATCHED = 20_000  # samples whose values and images are summed up to notice a change


def kept_check(task: Task, *, anew: bool = False) -> Preflight:
    """As `check`, with what was seen of the samples kept until they change, or `anew`.

    A task with more than WATCHED samples is looked at again after UNWATCHED_SECONDS.
    """
    datasets = list(task.datasets.filter(removed_at=None).with_prompts())
    counted = SampleCount.objects.filter(dataset__in=datasets).aggregate(Sum("number"))
    is_watched = (counted["number__sum"] or 0) <= WATCHED
    key = f"preflight:{task.pk}:{_revision(task, datasets, is_watched=is_watched)}"
    result = None if anew else cache.get(key)
    if not isinstance(result, Preflight):
        result = check_data(task)
        cache.set(key, result, KEPT_SECONDS if is_watched else UNWATCHED_SECONDS)
    check_present(result, task)
    return result


def _revision(task: Task, datasets: list[Dataset], *, is_watched: bool) -> str:
    """A hash of all that the preflight reads; of samples, values and images, counts and newest change."""
    variables = Variable.objects.live().filter(dataset__in=datasets).order_by("id")
    state: list[Any] = [
        str(task.pk),
        task.max_tokens,
        task.is_mirrored,
        [prompt.content if prompt else None for prompt in (task.system_prompt, task.user_prompt)],
        [_texts(dataset) for dataset in sorted(datasets, key=lambda one: one.pk)],
        [[str(variable.pk), variable.config(), variable.item_schema] for variable in variables],
    ]
    if is_watched:
        state += _sums(datasets)
    return hashlib.sha256(json.dumps(state, default=str).encode()).hexdigest()


def _texts(dataset: Dataset) -> list[Any]:
    prompts = (dataset.system_prompt, dataset.user_prompt, dataset.result_template)
    texts = [prompt.content if prompt else None for prompt in prompts]
    return [str(dataset.pk), dataset.name, dataset.result_format, *texts]


def _sums(datasets: list[Dataset]) -> list[Any]:
    """Each write of a value adds to the sum of the revisions, and each change of a sample to its time."""
    samples = Sample.objects.filter(dataset__in=datasets, removed_at=None)
    values = VariableValue.objects.filter(sample__in=samples)
    images = SampleImage.objects.filter(sample__in=samples)
    return [
        samples.aggregate(Count("pk"), Max("updated_at"), tests=Count("pk", filter=Q(test=True))),
        values.aggregate(
            Count("pk"),
            Sum("rev"),
            Max("set_at"),
            invalid=Count("pk", filter=Q(invalid_since__isnull=False)),
        ),
        images.aggregate(
            Count("pk"), stored=Count("pk", filter=Q(image__state=Image.State.STORED))
        ),
    ]
