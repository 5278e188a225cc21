"""What is typed is saved, field by field, and never over somebody else's newer value."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from annotator.accounts.models import User
from annotator.annotation.models import Answer, AnswerRevision, AnswerValue
from annotator.datasets.actions.writing import checked_value, holds_value
from annotator.datasets.models import Origin, Sample, Variable
from annotator.errors import BadInput, Conflict, WrongState

OPEN_STATES = [Answer.State.DRAFT, Answer.State.RETURNED, Answer.State.SKIPPED]


@dataclass(frozen=True)
class Saved:
    """What one operation left: the field's revision, and whether the operation had been done before."""

    rev: int
    repeated: bool = False


def open_answer(sample: Sample, *, by: User) -> Answer:
    """This person's answer to the sample, to be changed now; made when there is none.

    One that was submitted or approved before its sample was to be labelled again becomes a draft; its
    values stay as a start. Raises WrongState when the sample is not open to this person (any more).
    """
    answer = Answer.objects.own(sample, by)
    answer.require_open()
    if not answer.is_saved:
        answer, _ = Answer.objects.get_or_create(sample=sample, author=by)
        answer.sample = sample
    if answer.state not in OPEN_STATES:
        _reopen(answer)
    return answer


def _reopen(answer: Answer) -> None:
    """Make a draft of an answer that counts for nothing; only while its sample is still to be labelled."""
    reopened = Answer.objects.filter(
        pk=answer.pk, state=answer.state, sample__state__in=answer.open_sample_states
    )
    if not reopened.update(state=Answer.State.DRAFT, submitted_at=None, rev=F("rev") + 1):
        raise WrongState("Somebody else has answered this sample meanwhile. Reload the page.")
    answer.refresh_from_db(fields=["state", "submitted_at", "rev"])


@transaction.atomic
def save_value(
    answer: Answer,
    variable: Variable,
    value: Any,
    *,
    expected_rev: int,
    operation_id: uuid.UUID,
    by: User,
    origin: str = Origin.TYPED,
    reason: str = "",
    after: uuid.UUID | None = None,
) -> Saved:
    """Set or clear (None) one field of an answer: compare-and-swap on the field's revision.

    `expected_rev` is the revision that the page showed (0: never saved). The same `operation_id` again
    changes nothing and returns the same. `after` is the operation that the page made before this one:
    if it arrived, but its response was lost, this one builds on it.

    Raises Conflict with both values when somebody else, or another tab, was faster; BadInput for a value
    that the variable does not allow (now: the schema may have changed under the open form); WrongState
    when the answer has been submitted.
    """
    done = AnswerRevision.objects.filter(operation_id=operation_id, saved_by=by).first()
    if done is not None:
        return Saved(done.rev, repeated=True)
    checked = check(variable, value)
    row = AnswerValue.objects.select_for_update().filter(answer=answer, variable=variable).first()
    expected_rev = max(expected_rev, _rev_of(after, row, by=by))
    if expected_rev != (row.rev if row else 0):
        raise _conflict(variable, row, ours=value)
    if row is None and checked is None:
        return Saved(0)
    if row is not None and holds_value(row, variable, checked):
        return Saved(row.rev)
    _count_change(answer, by=by)
    row = _write(row, answer, variable, checked, origin=origin, by=by)
    _append_revision(row, operation_id=operation_id, reason=reason)
    return Saved(row.rev)


@transaction.atomic
def mark_unsure(answer: Answer, variable: Variable, *, unsure: bool, by: User) -> Saved:
    """Set or clear the mark that the author is not sure of this field. The value and its revision stay."""
    row = AnswerValue.objects.select_for_update().filter(answer=answer, variable=variable).first()
    if row is None and not unsure:
        return Saved(0)
    if row is not None and row.unsure == unsure:
        return Saved(row.rev)
    _count_change(answer, by=by)
    if row is None:
        row = AnswerValue(answer=answer, variable=variable, is_set=False, saved_by=by, rev=0)
    row.unsure = unsure
    row.save()
    return Saved(row.rev)


def _rev_of(operation_id: uuid.UUID | None, row: AnswerValue | None, *, by: User) -> int:
    """The revision that an operation of this person left in this field; 0 when it never arrived."""
    if operation_id is None or row is None:
        return 0
    done = row.history.filter(operation_id=operation_id, saved_by=by).first()
    return done.rev if done else 0


def check(variable: Variable, value: Any) -> Any:
    """The value in its one canonical form; BadInput, naming the field, when it is not allowed."""
    if variable.removed_at is not None:
        message = f"{variable.name} was removed from this dataset. Your text is kept here: reload the page."
        raise BadInput(message, fields={variable.name: [message]})
    return checked_value(variable, value)


def _count_change(answer: Answer, *, by: User) -> None:
    """Count one change of the answer, if it may still be changed by this person."""
    states = OPEN_STATES if by.pk == answer.author_id else [*OPEN_STATES, Answer.State.SUBMITTED]
    if not Answer.objects.filter(pk=answer.pk, state__in=states).update(rev=F("rev") + 1):
        raise WrongState("This answer has been submitted: undo that before you change it.")
    answer.rev += 1


def _write(
    row: AnswerValue | None,
    answer: Answer,
    variable: Variable,
    value: Any,
    *,
    origin: str,
    by: User,
) -> AnswerValue:
    changes = {
        "value": value,
        "is_set": value is not None,
        "origin": origin,
        "saved_by": by,
        "saved_at": timezone.now(),
    }
    if row is None:
        try:
            with transaction.atomic():
                return AnswerValue.objects.create(answer=answer, variable=variable, **changes)
        except IntegrityError as error:
            theirs = AnswerValue.objects.get(answer=answer, variable=variable)
            raise _conflict(variable, theirs, ours=value) from error
    if not AnswerValue.objects.filter(pk=row.pk, rev=row.rev).update(rev=F("rev") + 1, **changes):
        raise _conflict(variable, AnswerValue.objects.get(pk=row.pk), ours=value)
    row.rev += 1
    for name, changed in changes.items():
        setattr(row, name, changed)
    return row


def _append_revision(row: AnswerValue, *, operation_id: uuid.UUID, reason: str) -> None:
    """Append the new revision to the field's history; Conflict when the operation is another person's."""
    try:
        with transaction.atomic():
            AnswerRevision.objects.create(
                answer_value=row,
                rev=row.rev,
                value=row.value,
                is_set=row.is_set,
                origin=row.origin,
                operation_id=operation_id,
                saved_by=row.saved_by,
                saved_at=row.saved_at,
                reason=reason,
            )
    except IntegrityError as error:
        raise _conflict(row.variable, row, ours=row.value) from error


def _conflict(variable: Variable, row: AnswerValue | None, *, ours: Any) -> Conflict:
    return Conflict(
        f"{variable.name} was changed elsewhere meanwhile: choose which value to keep.",
        field=variable.name,
        ours=ours,
        theirs=row.value if row else None,
        rev=row.rev if row else 0,
    )
