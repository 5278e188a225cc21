"""Verdicts: approve, return, re-open."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from annotator.accounts import audit
from annotator.accounts.models import User
from annotator.annotation.actions import Change, all_saved, publish, save_values
from annotator.annotation.models import Answer
from annotator.datasets.models import Origin, Sample, Variable
from annotator.errors import AnnotatorError, BadInput, NotPermitted, WrongState
from annotator.review.models import Review


@transaction.atomic
def approve(
    answer: Answer, *, by: User, seen_rev: int, edits: Mapping[Variable, Any] | None = None
) -> Review:
    """Accept the answer, with the reviewer's `edits` if any; from now on it awaits its push.

    `seen_rev` is the revision that the reviewer saw: WrongState when it has moved on, or when
    somebody else has reviewed it. Raises NotPermitted for one's own answer unless the dataset allows it.
    """
    _check_reviewable(answer, by=by, seen_rev=seen_rev)
    if edits:
        revs = dict(answer.values.values_list("variable", "rev"))
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
    review = _record(answer, by=by, decision=Review.Decision.APPROVED)
    publish(answer, by=by)
    answer.sample.release(by)
    return review


@transaction.atomic
def return_answer(
    answer: Answer, *, by: User, seen_rev: int, reason: str, variable: Variable | None = None
) -> Review:
    """Return the answer to its author, on top of their queue, with the reason at the field."""
    _need_reason(reason)
    _check_reviewable(answer, by=by, seen_rev=seen_rev)
    review = _record(answer, by=by, decision=Review.Decision.RETURNED, reason=reason)
    answer.sample.move(to=Sample.State.RETURNED, only_from=[Sample.State.SUBMITTED])
    mine = Answer.objects.filter(pk=answer.pk, state=Answer.State.SUBMITTED)
    mine.update(
        state=Answer.State.RETURNED,
        return_reason=reason[:1000],
        return_variable=variable,
        returned_at=timezone.now(),
    )
    answer.refresh_from_db()
    answer.sample.release(by)
    return review


@dataclass
class Bulk:
    """What came of many verdicts: the approved answers, and why each of the others was not."""

    approved: list[Answer] = field(default_factory=list)
    failed: list[tuple[Answer, str]] = field(default_factory=list)


def approve_many(answers: Iterable[tuple[Answer, int]], *, by: User) -> Bulk:
    """Approve answers at the revisions that the reviewer saw, each for itself: one refused stops no other."""
    result = Bulk()
    for answer, seen_rev in answers:
        try:
            approve(answer, by=by, seen_rev=seen_rev)
        except AnnotatorError as error:
            result.failed.append((answer, str(error)))
        except DatabaseError:
            result.failed.append((answer, "The database could not save it. Try again."))
        else:
            result.approved.append(answer)
    return result


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
    if answer is not None:
        Answer.objects.filter(pk=answer.pk).update(
            state=Answer.State.RETURNED,
            return_reason=reason[:1000],
            return_variable=None,
            returned_at=timezone.now(),
        )
    Review.objects.create(
        sample=sample,
        answer=answer,
        answer_rev=answer.rev if answer else 0,
        reviewer=by,
        decision=Review.Decision.REOPENED,
        reason=reason[:1000],
    )
    audit.record(
        "sample.reopen",
        workspace=sample.dataset.workspace,
        by=by,
        target=sample,
        reason=reason[:200],
    )


def _need_reason(reason: str) -> None:
    if not reason.strip():
        message = "Say what is wrong, so that it can be corrected."
        raise BadInput(message, fields={"reason": [message]})


def _check_reviewable(answer: Answer, *, by: User, seen_rev: int) -> None:
    """Brings `answer` up to date under a lock: the revision that was seen must be the one reviewed."""
    now = Answer.objects.select_for_update().only("rev", "state").get(pk=answer.pk)
    answer.rev, answer.state = now.rev, now.state
    if answer.needs_another_reviewer(by.pk):
        raise NotPermitted("You cannot review your own answer in this dataset.")
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
                reason=reason[:1000],
            )
    except IntegrityError as error:
        raise WrongState("Somebody else has reviewed this answer already.") from error
