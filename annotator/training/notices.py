"""Tells people what became of a training."""

from __future__ import annotations

from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from annotator.accounts.models import Membership
from annotator.notifications.actions import notify
from annotator.training.models import TrainingRun

LATELY = timedelta(minutes=30)  # for which the workers may be away and the news still comes


def tell_of_ended_runs() -> None:
    """Tell whoever started a training that it has ended, and how; once for each end. Idempotent."""
    ended = TrainingRun.objects.filter(ended_at__gte=timezone.now() - LATELY)
    for run in ended.filter(requested_by__isnull=False).select_related("task"):
        members = Membership.objects.filter(
            user=run.requested_by_id, workspace=run.task.workspace_id
        )
        error = run.error.strip().splitlines()
        reason = f": {error[-1]}" if error else ""
        notify(
            "training_ended",
            members,
            key=f"{run.pk} {run.ended_at:%Y-%m-%d %H:%M:%S}",
            text=f"Training of {run.task}: {run.get_state_display().lower()}{reason}",
            url=reverse("training:run", args=[run.pk]),
        )
