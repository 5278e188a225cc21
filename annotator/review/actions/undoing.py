"""Undoing one's own verdict while nothing depends on it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F

from annotator.accounts import audit
from annotator.accounts.models import User
from annotator.annotation.actions import restore_values
from annotator.annotation.models import REASON_LENGTH, Answer
from annotator.datasets.models import Sample, Variable
from annotator.errors import WrongState
from annotator.push.models import Delivery
from annotator.review.models import Review
from annotator.review.notices import withdraw_return
from annotator.review.returning import reason_of

UNDONE = "Verdict undone."
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
    sample = answer.sample
    _take_back(review, answer, by=by)
    # The revision grows, so that there can be another verdict on it.
    Answer.objects.filter(pk=answer.pk).update(
        state=Answer.State.SUBMITTED,
        rev=F("rev") + 1,
        first_reviewer=answer.first_reviewer_id,
        returned_at=answer.returned_at,
        return_reason=answer.return_reason,
    )
    answer.refresh_from_db(fields=["state", "rev"])
    Review.objects.create(
        sample=sample,
        answer=answer,
        answer_rev=answer.rev,
        reviewer=by,
        decision=Review.Decision.REOPENED,
        reason=UNDONE,
    )
    sample.lease_to(by, take_over=True)
    return answer


def _take_back(review: Review, answer: Answer, *, by: User) -> None:
    """What followed from the verdict for the sample, and for the unsaved answer."""
    if review.decision != Review.Decision.FIRST:
        answer.sample.move(to=Sample.State.SUBMITTED, only_from=[Sample.State(review.decision)])
    if review.decision == Review.Decision.APPROVED:
        restore_values(answer, since=review.created_at, by=by, reason="Verdict undone")
    elif review.decision == Review.Decision.RETURNED:
        answer.returned_fields.last_return().delete()
        answer.returned_at, answer.return_reason = _return_before(review, answer)
        withdraw_return(review, answer)
    elif answer.first_reviewer_id == by.pk:
        answer.first_reviewer = None


def _return_before(review: Review, answer: Answer) -> tuple[datetime | None, str]:
    """When and why the answer was returned before this verdict, by what still holds; (None, "") if never."""
    undone = answer.reviews.filter(decision=Review.Decision.REOPENED, reason=UNDONE)
    revs = set(undone.values_list("answer_rev", flat=True))
    returns = answer.reviews.filter(
        decision__in=[Review.Decision.RETURNED, Review.Decision.REOPENED], pk__lt=review.pk
    )
    for each in returns.exclude(reason=UNDONE):
        if each.decision == Review.Decision.REOPENED or each.answer_rev + 1 not in revs:
            return each.created_at, each.reason
    return None, ""


@transaction.atomic
def undo_field(review: Review, variable: Variable, *, by: User) -> Answer:
    """Take back that one field was returned: it is accepted then. With the last one all is undone, as `undo`.

    Raises WrongState when the field is not returned (any more), or somebody works on the answer already.
    """
    answer = (
        Answer.objects.select_for_update(of=["self"])
        .select_related("sample__dataset__workspace")
        .get(reviews=review)
    )
    if not can_undo(review, answer, by=by):
        raise WrongState(TOO_LATE)
    fields = list(answer.returned_fields.last_return().select_related("variable"))
    left = {each.variable: each.reason for each in fields if each.variable != variable}
    if len(left) == len(fields):
        raise WrongState(f"{variable} is not returned any more.")
    if not left:
        return undo(review, by=by)
    answer.returned_fields.last_return().filter(variable=variable).delete()
    Answer.objects.filter(pk=answer.pk).update(return_reason=reason_of(left)[:REASON_LENGTH])
    audit.record(
        "answer.accept_field",
        workspace=answer.sample.dataset.workspace,
        by=by,
        target=answer.sample,
        variable=variable.name,
    )
    return answer


def can_undo(review: Review, answer: Answer, *, by: User) -> bool:
    """Whether this person may still undo the verdict; asks the database."""
    is_last = review.answer_rev == answer.rev and review.decision == answer.state
    if review.decision == Review.Decision.FIRST:
        is_last = review.answer_rev + 1 == answer.rev and answer.state == Answer.State.SUBMITTED
    if review.reviewer_id != by.pk or not is_last:
        return False
    if review.decision != Review.Decision.APPROVED:
        return True
    return not Delivery.objects.sent_since(review.created_at, answer.sample_id).exists()
