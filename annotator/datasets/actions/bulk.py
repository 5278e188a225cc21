"""Changes to many samples at once, however many a filter finds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import transaction
from django.utils import timezone

from annotator.accounts import audit
from annotator.accounts.models import User
from annotator.datasets.models import Dataset, Sample
from annotator.datasets.models.sample_queryset import SampleQuerySet

CHUNK = 500  # rows of one UPDATE: SQLite takes only so many parameters


@transaction.atomic
def move_samples(dataset: Dataset, samples: SampleQuerySet, *, test: bool, by: User) -> int:
    """Put the dataset's samples into the test split, or into training; says how many moved."""
    moved = sum(
        chunk.exclude(test=test).update(test=test, updated_at=timezone.now())
        for chunk in _chunks(dataset, samples)
    )
    audit.record(
        "samples.move",
        workspace=dataset.workspace,
        by=by,
        target=dataset,
        split="test" if test else "train",
        count=moved,
    )
    return moved


@transaction.atomic
def remove_samples(dataset: Dataset, samples: SampleQuerySet, *, by: User) -> int:
    """Take the dataset's samples out of every list; says how many. Their values stay in the database."""
    removed = sum(
        chunk.filter(removed_at=None).update(removed_at=timezone.now())
        for chunk in _chunks(dataset, samples)
    )
    audit.record(
        "samples.delete", workspace=dataset.workspace, by=by, target=dataset, count=removed
    )
    return removed


def _chunks(dataset: Dataset, samples: SampleQuerySet) -> Iterator[SampleQuerySet]:
    """The ids are read first: the change itself may take rows out of the filter."""
    ids: list[Any] = list(samples.in_dataset(dataset).order_by().values_list("pk", flat=True))
    for start in range(0, len(ids), CHUNK):
        yield Sample.objects.filter(pk__in=ids[start : start + CHUNK])
