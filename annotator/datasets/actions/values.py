"""Values of samples: set or cleared, one or many, all by the same rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction
from django.utils import timezone

from annotator.accounts.models import User
from annotator.compiled import unsaved
from annotator.datasets.actions.completion import locked_states, update_completion
from annotator.datasets.actions.writing import (
    assign,
    changed_rules,
    checked_value,
    current_variables,
    is_unchanged,
    locked_rows,
    write_rows,
)
from annotator.datasets.models import Sample, Variable, VariableValue
from annotator.errors import BadInput, Conflict


@dataclass(frozen=True, kw_only=True)
class ValueUpdate:
    """One value to set, in its canonical form; None clears it.

    `expected_rev` is the revision that the caller saw (0: none); None: the last writer wins.
    """

    sample: Sample
    variable: Variable
    value: Any
    origin: str
    by: User | None
    expected_rev: int | None = None

    @classmethod
    def checked(cls, sample: Sample, variable: Variable, value: Any, **fields: Any) -> ValueUpdate:
        """Raises BadInput for a value that the variable does not allow, or that the sample cannot have."""
        if variable.dataset_id != sample.dataset_id:
            raise BadInput(f"The variable {variable} belongs to another dataset than this sample.")
        canonical = checked_value(variable, value)
        return cls(sample=sample, variable=variable, value=canonical, **fields)

    def under(self, current: Variable) -> ValueUpdate:
        """By the variable's rules of now. Raises BadInput when they no longer allow the value."""
        return replace(self, variable=current, value=checked_value(current, self.value))


@transaction.atomic
def set_value(
    sample: Sample,
    variable: Variable,
    value: Any,
    *,
    origin: str,
    by: User | None,
    expected_rev: int | None = None,
    reason: str = "",
    updates_completion: bool = True,
) -> VariableValue:
    """Set or clear (None) the value of one variable of one sample; the history keeps the old.

    `expected_rev` is the revision that the caller saw (0: none): Conflict when it has moved on. Without
    it the last writer wins. The same value again changes nothing, not even `rev`. Raises BadInput for
    a value that the variable does not allow.
    `updates_completion` False leaves the sample's state to the caller.
    """
    update = ValueUpdate.checked(
        sample, variable, value, origin=origin, by=by, expected_rev=expected_rev
    )
    [row] = _set([update], reason=reason, updates_completion=updates_completion)
    return row


@transaction.atomic
def set_values(
    sample: Sample,
    values: Mapping[Variable, Any],
    *,
    origin: str,
    by: User | None,
    reason: str = "",
) -> list[VariableValue]:
    """Set several values of one sample as `set_value` does, all or none."""
    updates = [
        ValueUpdate.checked(sample, variable, value, origin=origin, by=by)
        for variable, value in values.items()
    ]
    return _set(updates, reason=reason)


@transaction.atomic(savepoint=False)  # SQLite keeps a copy of each page that follows one, in memory
def set_many(
    updates: Sequence[ValueUpdate], *, updates_completion: bool = True
) -> list[VariableValue]:
    """Set values of many samples as `set_value` does, all or none, in a fixed number of queries.

    Every sample and variable come together once at most. After a Conflict the whole transaction is lost.
    """
    return _set(updates, updates_completion=updates_completion)


def _under_present_rules(updates: Sequence[ValueUpdate]) -> list[ValueUpdate]:
    """The updates by the rules of now, which are compared once for each variable that they name.

    One query. Raises BadInput when the rules no longer allow a value.
    """
    named = {id(update.variable): update.variable for update in updates}
    changed = changed_rules(named.values(), current_variables(named.values()))
    return [
        update.under(changed[id(update.variable)]) if id(update.variable) in changed else update
        for update in updates
    ]


def _set(
    updates: Sequence[ValueUpdate], *, reason: str = "", updates_completion: bool = True
) -> list[VariableValue]:
    """The row of each, in the order given; an unsaved one (revision 0) where nothing was and nothing is."""
    # By identity: many updates name one row, and its hash takes several times as long.
    samples = {id(update.sample): update.sample for update in updates}
    sample_ids = {sample.pk for sample in samples.values()}
    states = locked_states(sample_ids) if updates_completion else set()
    updates = _under_present_rules(updates)
    variables = {id(update.variable): update.variable for update in updates}
    there = locked_rows(sample_ids, {variable.pk for variable in variables.values()})
    now = timezone.now()
    rows: list[VariableValue] = []
    changed: list[VariableValue] = []
    for update in updates:
        sample, variable = update.sample, update.variable
        row = there.get((sample.pk, variable.pk)) if there else None
        if row is None:
            row = unsaved(VariableValue, sample=sample, variable=variable, is_set=False, rev=0)
        else:
            row.sample, row.variable = sample, variable
        rows.append(row)
        if update.expected_rev not in (None, row.rev):
            raise _conflict(row, "changed by somebody else meanwhile", ours=update.value)
        if not is_unchanged(row, variable, update.value):
            assign(row, variable, update.value, origin=update.origin, by=update.by, at=now)
            changed.append(row)
    written = write_rows(changed, reason=reason)
    if len(written) < len(changed):
        _raise_lost(changed, written)
    if changed and updates_completion:
        any_cleared = any(not row.is_set for row in changed)
        touched = {id(row.sample): row.sample for row in changed}
        update_completion(touched.values(), states, any_cleared=any_cleared)
    return rows


def _raise_lost(changed: Sequence[VariableValue], written: Sequence[VariableValue]) -> None:
    """Raises Conflict about the first value that somebody else has inserted meanwhile."""
    pks = {row.pk for row in written}
    lost = next(row for row in changed if row.pk not in pks)
    theirs = VariableValue.objects.get(sample=lost.sample, variable=lost.variable)
    raise _conflict(theirs, "set by somebody else at the same moment", ours=lost.value)


def _conflict(theirs: VariableValue, what: str, *, ours: Any) -> Conflict:
    message = f"{theirs.variable.name} was {what}."
    return Conflict(message, ours=ours, theirs=theirs.value, rev=theirs.rev)
