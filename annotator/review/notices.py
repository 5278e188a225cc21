"""Tells people what became of their answers."""

from __future__ import annotations

from django.urls import reverse

from annotator.accounts.models import Membership
from annotator.annotation.models import Answer
from annotator.notifications.actions import notify, withdraw
from annotator.review.models import Review


def tell_author(review: Review) -> None:
    """Tell the author that their answer came back with this verdict; one statement, none for one's own."""
    sample, answer, reviewer = review.sample, review.answer, review.reviewer
    if answer is None or reviewer is None or answer.author_id == review.reviewer_id:
        return
    notify(
        "returned",
        Membership.objects.filter(workspace=sample.dataset.workspace_id, user=answer.author_id),
        key=str(review.pk),
        text=f"returned {sample} in {sample.dataset}: {review.reason}",
        url=reverse("annotation:sample", args=[sample.pk]),
        by=reviewer,
    )


def withdraw_return(review: Review, answer: Answer) -> None:
    """Take that back: the verdict was undone. Idempotent."""
    withdraw("returned", [answer.author_id], key=str(review.pk))
