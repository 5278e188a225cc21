"""Celery entry points of the room: jobs that assign many samples."""

from __future__ import annotations

import logging

from celery import shared_task
from django.utils import timezone

from annotator.assignments.actions import distribute_some
from annotator.assignments.models import Distribution
from annotator.assignments.notices import tell_assigned
from annotator.errors import AnnotatorError
from annotator.leases import LeaseLost
from annotator.queueing import CHUNK_SECONDS, enqueue_on_commit

log = logging.getLogger(__name__)
State = Distribution.State


@shared_task
def distribute(distribution_id: str) -> None:
    """Go on assigning for a while. Idempotent."""
    waiting = Distribution.objects.filter(pk=distribution_id).active()
    distribution = waiting.select_related("dataset", "started_by").take_one()
    if distribution is None:
        return
    try:
        is_left = distribute_some(distribution, seconds=CHUNK_SECONDS)
    except LeaseLost:
        log.warning("distribution %s was taken over by another worker", distribution_id)
    except AnnotatorError as error:
        distribution.release(state=State.FAILED, ended_at=timezone.now(), error=str(error)[:5000])
    else:
        if is_left:
            distribution.release()
            enqueue_on_commit(distribute, distribution_id)
        else:
            distribution.release(state=State.DONE, ended_at=timezone.now())
            tell_assigned(distribution)


@shared_task
def sweep() -> None:
    """Enqueue what waits, or whose worker died."""
    active = Distribution.objects.active()
    active.fail_exhausted()
    for pk in active.free().values_list("pk", flat=True)[:20]:
        enqueue_on_commit(distribute, str(pk))
