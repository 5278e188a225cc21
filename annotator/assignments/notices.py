"""Tells people what they were assigned."""

from __future__ import annotations

from django.urls import reverse

from annotator.accounts.models import Membership
from annotator.assignments.models import Distribution
from annotator.notifications.actions import notify
from annotator.ui.words import day


def tell_assigned(distribution: Distribution) -> None:
    """Tell the people who got samples that they did, but for who has assigned them. Idempotent."""
    dataset = distribution.dataset
    given = [int(person) for person, number in distribution.given.items() if number]
    if not given:
        return
    due = f", due {day(distribution.due_on)}" if distribution.due_on else ""
    notify(
        "assigned",
        Membership.objects.filter(workspace=dataset.workspace_id, user__in=given).exclude(
            user=distribution.started_by
        ),
        key=str(distribution.pk),
        text=f"Samples of {dataset} are assigned to you{due}.",
        url=reverse("annotation:next", args=[dataset.pk]),
    )
