"""Undoing one's own verdict while nothing depends on it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from annotator.accounts.models import User
from annotator.annotation.models import Answer
from annotator.datasets.actions import set_value
from annotator.datasets.models import Sample, VariableValue
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
        _restore_values(answer, since=review.created_at, by=by)
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
    # A worker that holds a delivery may have sent it by now.
    sent = Q(sent_at__gte=review.created_at) | Q(leased_until__gt=timezone.now())
    return not Delivery.objects.filter(sent, value_row__sample=answer.sample_id).exists()


def _restore_values(answer: Answer, *, since: datetime, by: User) -> None:
    """Undo what the approval wrote; its revisions stay in the history."""
    approved = {row.variable_id: row for row in answer.values.all()}
    written = VariableValue.objects.filter(sample=answer.sample, set_at__gte=since)
    for row in written.select_related("variable").prefetch_related("history__set_by"):
        given = approved.get(row.variable_id)
        if given is None or (given.value, given.is_set) != (row.value, row.is_set):
            raise WrongState(TOO_LATE)  # set anew after the approval, by a script perhaps
        before = [revision for revision in row.history.all() if revision.set_at < since]
        was_set = bool(before) and before[-1].is_set
        set_value(
            answer.sample,
            row.variable,
            before[-1].value if was_set else None,
            origin=before[-1].origin if before else row.origin,
            by=before[-1].set_by if before else by,
            reason="Verdict undone",
            updates_completion=False,
        )
