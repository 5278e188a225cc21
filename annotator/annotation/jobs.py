"""Celery entry points of the room."""

from __future__ import annotations

import logging

from celery import shared_task

from annotator import counting
from annotator.annotation.counting import ANSWERS
from annotator.datasets.counting import SAMPLES

log = logging.getLogger(__name__)

KEPT = [SAMPLES, ANSWERS]


@shared_task
def fold_counts() -> None:
    """Keep reading the counts short on PostgreSQL. Idempotent."""
    for count in KEPT:
        counting.fold(count)


@shared_task
def reconcile_counts() -> None:
    """Compare the kept counts with counting, and correct and report any that differ. Idempotent."""
    for count in KEPT:
        if corrected := counting.reconcile(count):
            log.warning("corrected %d counts of %s", corrected, count.table)
