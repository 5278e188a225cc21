"""The one door through which a sample's truth is written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from annotator.accounts.models import User
from annotator.datasets.actions.completion import update_completion
from annotator.datasets.models import Origin, Sample, ValueRevision, Variable, VariableValue
from annotator.errors import BadInput, Conflict
from annotator.variables import ValueRefused


def typed_columns(variable: Variable, value: Any) -> dict[str, Any]:
    """The columns that filters read; only the one of the variable's type is filled."""
    columns: dict[str, Any] = {"number": None, "text": None, "truth": None}
    rules = variable.spec.type_rules
    if rules.filter_column and value is not None:
        columns[rules.filter_column] = rules.column_value(value)
    return columns


def checked_value(variable: Variable, value: Any) -> Any:
    """The canonical value, None for none. Raises BadInput, under the variable's name."""
    try:
        return None if value is None else variable.spec.check(value)
    except ValueRefused as refusal:
        raise BadInput(
            f"{variable.name}: {refusal}", fields={variable.name: [str(refusal)]}
        ) from refusal


class Written(Protocol):
    """A row with the value of a variable: a sample's, or one of somebody's answer to it."""

    value: Any
    is_set: bool


def says(row: Written, variable: Variable, checked: Any) -> bool:
    """Whether the row holds just this value, in its canonical form, already."""
    if row.is_set != (checked is not None):
        return False
    return not row.is_set or variable.spec.holds(row.value, checked)


def is_unchanged(row: VariableValue, variable: Variable, checked: Any) -> bool:
    """Whether the row says this already, and legally."""
    return row.invalid_since is None and says(row, variable, checked)


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
    if variable.dataset_id != sample.dataset_id:
        raise BadInput(f"The variable {variable} belongs to another dataset than this sample.")
    checked = checked_value(variable, value)
    row = VariableValue.objects.select_for_update().filter(sample=sample, variable=variable).first()
    if row is not None:
        row.sample, row.variable = sample, variable  # at hand already
    if expected_rev is not None and expected_rev != (row.rev if row else 0):
        raise _overtaken(variable, row, ours=value)
    if row is None:
        if checked is None:
            return VariableValue(sample=sample, variable=variable, is_set=False, rev=0)
        row = _insert(sample, variable, checked, origin=origin, by=by)
    elif is_unchanged(row, variable, checked):
        return row
    else:
        _overwrite(row, checked, origin=origin, by=by)
    _append(row, reason=reason)
    if updates_completion:
        update_completion([sample])
    return row


def clear_value(
    sample: Sample, variable: Variable, *, origin: str, by: User | None, reason: str = ""
) -> VariableValue:
    """Take the value away; its row and history stay."""
    return set_value(sample, variable, None, origin=origin, by=by, reason=reason)


@transaction.atomic
def set_values(
    sample: Sample,
    values: Mapping[Variable, Any],
    *,
    origin: str,
    by: User | None,
    reason: str = "",
) -> list[VariableValue]:
    """Set several values of one sample, all or none."""
    rows = [
        set_value(
            sample, variable, value, origin=origin, by=by, reason=reason, updates_completion=False
        )
        for variable, value in values.items()
    ]
    update_completion([sample])
    return rows


def _overtaken(variable: Variable, row: VariableValue | None, *, ours: Any) -> Conflict:
    return Conflict(
        f"{variable.name} was changed by somebody else meanwhile.",
        ours=ours,
        theirs=row.value if row else None,
        rev=row.rev if row else 0,
    )


def _insert(
    sample: Sample, variable: Variable, value: Any, *, origin: str, by: User | None
) -> VariableValue:
    """A first value; Conflict when somebody else's came in between."""
    try:
        with transaction.atomic():
            return VariableValue.objects.create(
                sample=sample,
                variable=variable,
                value=value,
                origin=origin,
                set_by=by,
                **typed_columns(variable, value),
            )
    except IntegrityError as error:
        theirs = VariableValue.objects.get(sample=sample, variable=variable)
        raise Conflict(
            f"{variable.name} was set by somebody else at the same moment.",
            ours=value,
            theirs=theirs.value,
            rev=theirs.rev,
        ) from error


def _overwrite(row: VariableValue, value: Any, *, origin: str, by: User | None) -> None:
    """One UPDATE that holds only if nobody was faster."""
    changes = {
        "value": value,
        "is_set": value is not None,
        "origin": origin,
        "set_by": by,
        "set_at": timezone.now(),
        "invalid_since": None,
        "invalid_reason": "",
        **typed_columns(row.variable, value),
    }
    mine = VariableValue.objects.filter(pk=row.pk, rev=row.rev)
    if not mine.update(rev=F("rev") + 1, **changes):
        theirs = VariableValue.objects.get(pk=row.pk)
        raise Conflict(
            f"{row.variable.name} was changed by somebody else at the same moment.",
            ours=value,
            theirs=theirs.value,
            rev=theirs.rev,
        )
    row.rev += 1
    for name, changed in changes.items():
        setattr(row, name, changed)


def _append(row: VariableValue, *, reason: str) -> None:
    ValueRevision.objects.create(
        value_row=row,
        rev=row.rev,
        value=row.value,
        is_set=row.is_set,
        origin=row.origin or Origin.API,
        set_by=row.set_by,
        set_at=row.set_at,
        reason=reason,
    )
