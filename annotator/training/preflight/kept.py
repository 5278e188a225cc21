"""The preflight's result, kept until the data changes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from django.core.cache import cache
from django.db.models import Count, Max, Q, QuerySet, Sum, Value

from annotator.datasets.models import Dataset, Sample, SampleImage, Variable, VariableValue
from annotator.datasets.queries import DatasetCard, dataset_cards
from annotator.images.models import Image
from annotator.training import bases
from annotator.training.models import Task
from annotator.training.preflight.checks import check_data, check_present
from annotator.training.preflight.findings import Preflight

KEPT_SECONDS = 3600  # with a revision that every change of the data changes
UNWATCHED_SECONDS = 60  # of a task that is too large for one
WATCHED = 20_000  # samples whose values and images are summed up to notice a change


def counted_datasets(task: Task) -> list[DatasetCard]:
    """What the task learns from, with prompts and numbers of samples. One query."""
    return dataset_cards(task.datasets.filter(removed_at=None).with_prompts())


def kept_check(
    task: Task, *, cards: Sequence[DatasetCard] | None = None, anew: bool = False
) -> Preflight:
    """As `check`, with what was seen of the samples kept until they change, or `anew`.

    `cards` are the `counted_datasets`, where the caller has them. A task with more than WATCHED samples is
    looked at again after UNWATCHED_SECONDS.
    """
    cards = counted_datasets(task) if cards is None else cards
    datasets = [card.dataset for card in cards]
    is_watched = sum(card.total for card in cards) <= WATCHED
    key = f"preflight-2:{task.pk}:{_revision(task, datasets, is_watched=is_watched)}"
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
        task.backend,
        task.training_params,
        _base_state(task),
        [prompt.content if prompt else None for prompt in (task.system_prompt, task.user_prompt)],
        [_texts(dataset) for dataset in sorted(datasets, key=lambda one: one.pk)],
        [[str(variable.pk), variable.config(), variable.item_schema] for variable in variables],
    ]
    if is_watched:
        state += _sums(datasets)
    return hashlib.sha256(json.dumps(state, default=str).encode()).hexdigest()


def _base_state(task: Task) -> list[Any]:
    """The files of the task's base."""
    name = task.training_params.get("base")
    base = next((base for base in bases.bases() if base.name == name and base.folder), None)
    files = sorted(base.folder.iterdir()) if base and base.folder else []
    return [[path.name, path.stat().st_size, path.stat().st_mtime] for path in files]


def _texts(dataset: Dataset) -> list[Any]:
    prompts = (dataset.system_prompt, dataset.user_prompt, dataset.result_template)
    texts = [prompt.content if prompt else None for prompt in prompts]
    return [str(dataset.pk), dataset.name, dataset.result_format, *texts]


def _sums(datasets: list[Dataset]) -> list[Any]:
    """Each write of a value adds to the sum of the revisions, and each change of a sample to its time.

    One query for samples, values and images.
    """
    samples = Sample.objects.live().filter(dataset__in=datasets)
    values = VariableValue.objects.filter(sample__in=samples)
    images = SampleImage.objects.filter(sample__in=samples)
    tests, is_invalid = Q(test=True), Q(invalid_since__isnull=False)
    is_stored = Q(image__state=Image.State.STORED)
    sums = [
        _summed("samples", samples, Max("updated_at"), Count("pk", filter=tests), Value(0)),
        _summed("values", values, Max("set_at"), Count("pk", filter=is_invalid), Sum("rev")),
        _summed(
            "images", images, Max("image__created_at"), Count("pk", filter=is_stored), Sum("order")
        ),
    ]
    return sorted(sums[0].union(*sums[1:], all=True), key=lambda row: row["table"])


def _summed(name: str, rows: QuerySet[Any], newest: Any, special: Any, total: Any) -> QuerySet[Any]:
    named = rows.order_by().values(table=Value(name))
    return named.annotate(rows=Count("pk"), newest=newest, special=special, total=total)
