"""How far a step has come: only the worker that holds its lease writes that."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from annotator.demo.models import Step
from annotator.leases import LOSSES_MESSAGE


def take() -> Step | None:
    """The first step that can be worked on, leased to the caller; None when there is none."""
    Step.objects.left().end_exhausted(error=LOSSES_MESSAGE, ended_at=timezone.now())
    ready = Step.objects.due().filter(Q(after=None) | Q(after__ended_at__isnull=False))
    for pk in ready.values_list("pk", flat=True):
        lease_id = Step.objects.due().filter(pk=pk).take()
        if lease_id is not None:
            related = ("demo__remote", "demo__admin", "demo__studio", "dataset__workspace", "task")
            return Step.objects.select_related(*related).filter(pk=pk, lease_id=lease_id).first()
    return None


def count(step: Step) -> None:
    """One more is done. Call it in the transaction that does it: LeaseLost rolls both back."""
    unchanged = Step.objects.filter(pk=step.pk, done=step.done)
    unchanged.renew(step.lease_id, done=step.done + 1, losses=0)
    step.done += 1


def postpone(step: Step, *, wait_seconds: float = 0) -> None:
    """Release it, so that a worker continues at once or after a while."""
    step.release(next_at=timezone.now() + timedelta(seconds=wait_seconds))


def end(step: Step) -> None:
    """Nothing is left to do."""
    step.release(ended_at=timezone.now())
