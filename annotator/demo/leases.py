"""One worker at a time goes on with a step; a dead one's step is taken over from its checkpoint."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.db.models import F, Q
from django.utils import timezone

from annotator.demo.models import Step

LEASE = timedelta(seconds=60)  # longer than any one sample takes
MOST_ATTEMPTS = 5


class LeaseLost(Exception):
    """Another worker has taken the step over."""


def take() -> Step | None:
    """The first step that can be gone on with, leased to the caller; None when there is none."""
    ready = Step.objects.due().filter(Q(after=None) | Q(after__ended_at__isnull=False))
    for pk in ready.values_list("pk", flat=True):
        lease = uuid.uuid4()
        mine = Step.objects.due().filter(pk=pk)
        if mine.update(
            lease_id=lease, leased_until=timezone.now() + LEASE, attempts=F("attempts") + 1
        ):
            step = Step.objects.select_related(
                "demo__remote", "demo__admin", "demo__studio", "dataset__workspace", "task"
            ).get(pk=pk)
            if step.attempts <= MOST_ATTEMPTS:
                return step
            end(step, error="Five workers ended in the midst of it.")
    return None


def count(step: Step) -> None:
    """One more is done. Call it in the transaction that does it; LeaseLost undoes both."""
    mine = Step.objects.filter(pk=step.pk, lease_id=step.lease_id, done=step.done)
    if not mine.update(done=step.done + 1, attempts=1, leased_until=timezone.now() + LEASE):
        raise LeaseLost
    step.done += 1


def release(step: Step, *, wait_seconds: float = 0) -> None:
    """Let go, so that somebody goes on at once or after a while."""
    Step.objects.filter(pk=step.pk, lease_id=step.lease_id).update(
        lease_id=None,
        leased_until=None,
        attempts=0,
        next_at=timezone.now() + timedelta(seconds=wait_seconds),
    )


def end(step: Step, *, error: str = "") -> None:
    """Nothing is left to do, or nothing can be done."""
    Step.objects.filter(pk=step.pk, lease_id=step.lease_id).update(
        lease_id=None, leased_until=None, error=error[:500], ended_at=timezone.now()
    )
