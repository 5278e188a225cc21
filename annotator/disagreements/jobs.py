"""Celery entry points of the room."""

from __future__ import annotations

import logging

from celery import shared_task
from django.utils import timezone

from annotator.disagreements.actions import compare_some, start_due
from annotator.disagreements.models import Comparison
from annotator.leases import LeaseLost
from annotator.queueing import CHUNK_SECONDS, enqueue_on_commit

log = logging.getLogger(__name__)
State = Comparison.State


@shared_task
def compare(comparison_id: int) -> None:
    """Go on comparing for a while. Idempotent: it goes on where it was."""
    waiting = Comparison.objects.filter(pk=comparison_id).active()
    comparison = waiting.select_related("dataset").take_one()
    if comparison is None:
        return
    try:
        is_left = compare_some(comparison, seconds=CHUNK_SECONDS)
    except LeaseLost:
        log.warning("comparison %s was taken over by another worker", comparison_id)
    else:
        if is_left:
            comparison.release()
            enqueue_on_commit(compare, comparison_id)
        else:
            comparison.release(state=State.DONE, ended_at=timezone.now())


@shared_task
def sweep() -> None:
    """Start what is due, and enqueue what waits or whose worker died."""
    start_due()
    active = Comparison.objects.active()
    active.fail_exhausted()
    for pk in active.free().values_list("pk", flat=True)[:20]:
        enqueue_on_commit(compare, pk)
