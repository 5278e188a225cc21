"""Answers to gold copies end as all others do."""

from __future__ import annotations

from contextlib import suppress

from django.db.models import Max

from annotator.accounts.models import User
from annotator.annotation.actions.submitting import publish
from annotator.annotation.models import Answer
from annotator.datasets.models import Dataset
from annotator.errors import BadInput, WrongState

AT_ONCE = 10  # answers of one call


def approve_gold_along(dataset: Dataset, user: User) -> None:
    """Approve what the person gave for gold copies, once a later answer of theirs was reviewed and approved.

    Else the copies would be the samples that nobody reviews. Their gold samples stay as they are.
    """
    mine = Answer.objects.filter(author=user, dataset=dataset)
    approved = mine.filter(state=Answer.State.APPROVED, sample__only_for=None)
    latest = approved.aggregate(at=Max("submitted_at"))["at"]
    if latest is None:
        return
    waiting = mine.filter(
        state=Answer.State.SUBMITTED, sample__only_for=user, submitted_at__lt=latest
    )
    for answer in waiting.select_related("sample__dataset")[:AT_ONCE]:
        with suppress(
            BadInput, WrongState
        ):  # its variables have changed, or another window was faster
            publish(answer, by=user)
