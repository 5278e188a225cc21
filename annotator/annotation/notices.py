"""Tells people what became of a dataset, and who is paused in it."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Exists, OuterRef, Sum
from django.urls import reverse
from django.utils import timezone

from annotator.accounts.models import Membership
from annotator.accounts.roles import Action
from annotator.annotation.models import AnswerCount, GoldPause
from annotator.datasets.models import Dataset, Sample, SampleCount
from annotator.notifications.actions import notify, withdraw
from annotator.ui.words import number

LATELY = timedelta(days=30)  # a dataset that nobody answered for so long is news to nobody
AT_WORK = [Sample.State.UNLABELED, Sample.State.SUBMITTED, Sample.State.RETURNED]


def tell_of_done_datasets() -> None:
    """Tell those who may export it that nothing is left to label or review in a dataset.

    Once for each number of samples: one that gets more of them can be done again. Idempotent.
    """
    answered = AnswerCount.objects.filter(
        dataset=OuterRef("pk"), day__gte=timezone.now().date() - LATELY
    )
    counts = SampleCount.objects.filter(dataset=OuterRef("pk")).order_by().values("dataset")
    total = counts.annotate(sum=Sum("number")).values("sum")
    left = counts.filter(state__in=AT_WORK).annotate(sum=Sum("number")).values("sum")
    answered_lately = Dataset.objects.filter(Exists(answered), removed_at=None)
    for dataset in answered_lately.annotate(total=total, left=left).filter(total__gt=0):
        if dataset.left:
            continue
        members = Membership.objects.filter(workspace=dataset.workspace_id)
        notify(
            "dataset_done",
            members.who_may(Action.EXPORT),
            key=f"{dataset.pk}:{dataset.total}",
            text=f"{dataset} is done: all {number(dataset.total)} samples are accepted or skipped.",
            url=reverse("datasets:gallery", args=[dataset.pk]),
        )


def tell_of_pause(pause: GoldPause) -> None:
    """Tell those who can let the person go on. Idempotent."""
    dataset = pause.dataset
    members = Membership.objects.filter(workspace=dataset.workspace_id)
    notify(
        "gold_paused",
        members.who_may(Action.MANAGE_GOLD),
        key=str(pause.pk),
        text=f"is paused in {dataset}: {pause.right} of {pause.asked} checked values were right.",
        url=reverse("gold:gold", args=[dataset.pk]),
        by=pause.user,
    )


def withdraw_pause(pause: GoldPause) -> None:
    """Take that back: somebody has let the person go on. Idempotent."""
    members = Membership.objects.filter(workspace=pause.dataset.workspace_id)
    withdraw("gold_paused", members.values("user"), key=str(pause.pk))
