"""What is typed is saved, all changed fields together, and never over somebody else's newer value."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from django.db import transaction
from django.db.models import PositiveIntegerField, UUIDField
from django.utils import timezone

from annotator.accounts.models import User
from annotator.annotation.actions.opening import OPEN_STATES, Stored, lock_answer
from annotator.annotation.models import Answer, AnswerRevision, AnswerValue
from annotator.compiled import CompiledInsert, CompiledQuery, CompiledUpdate, Given, unsaved
from annotator.datasets.actions.writing import checked_value, holds_value
from annotator.datasets.models import Origin, Variable
from annotator.errors import BadInput, Conflict, WrongState

DONE = CompiledQuery(
    lambda: AnswerRevision.objects.filter(
        operation_id__in=Given("operations", UUIDField(), many=True)
    ).order_by()
)
SET_REV = CompiledUpdate(
    lambda: (
        Answer.objects.filter(pk=Given("answer", UUIDField())),
        {"rev": Given("rev", PositiveIntegerField())},
    )
)
WRITTEN = ["value", "is_set", "rev", "origin", "unsure", "saved_by", "saved_at"]
WRITE_VALUES = CompiledInsert(AnswerValue, updates=WRITTEN)
_revised = ("rev", "value", "is_set", "origin", "saved_by_id", "saved_at")
INSERT_REVISIONS = CompiledInsert(
    AnswerRevision, ("answer_value_id", *_revised, "operation_id", "reason")
)
REVISED = attrgetter("id", *_revised)


@dataclass(frozen=True, kw_only=True)
class Change:
    """What one operation does to one field; a `value` of None clears it.

    `expected_rev` is the revision that the page showed (0: never saved). `after` are operations that the
    page made before: if one arrived, but its response was lost, this one builds on it. `operation_id` None:
    no browser sends it again. `unsure` None: the mark stays as it is.
    """

    variable: Variable
    value: Any
    expected_rev: int
    operation_id: uuid.UUID | None = None
    after: Collection[uuid.UUID] = ()
    origin: str = Origin.TYPED
    unsure: bool | None = None


# A row with its change in memory, and whether its value is a new one (else the mark alone).
ChangedField = tuple[AnswerValue, Change, bool]


@dataclass(frozen=True)
class Saved:
    """What one operation left: the field's revision, and whether the operation had been done before."""

    rev: int
    repeated: bool = False


Outcome = Saved | Conflict | BadInput


def save_values(
    answer: Answer,
    changes: Sequence[Change],
    *,
    by: User,
    reason: str = "",
) -> list[Outcome]:
    """Save fields of an answer, each by compare-and-swap on its own revision; the outcome of each, in order.

    One refused field stops no other: Conflict, with both values, when somebody else, or another tab, was
    faster; BadInput for a value that the variable does not allow (now: the schema may have changed under the
    open form). The same `operation_id` again changes nothing and has the same outcome. At most one change of
    each variable; the same number of statements for one and for many. Raises WrongState when the answer has
    been submitted.
    """
    with transaction.atomic():
        return save_locked(answer, lock_answer(answer), changes, by=by, reason=reason)


def save_locked(
    answer: Answer, stored: Stored, changes: Sequence[Change], *, by: User, reason: str = ""
) -> list[Outcome]:
    """As `save_values`, of an answer that `lock_answer` has locked in this transaction."""
    outcomes = change_locked(answer, stored, changes, by=by, reason=reason)
    write_rev(answer, stored)
    return outcomes


def change_locked(
    answer: Answer, stored: Stored, changes: Sequence[Change], *, by: User, reason: str = ""
) -> list[Outcome]:
    """As `save_locked`, but the answer's own row is left to the caller, who writes its new `rev`."""
    done = _revisions_of(changes)
    written: list[ChangedField] = []
    outcomes: list[Outcome] = []
    for change in changes:
        try:
            outcomes.append(change_field(change, answer, stored.rows, done, written, by=by))
        except (Conflict, BadInput) as refusal:
            outcomes.append(refusal)
    answer.rev = stored.rev
    if written:
        _require_changeable(answer, stored.state, by=by)
        write_fields(written, reason=reason)
        answer.rev += 1
    return outcomes


def write_rev(answer: Answer, stored: Stored) -> None:
    """Write the `rev` that `change_locked` gave the answer, if it is a new one."""
    if answer.rev != stored.rev:
        SET_REV.run(answer=answer.pk, rev=answer.rev)


