"""Celery entry points of the room: jobs that accept many suggestions, or take that back."""

from __future__ import annotations

import logging

from celery import shared_task
from django.utils import timezone

from annotator.errors import AnnotatorError
from annotator.leases import LeaseLost
from annotator.queueing import CHUNK_SECONDS, enqueue_on_commit
from annotator.review.actions import accept_some, undo_some
from annotator.review.models import Acceptance

log = logging.getLogger(__name__)
State = Acceptance.State


@shared_task
def accept(acceptance_id: str, after: int = 0) -> None:
    """Go on accepting, or taking back after suggestion `after`, for a while. Idempotent."""
    waiting = Acceptance.objects.filter(pk=acceptance_id).active()
    acceptance = waiting.select_related("dataset__workspace", "started_by").take_one()
    if acceptance is None:
        return
    try:
        if acceptance.state == State.RUNNING:
            is_left = accept_some(acceptance, seconds=CHUNK_SECONDS)
            last, ended = 0, State.DONE
        else:
            reached = undo_some(acceptance, seconds=CHUNK_SECONDS, after=after)
            is_left, last, ended = reached is not None, reached or 0, State.UNDONE
    except LeaseLost:
        log.warning("acceptance %s was taken over by another worker", acceptance_id)
    except AnnotatorError as error:
        acceptance.release(state=State.FAILED, ended_at=timezone.now(), error=str(error)[:5000])
    else:
        if is_left:
            acceptance.release()
            enqueue_on_commit(accept, acceptance_id, last)
        else:
            acceptance.release(state=ended, ended_at=timezone.now())


@shared_task
def sweep() -> None:
    """Enqueue what waits, or whose worker died."""
    active = Acceptance.objects.active()
    active.fail_exhausted()
    for pk in active.free().values_list("pk", flat=True)[:20]:
        enqueue_on_commit(accept, str(pk))
