"""Values that a remote holds, written here many at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from annotator.datasets.actions.writing import assign, current_variables, lock_current, write_rows
from annotator.datasets.models import Origin, Sample, Variable, VariableValue
from annotator.variables import ValueRefused


@dataclass(kw_only=True)
class RemoteValueUpdate:
    """One value to write here. `row` is what is here now, None when nothing is.

    `value` None: the remote holds none any more. `remote_state` is what will be remembered of it.
    """

    sample: Sample
    variable: Variable
    row: VariableValue | None
    value: Any
    remote_state: dict[str, Any] | None


@transaction.atomic
def apply_remote_values(updates: Sequence[RemoteValueUpdate]) -> list[VariableValue]:
    """Write them as they are, with their history; the rows that were written.

    A value that the variable does not allow is kept and marked, as after a change of the variable. What
    somebody set or changed meanwhile is left alone. The caller has locked the samples; `update_completion`
    comes after.
    """
    present = [update.row for update in updates if update.row is not None]
    current = {row.pk for row in lock_current(present)}
    variables = current_variables(update.variable for update in updates)
    changed = []
    for update in updates:
        row = update.row
        if row is None:
            row = VariableValue(sample=update.sample, variable=update.variable, rev=0)
        elif row.pk not in current:
            continue
        _assign(row, update, variables[update.variable.pk])
        changed.append(row)
    return write_rows(changed)


def _assign(row: VariableValue, update: RemoteValueUpdate, variable: Variable) -> None:
    value, reason = update.value, ""
    try:
        value = variable.spec.check(value)
    except ValueRefused as refusal:
        reason = str(refusal)
    assign(
        row,
        variable,
        value,
        origin=Origin.MIRRORED,
        by=None,
        at=timezone.now(),
        invalid_reason=reason,
    )
    row.remote_state = update.remote_state