def save_value(
    answer: Answer,
    variable: Variable,
    value: Any,
    *,
    expected_rev: int,
    operation_id: uuid.UUID | None = None,
    by: User,
    origin: str = Origin.TYPED,
    reason: str = "",
) -> Saved:
    """As `save_values` for one field; raises what refuses it."""
    change = Change(
        variable=variable,
        value=value,
        expected_rev=expected_rev,
        operation_id=operation_id,
        origin=origin,
    )
    return all_saved(save_values(answer, [change], by=by, reason=reason))[0]


def all_saved(outcomes: Sequence[Outcome]) -> list[Saved]:
    """The outcomes; raises the first refusal there is."""
    saved = []
    for outcome in outcomes:
        if not isinstance(outcome, Saved):
            raise outcome
        saved.append(outcome)
    return saved


def _revisions_of(changes: Sequence[Change]) -> dict[uuid.UUID, AnswerRevision]:
    """The revisions that these operations, and those before them, left; by operation."""
    named = {each.operation_id for each in changes if each.operation_id}
    named.update(*(each.after for each in changes))
    return {row.operation_id: row for row in DONE.instances(operations=named)}


def change_field(
    change: Change,
    answer: Answer,
    rows: dict[Any, AnswerValue],
    done: dict[uuid.UUID, AnswerRevision],
    written: list[ChangedField],
    *,
    by: User,
) -> Saved:
    """Make the change in memory and note it in `written`. Raises Conflict and BadInput."""
    variable, row = change.variable, rows.get(change.variable.pk)
    before = done.get(change.operation_id) if change.operation_id else None
    if before is not None and before.saved_by_id == by.pk:
        return Saved(before.rev, repeated=True)
    checked = check(variable, change.value)
    rev = row.rev if row else 0
    if before is not None or rev != max(change.expected_rev, _rev_after(change, row, done, by=by)):
        raise _conflict(variable, row, ours=change.value)
    is_new = checked is not None if row is None else not holds_value(row, variable, checked)
    is_marked = change.unsure is not None and change.unsure != (row is not None and row.unsure)
    if is_new or is_marked:
        if row is None:
            row = unsaved(
                AnswerValue, answer=answer, variable=variable, is_set=False, saved_by=by, rev=0
            )
            rows[variable.pk] = row
        if is_marked:
            row.unsure = bool(change.unsure)
        if is_new:
            row.value, row.is_set, row.rev = checked, checked is not None, row.rev + 1
            row.origin, row.saved_by, row.saved_at = change.origin, by, timezone.now()
        written.append((row, change, is_new))
    return Saved(row.rev if row else 0)


def _rev_after(
    change: Change,
    row: AnswerValue | None,
    done: dict[uuid.UUID, AnswerRevision],
    *,
    by: User,
) -> int:
    """The newest revision that this person's earlier operations left in the field; 0 for none."""
    revisions = [done[each] for each in change.after if each in done]
    return max(
        (
            revision.rev
            for revision in revisions
            if row is not None
            and revision.answer_value_id == row.pk
            and revision.saved_by_id == by.pk
        ),
        default=0,
    )


def check(variable: Variable, value: Any) -> Any:
    """The value in its one canonical form; BadInput, naming the field, when it is not allowed."""
    if variable.removed_at is not None:
        message = f"{variable.name} was removed from this dataset. Your text is kept here: reload the page."
        raise BadInput(message, fields={variable.name: [message]})
    return checked_value(variable, value)


def _require_changeable(answer: Answer, state: str, *, by: User) -> None:
    """Raises WrongState when this person may not change the answer in its state (any more)."""
    states = OPEN_STATES if by.pk == answer.author_id else [*OPEN_STATES, Answer.State.SUBMITTED]
    if state not in states:
        raise WrongState("This answer has been submitted: undo that before you change it.")


def write_fields(written: Sequence[ChangedField], *, reason: str) -> None:
    """Insert or overwrite the rows, and append their new revisions to the history: two statements."""
    WRITE_VALUES.insert([*{row.pk: row for row, _, _ in written}.values()])
    INSERT_REVISIONS.insert_tuples(
        (*REVISED(row), change.operation_id or uuid.uuid4(), reason)
        for row, change, is_new in written
        if is_new
    )


def _conflict(variable: Variable, row: AnswerValue | None, *, ours: Any) -> Conflict:
    return Conflict(
        f"{variable.name} was changed elsewhere meanwhile: choose which value to keep.",
        field=variable.name,
        ours=ours,
        theirs=row.value if row else None,
        rev=row.rev if row else 0,
    )
