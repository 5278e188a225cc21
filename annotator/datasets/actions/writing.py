"""How a value is written: its row with the typed columns, its next revision, its line of the history.

Whoever writes values goes through here: `set_value` and its bulk forms, mirroring, the checks after a change
of a variable.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from operator import attrgetter
from typing import Any, Protocol
from uuid import UUID

from django.db.models import UUIDField
from django.utils import timezone

from annotator.accounts.models import User
from annotator.compiled import CompiledInsert, CompiledQuery, Given
from annotator.datasets.models import ValueRevision, Variable, VariableValue
from annotator.datasets.models.value import FOLDED_LENGTH, VariableValueQuerySet
from annotator.errors import BadInput
from annotator.ids import timed_id
from annotator.names import folded
from annotator.variables import ValueRefused

LONGEST_REASON = 500  # characters
BATCH = 500  # rows of one statement: SQLite takes only so many parameters
COLUMNS = ["number", "text", "text_folded", "boolean_value"]
MARK = ["invalid_since", "invalid_reason", *COLUMNS]
WRITTEN = ["value", "is_set", "rev", "origin", "set_by", "set_at", "remote_state", *MARK]


def _of_given() -> VariableValueQuerySet:
    """The rows of given samples and variables."""
    return VariableValue.objects.filter(
        sample_id__in=Given("samples", UUIDField(), many=True),
        variable_id__in=Given("variables", UUIDField(), many=True),
    )


LOCKED_VALUES = CompiledQuery(lambda: _of_given().select_for_update().order_by("pk"))
VALUE_IDS = CompiledQuery(lambda: _of_given().values_list("pk"))
CURRENT = CompiledQuery(
    lambda: Variable.objects.filter(pk__in=Given("variables", UUIDField(), many=True)).order_by()
)
INSERT_MISSING_VALUES = CompiledInsert(VariableValue, ignores_conflicts=True)
_revised = ("rev", "value", "is_set", "origin", "set_by_id", "set_at")
INSERT_FIRST_VALUES = CompiledInsert(
    VariableValue, ("id", "sample_id", "variable_id", *_revised, "invalid_reason", *COLUMNS)
)
INSERT_REVISIONS = CompiledInsert(ValueRevision, ("value_row_id", *_revised, "reason"))
REVISED = attrgetter("id", *_revised)


def typed_columns(variable: Variable, value: Any) -> dict[str, Any]:
    """The columns that filters read; only those of the variable's type are filled."""
    columns: dict[str, Any] = dict.fromkeys(COLUMNS)
    rules = variable.spec.type_rules
    if rules.filter_column and value is not None:
        columns[rules.filter_column] = rules.column_value(value)
    if columns["text"] is not None:
        columns["text_folded"] = folded(columns["text"])[:FOLDED_LENGTH]
    return columns


def checked_value(variable: Variable, value: Any) -> Any:
    """The canonical value, None for none. Raises BadInput, under the variable's name."""
    try:
        return None if value is None else variable.spec.check(value)
    except ValueRefused as refusal:
        raise BadInput(
            f"{variable.name}: {refusal}", fields={variable.name: [str(refusal)]}
        ) from refusal


class ValueRow(Protocol):
    """A row with the value of a variable: a sample's, or one of somebody's answer to it."""

    value: Any
    is_set: bool


def holds_value(row: ValueRow, variable: Variable, checked: Any) -> bool:
    """Whether the row has just this value, in its canonical form, already."""
    if row.is_set != (checked is not None):
        return False
    return not row.is_set or variable.spec.holds(row.value, checked)


def is_unchanged(row: VariableValue, variable: Variable, checked: Any) -> bool:
    """Whether the row has this value already, and legally."""
    return row.invalid_since is None and holds_value(row, variable, checked)


def current_variables(variables: Iterable[Variable]) -> dict[Any, Variable]:
    """These variables as they are now, by id.

    Whoever writes values asks after locking their samples: a change of the schema locks all of a dataset, so
    that no value is written by rules that have changed since.
    """
    present = CURRENT.instances(variables={variable.pk for variable in variables})
    return {variable.pk: variable for variable in present}


