"""Tells people of values that a remote does not get."""

from __future__ import annotations

from django.db.models import OuterRef, Subquery
from django.urls import reverse

from annotator.accounts.models import Membership
from annotator.accounts.roles import Action
from annotator.datasets.models import Dataset
from annotator.notifications.actions import notify
from annotator.push.models import Delivery

STUCK = {
    Delivery.State.PARKED: "values were refused or can't be sent",
    Delivery.State.CONFLICT: "values were changed on both sides",
}


def tell_of_stuck_deliveries() -> None:
    """Tell those who may retry that deliveries of a dataset wait for a person.

    Once for each day from which there are such. Idempotent. Of a dataset one row of each state is read.
    """
    for state, words in STUCK.items():
        waiting = Delivery.objects.filter(dataset=OuterRef("pk"), state=state)
        newest = Subquery(waiting.order_by("-created_at", "-id").values("created_at")[:1])
        datasets = Dataset.objects.filter(remote__isnull=False, removed_at=None)
        for dataset in datasets.annotate(newest=newest).filter(newest__isnull=False):
            members = Membership.objects.filter(workspace=dataset.workspace_id)
            notify(
                "push_stuck",
                members.who_may(Action.SYNC),
                key=f"{dataset.pk}:{state}:{dataset.newest.date()}",
                text=f"{dataset}: {words}. Somebody has to look.",
                url=f"{reverse('push:deliveries')}?state={state}",
            )
