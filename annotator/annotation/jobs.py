"""Celery entry points of the room."""

from __future__ import annotations

import logging

from celery import shared_task

from annotator import counting
from annotator.annotation import actions, notices
from annotator.datasets.models import Dataset

log = logging.getLogger(__name__)


@shared_task
def fold_counts() -> None:
    """Keep reading the counts short on PostgreSQL. Idempotent."""
    for count in counting.KEPT:
        counting.fold(count)


@shared_task
def reconcile_counts() -> None:
    """Compare the kept counts with counting, and correct and report any that differ. Idempotent."""
    for count in counting.KEPT:
        if corrected := counting.reconcile(count):
            log.warning("corrected %d counts of %s", corrected, count.table)


@shared_task
def tell_of_done() -> None:
    """Notify of datasets in which nothing is left to do. Idempotent."""
    notices.tell_of_done_datasets()


@shared_task
def compare_complete(dataset_id: str) -> None:
    """Bring to review what has enough answers since fewer people are asked. Idempotent."""
    for dataset in Dataset.objects.filter(pk=dataset_id, removed_at=None):
        actions.compare_complete(dataset)
