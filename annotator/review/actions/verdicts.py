"""Verdicts: approve, return, re-open."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import DatabaseError, IntegrityError, transaction

from annotator.accounts import audit
from annotator.accounts.models import User
from annotator.annotation.actions import (
    Change,
    all_saved,
    collecting,
    publish,
    release_returned,
    save_values,
)
from annotator.annotation.models import REASON_LENGTH, Answer, ReturnedField
from annotator.datasets.models import Origin, Sample, Variable
from annotator.errors import AnnotatorError, BadInput, NotPermitted, WrongState
from annotator.review.actions.disputes import needs_second, wait_for_second
from annotator.review.models import Review
from annotator.review.notices import tell_author
from annotator.review.queries import differing_variables
from annotator.review.returning import reason_of


@transaction.atomic
def approve(
    answer: Answer, *, by: User, seen_rev: int, edits: Mapping[Variable, Any] | None = None
) -> Review:
    """Accept the answer, with the reviewer's `edits` if any; from now on it awaits its push.

    `seen_rev` is the revision that the reviewer saw: WrongState when it has moved on, or when
    somebody else has reviewed it. Raises NotPermitted for one's own answer unless the dataset allows it.
    Where people differ and the dataset asks two reviewers, the first approval leaves it to another.
    """
    _check_reviewable(answer, by=by, seen_rev=seen_rev)
    was = _save_edits(answer, edits or {}, by=by)
    is_first = needs_second(answer, by=by)
    decision = Review.Decision.FIRST if is_first else Review.Decision.APPROVED
    review = _record(answer, by=by, decision=decision)
    if is_first:
        wait_for_second(answer, by=by)
    else:
        publish(answer, by=by)
    answer.sample.release(by)
    _trace("answer.approve", answer, by=by, **was)
    return review


@transaction.atomic
def return_answer(
    answer: Answer,
    *,
    by: User,
    seen_rev: int,
    reason: str = "",
    fields: Mapping[Variable, str] | None = None,
    edits: Mapping[Variable, Any] | None = None,
    to: Answer | None = None,
) -> Review:
    """Return the answer to its author, on top of their queue: the whole with a reason, or `fields`, each with
    its own.

    The fields that are not returned then are accepted, with the reviewer's `edits` if any. `to` is one of the
    answers collected with it, which is returned in its place. Raises BadInput without a reason, and as
    `approve`.
    """
    fields = fields or {}
    for words in fields.values() or [reason]:
        _need_reason(words)
    reason = reason or reason_of(fields)
    _check_reviewable(answer, by=by, seen_rev=seen_rev)
    if to is not None:
        collecting.stand_for_all(to, in_place_of=answer)
        to.sample, answer = answer.sample, to
    was = _save_edits(answer, edits or {}, by=by)
    review = _record(answer, by=by, decision=Review.Decision.RETURNED, reason=reason)
    answer.sample.move(to=Sample.State.RETURNED, only_from=[Sample.State.SUBMITTED])
    _mark_returned(answer, review, fields)
    answer.refresh_from_db()
    _release_returned(answer.sample)
    answer.sample.release(by)
    tell_author(review)
    _trace("answer.return", answer, by=by, reason=reason[:200], **was)
    return review


def _trace(action: str, answer: Answer, *, by: User, **detail: Any) -> None:
    """The verdict in the audit trail, with the values that the reviewer changed."""
    workspace = answer.sample.dataset.workspace
    audit.record(action, workspace=workspace, by=by, target=answer.sample, **detail)


def _mark_returned(answer: Answer, review: Review, fields: Mapping[Variable, str]) -> None:
    """The moment is that of the verdict, so that it is known again where a later return is undone."""
    at = review.created_at
    Answer.objects.filter(pk=answer.pk).update(
        state=Answer.State.RETURNED, return_reason=review.reason, returned_at=at
    )
    ReturnedField.objects.bulk_create(
        ReturnedField(
            answer=answer, variable=variable, reason=words[:REASON_LENGTH], returned_at=at
        )
        for variable, words in fields.items()
    )


def _save_edits(answer: Answer, edits: Mapping[Variable, Any], *, by: User) -> dict[str, Any]:
    """Save the reviewer's edits; gives the values `before` and `after` by the variables' names."""
    if not edits:
        return {}
    values = {row.variable_id: row for row in answer.values.all()}
    revs = {key: row.rev for key, row in values.items()}
    changes = [
        Change(
            variable=variable,
            value=value,
            expected_rev=revs.get(variable.pk, 0),
            origin=Origin.REVIEWED,
        )
        for variable, value in edits.items()
    ]
    all_saved(save_values(answer, changes, by=by, reason="Changed in review"))
    return {
        "before": {v.name: values[v.pk].value if v.pk in values else None for v in edits},
        "after": {variable.name: value for variable, value in edits.items()},
    }


@transaction.atomic
def ask_one_more(answer: Answer, *, by: User, seen_rev: int) -> None:
    """Have one more person answer the sample; the answer awaits review again with theirs beside it.

    Raises WrongState when nobody is left to ask, and as `approve`.
    """
    _check_reviewable(answer, by=by, seen_rev=seen_rev)
    collecting.ask_one_more(answer)
    answer.sample.release(by)
    audit.record(
        "sample.ask", workspace=answer.sample.dataset.workspace, by=by, target=answer.sample
    )


@dataclass
class Bulk:
    """What came of many verdicts: the approved answers, and why each of the others was not."""

    approved: list[Answer] = field(default_factory=list)
    failed: list[tuple[Answer, str]] = field(default_factory=list)


def approve_many(answers: Iterable[tuple[Answer, int]], *, by: User) -> Bulk:
    """Approve answers at the revisions that the reviewer saw, each for itself: one refused stops no other.

    Where several people answered and differ, a reviewer has to choose: those are refused.
    """
    result = Bulk()
    for answer, seen_rev in answers:
        try:
            if answer.sample.asks_several:
                _require_agreement(answer)
            approve(answer, by=by, seen_rev=seen_rev)
        except AnnotatorError as error:
            result.failed.append((answer, str(error)))
        except DatabaseError:
            result.failed.append((answer, "The database could not save it. Try again."))
        else:
            result.approved.append(answer)
    return result


def _require_agreement(answer: Answer) -> None:
    """Raises WrongState when the people who answered together differ in a variable."""
    if differing := differing_variables(answer):
        names = ", ".join(variable.name for variable in differing)
        raise WrongState(f"The people who answered differ in {names}: open it and choose.")


@transaction.atomic
def reopen(sample: Sample, *, by: User, reason: str) -> None:
    """Return an approved sample: to the author of its answer if there is one, else to be labelled.

    Its values stay until a new answer replaces them; a remote keeps what was pushed until then.
    Raises BadInput without a reason, WrongState when the sample is not approved (any more).
    """
    _need_reason(reason)
    answer = sample.answers.filter(state=Answer.State.APPROVED).order_by("-submitted_at").first()
    to = Sample.State.UNLABELED if answer is None else Sample.State.RETURNED
    sample.move(to=to, only_from=[Sample.State.APPROVED])
    review = Review.objects.create(
        sample=sample,
        answer=answer,
        answer_rev=answer.rev if answer else 0,
        reviewer=by,
        decision=Review.Decision.REOPENED,
        reason=reason[:REASON_LENGTH],
    )
    if answer is not None:
        _mark_returned(answer, review, {})
    _release_returned(sample)
    tell_author(review)
    audit.record(
        "sample.reopen",
        workspace=sample.dataset.workspace,
        by=by,
        target=sample,
        reason=reason[:200],
    )


def _release_returned(sample: Sample) -> None:
    """Have a returned sample labelled by anybody when its author has left."""
    if release_returned(Sample.objects.filter(pk=sample.pk)):
        sample.refresh_from_db(fields=["state"])


def _need_reason(reason: str) -> None:
    if not reason.strip():
        message = "Say what is wrong, so that it can be corrected."
        raise BadInput(message, fields={"reason": [message]})


def _check_reviewable(answer: Answer, *, by: User, seen_rev: int) -> None:
    """Brings `answer` up to date under a lock: the revision that was seen must be the one reviewed."""
    now = (
        Answer.objects.select_for_update().only("rev", "state", "first_reviewer").get(pk=answer.pk)
    )
    answer.rev, answer.state, answer.first_reviewer_id = now.rev, now.state, now.first_reviewer_id
    if answer.is_among_own(by.pk):
        raise NotPermitted("You cannot review your own answer in this dataset.")
    if answer.first_reviewer_id == by.pk and answer.state == Answer.State.SUBMITTED:
        raise NotPermitted("You have reviewed this answer already: somebody else decides.")
    if answer.rev != seen_rev and answer.state == Answer.State.SUBMITTED:
        raise WrongState("This answer was changed after you opened it. Check it again.")
    if answer.state != Answer.State.SUBMITTED:
        raise WrongState(f"This answer does not await a verdict any more: it is {answer.state}.")


def _record(answer: Answer, *, by: User, decision: str, reason: str = "") -> Review:
    """One verdict per revision: the constraint decides between two reviewers."""
    try:
        with transaction.atomic():
            return Review.objects.create(
                sample=answer.sample,
                answer=answer,
                answer_rev=answer.rev,
                reviewer=by,
                decision=decision,
                reason=reason[:REASON_LENGTH],
            )
    except IntegrityError as error:
        raise WrongState("Somebody else has reviewed this answer already.") from error
