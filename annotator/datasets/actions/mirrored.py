"""Values that a remote holds, taken over many at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from annotator.datasets.actions.values import typed_columns
from annotator.datasets.models import (
    Origin,
    Sample,
    ValueRevision,
    Variable,
    VariableValue,
)
from annotator.variables import ValueRefused


@dataclass(kw_only=True)
class RemoteValueUpdate:
    """One value to take over. `row` is what is here now, None when nothing is.

    `value` None: the remote holds none any more. `remote_state` is what will be remembered of it.
    """

    sample: Sample
    variable: Variable
    row: VariableValue | None
    value: Any
    remote_state: dict[str, Any] | None


@transaction.atomic
def apply_remote_values(taken: Sequence[RemoteValueUpdate]) -> list[VariableValue]:
    """Write them as they are, with their history; the rows that were written.

    A value that the variable does not allow is kept and marked, as after a change of the variable. A row
    that somebody changed meanwhile is left alone. Raises IntegrityError when somebody made one: nothing
    is written then, and the next attempt will see it. `update_completion` comes after.
    """
    now = timezone.now()
    fresh = [_fresh(item, now) for item in taken if item.row is None]
    VariableValue.objects.bulk_create(fresh, batch_size=500)
    written = fresh + [row for item in taken if (row := _overwritten(item, now)) is not None]
    ValueRevision.objects.bulk_create(
        [
            ValueRevision(
                value_row=row,
                rev=row.rev,
                value=row.value,
                is_set=row.is_set,
                origin=row.origin,
                set_at=now,
            )
            for row in written
        ],
        batch_size=500,
    )
    return written


def _columns(item: RemoteValueUpdate, now: datetime) -> dict[str, Any]:
    value, reason = item.value, ""
    try:
        value = checked = item.variable.spec.check(value)
    except ValueRefused as refusal:
        checked, reason = None, str(refusal)[:500]
    return {
        "value": value,
        "is_set": value is not None,
        "origin": Origin.MIRRORED,
        "set_by": None,
        "set_at": now,
        "invalid_since": now if reason else None,
        "invalid_reason": reason,
        "remote_state": item.remote_state,
        **typed_columns(item.variable, checked),
    }


def _fresh(item: RemoteValueUpdate, now: datetime) -> VariableValue:
    return VariableValue(sample=item.sample, variable=item.variable, **_columns(item, now))


def _overwritten(item: RemoteValueUpdate, now: datetime) -> VariableValue | None:
    row = item.row
    if row is None:
        return None
    columns = _columns(item, now) | {"rev": row.rev + 1}
    if not VariableValue.objects.filter(pk=row.pk, rev=row.rev).update(**columns):
        return None
    for name, value in columns.items():
        setattr(row, name, value)
    return row
