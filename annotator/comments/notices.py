"""Tells people of comments that are for them."""

from __future__ import annotations

from collections.abc import Collection

from django.urls import reverse

from annotator.accounts.models import Membership
from annotator.comments.models import Comment
from annotator.notifications.actions import notify, withdraw


def tell_people(comment: Comment, people: Collection[int]) -> None:
    """Tell these users that a comment is for them; no statement without any."""
    if not people:
        return
    sample = comment.sample
    notify(
        "mentioned",
        Membership.objects.filter(workspace=sample.dataset.workspace_id, user__in=people),
        key=str(comment.pk),
        text=f"on {sample}: {comment.text}",
        url=reverse("comments:of_sample", args=[sample.pk]),
        by=comment.author,
    )


def withdraw_comment(comment: Comment) -> None:
    """Take that back: the comment was removed, and its text is shown to nobody. Idempotent."""
    withdraw("mentioned", comment.mentions.values("person"), key=str(comment.pk))