def changed_rules(
    variables: Iterable[Variable], present: Mapping[Any, Variable]
) -> dict[int, Variable]:
    """Those whose rules are others at `present` (by primary key), as they are then; each is compared once.

    By `id()`: many values name one variable, and its hash takes several times as long.
    """
    named = {id(variable): variable for variable in variables}
    return {
        key: present[variable.pk]
        for key, variable in named.items()
        if not present[variable.pk].has_rules_of(variable)
    }


def locked_rows(
    sample_ids: Collection[UUID], variable_ids: Collection[UUID]
) -> dict[tuple[UUID, UUID], VariableValue]:
    """The rows of these samples and variables by both ids, locked until the transaction ends."""
    rows = LOCKED_VALUES.instances(samples=sample_ids, variables=variable_ids)
    return {(row.sample_id, row.variable_id): row for row in rows}


def lock_current(rows: Collection[VariableValue]) -> list[VariableValue]:
    """Those that nobody has changed since they were read, locked until the transaction ends."""
    there = VariableValue.objects.select_for_update().filter(pk__in=[row.pk for row in rows])
    revs = dict(there.order_by("pk").values_list("pk", "rev"))
    return [row for row in rows if revs.get(row.pk) == row.rev]


def assign(
    row: VariableValue,
    variable: Variable,
    value: Any,
    *,
    origin: str,
    by: User | None,
    at: datetime,
    invalid_reason: str = "",
) -> None:
    """Make `value` (canonical; None: none) the row's next revision, in memory.

    With an `invalid_reason` the value is kept although the variable does not allow it.
    """
    row.value, row.is_set = value, value is not None
    row.rev += 1
    row.origin, row.set_at = origin, at
    if by is not None or row.set_by_id is not None:
        row.set_by = by
    row.invalid_since = None
    mark(row, variable, reason=invalid_reason, at=at)


def mark(row: VariableValue, variable: Variable, *, reason: str, at: datetime) -> None:
    """Note in memory why the variable does not allow the value; empty: it does.

    An illegal value has no typed column, so that no filter finds it.
    """
    row.invalid_since = (row.invalid_since or at) if reason else None
    row.invalid_reason = reason[:LONGEST_REASON]
    vars(row).update(typed_columns(variable, None if reason else row.value))


def write_first_values(values: Iterable[tuple[Any, Variable, Any, str, User | None]]) -> None:
    """Insert the values of samples that this transaction has made, with their history; two statements.

    Of each: the sample's id, the variable, the canonical value, its origin and who gave it.
    """
    at, rows, revisions = timezone.now(), [], []
    for sample_id, variable, value, origin, by in values:
        pk, typed = timed_id(), typed_columns(variable, value)
        revised = (1, value, True, origin, by.pk if by else None, at)
        rows.append((pk, sample_id, variable.pk, *revised, "", *typed.values()))
        revisions.append((pk, *revised, ""))
    INSERT_FIRST_VALUES.insert_tuples(rows)
    INSERT_REVISIONS.insert_tuples(revisions)


def write_rows(rows: Sequence[VariableValue], *, reason: str = "") -> list[VariableValue]:
    """Insert those with revision 1, overwrite the others, which are locked, and append to the history.

    Gives those that were written: not the ones whose first value somebody else has inserted meanwhile.
    """
    overwrite([row for row in rows if row.rev > 1], WRITTEN)
    lost = _insert_missing([row for row in rows if row.rev == 1])
    written = [row for row in rows if row.pk not in lost] if lost else list(rows)
    INSERT_REVISIONS.insert_tuples((*REVISED(row), reason) for row in written)
    return written


def _insert_missing(fresh: Sequence[VariableValue]) -> set[Any]:
    """Insert first values; the ids of those that somebody else has inserted meanwhile.

    What another inserted is left alone, without an error that would end the transaction.
    """
    if not fresh or INSERT_MISSING_VALUES.insert(fresh) == len(fresh):
        return set()
    there = VALUE_IDS.rows(
        samples={row.sample_id for row in fresh}, variables={row.variable_id for row in fresh}
    )
    return {row.pk for row in fresh} - {pk for (pk,) in there}


def overwrite(rows: Sequence[VariableValue], columns: Sequence[str]) -> None:
    """Save these columns of rows that are there and locked, so that nothing is inserted.

    A bulk_update takes ten times as long.
    """
    if rows:
        _overwriting(tuple(columns)).insert(rows)


@cache
def _overwriting(columns: tuple[str, ...]) -> CompiledInsert:
    return CompiledInsert(VariableValue, updates=columns)
