"""Celery entry points of the room."""

from __future__ import annotations

from celery import shared_task

from annotator.datasets.models import Dataset
from annotator.suggestions import counts


@shared_task
def count_sources(dataset_id: str) -> None:
    """Count anew what became of the suggestions in a dataset. Idempotent."""
    for dataset in Dataset.objects.filter(pk=dataset_id, removed_at=None):
        counts.count(dataset)
