"""Undoing one's own verdict while nothing depends on it."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F

from annotator.accounts.models import User
from annotator.annotation.actions import restore_values
from annotator.annotation.models import Answer
from annotator.datasets.models import Sample
from annotator.errors import WrongState
from annotator.push.models import Delivery
from annotator.review.models import Review

TOO_LATE = "This verdict can't be undone any more: its values were sent or changed since."


@transaction.atomic
def undo(review: Review, *, by: User) -> Answer:
    """Undo one's own latest verdict: the answer awaits review again, and the sample's values are as
    they were before it. What the reviewer changed in the answer stays there, marked.

    Raises WrongState when something depends on the verdict: it was sent to the remote, changed, or reviewed
    again. Then an approved sample can be re-opened.
    """
    locked = Answer.objects.select_for_update(of=["self"]).select_related("sample__dataset")
    answer = locked.get(reviews=review)
    if not can_undo(review, answer, by=by):
        raise WrongState(TOO_LATE)
    sample, was = answer.sample, Sample.State(review.decision)
    sample.move(to=Sample.State.SUBMITTED, only_from=[was])
    if review.decision == Review.Decision.APPROVED:
        restore_values(answer, since=review.created_at, by=by, reason="Verdict undone")
    # The revision grows, so that there can be another verdict on it.
    Answer.objects.filter(pk=answer.pk).update(state=Answer.State.SUBMITTED, rev=F("rev") + 1)
    answer.refresh_from_db(fields=["state", "rev"])
    Review.objects.create(
        sample=sample,
        answer=answer,
        answer_rev=answer.rev,
        reviewer=by,
        decision=Review.Decision.REOPENED,
        reason="Verdict undone.",
    )
    sample.lease_to(by, take_over=True)
    return answer


def can_undo(review: Review, answer: Answer, *, by: User) -> bool:
    """Whether this person may still undo the verdict; asks the database."""
    is_last = review.answer_rev == answer.rev and review.decision == answer.state
    if review.reviewer_id != by.pk or not is_last:
        return False
    if review.decision != Review.Decision.APPROVED:
        return True
    return not Delivery.objects.sent_since(review.created_at, answer.sample_id).exists()
