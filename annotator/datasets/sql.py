"""The statements of the room in SQL, for both databases: what the facets beside the gallery count.

`tally` is one statement for however many facets are open. Each part reads one index of the values (of
`models/value.py`) as a statement of its own would.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from annotator.datasets.models import Dataset, Sample, Variable, VariableValue

# Where a value to choose from is kept, with its type: the three columns of every part.
COLUMNS = {"text": "text", "boolean_value": "boolean", "number": "double precision"}
# What the values of the dataset do not count in: deleted samples, and gold copies.
REMOVED = """removed (id) AS (SELECT id FROM datasets_sample WHERE dataset_id = %s AND removed_at IS NOT NULL
    UNION SELECT id FROM datasets_sample WHERE dataset_id = %s AND only_for_id IS NOT NULL)"""
VALUES = "FROM datasets_variablevalue AS v WHERE v.variable_id = %s AND"
AMONG = "AND v.sample_id IN (SELECT id FROM {})"


Splits = Counter[tuple[str, bool]]  # samples by (state, is a test sample)


class Kind(Enum):
    """What is counted beside single values; no text, for a value may be any text."""

    ANY = "any"
    INVALID = "invalid"
    MISSING = "missing"
    TOTAL = "total"


@dataclass(frozen=True, kw_only=True)
class Tally:
    """What to count of one variable: in which samples, and each value of `column` by itself or all as one.

    `column` holds legal values alone; None for a type without one. `among` None: all samples of the dataset.
    """

    variable: Variable
    column: str | None
    by_value: bool
    among: QuerySet[Sample, Any] | None = None


def tally(dataset: Dataset, wanted: Sequence[Tally]) -> list[Counter[Any]]:
    """Of each: legal values (as ANY when they are not told apart), INVALID ones, and the TOTAL of `among`.

    One query; none when nothing is wanted.
    """
    sets: dict[int, str] = {}
    tables, table_params = [REMOVED], [_stored(Dataset, dataset.pk)] * 2
    parts: list[str] = []
    params: list[Any] = []
    for place, each in enumerate(wanted):
        if each.among is None:
            limits = {"": 1, AMONG.format("removed"): -1}
        else:
            if id(each.among) not in sets:
                sets[id(each.among)] = f"set_{len(sets)}"
                sql, given = _statement(each.among)
                tables.append(f"{sets[id(each.among)]} (id) AS ({sql})")
                table_params += given
            name = sets[id(each.among)]
            limits = {AMONG.format(name): 1}
            parts.append(f"{_columns(place, Kind.TOTAL, 1)} FROM {name}")
        for limit, sign in limits.items():
            parts += _parts(place, each, limit, sign)
            params += [_stored(Variable, each.variable.pk)] * 2
    counts: list[Counter[Any]] = [Counter() for _ in wanted]
    if not parts:
        return counts
    sql = f"WITH {', '.join(tables)} {' UNION ALL '.join(parts)}"
    with connection.cursor() as cursor:
        cursor.execute(sql, [*table_params, *params])
        for place, what, *values, number in cursor.fetchall():
            counts[place][_key(wanted[place], Kind(what), values)] += number
    return counts


def splits_of(samples: QuerySet[Sample, Any]) -> Splits:
    """How many there are, of a query for state and test that may have a limit. One query."""
    try:
        sql, params = samples.query.sql_with_params()
    except EmptyResultSet:
        return Counter()
    counting = "SELECT state, test, COUNT(*) FROM passing GROUP BY state, test"
    with connection.cursor() as cursor:
        cursor.execute(f"WITH passing AS ({sql}) {counting}", params)
        return Counter({(state, bool(test)): number for state, test, number in cursor.fetchall()})


def _parts(place: int, each: Tally, limit: str, sign: int) -> list[str]:
    """The legal values, then the invalid ones; each with the variable as its parameter."""
    legal = (
        f"v.{each.column} IS NOT NULL" if each.column else "v.is_set AND v.invalid_since IS NULL"
    )
    group = f"GROUP BY v.{each.column}" if each.by_value else ""
    shown = each.column if each.by_value else None
    return [
        f"{_columns(place, Kind.ANY, sign, shown)} {VALUES} {legal} {limit} {group}",
        f"{_columns(place, Kind.INVALID, sign)} {VALUES} v.invalid_since IS NOT NULL {limit}",
    ]


def _columns(place: int, what: Kind, sign: int, shown: str | None = None) -> str:
    values = [
        f"v.{name}" if name == shown else f"CAST(NULL AS {kind})" for name, kind in COLUMNS.items()
    ]
    return f"SELECT {place}, '{what.value}', {', '.join(values)}, {sign} * COUNT(*)"


def _key(each: Tally, what: Kind, values: Sequence[Any]) -> Any:
    """The value itself, as Python has it, where values are told apart."""
    if what != Kind.ANY or not each.by_value or each.column is None:
        return what
    value = values[list(COLUMNS).index(each.column)]
    field: Any = VariableValue._meta.get_field(each.column)
    return field.to_python(value)


def _statement(samples: QuerySet[Sample, Any]) -> tuple[str, Sequence[Any]]:
    try:
        return samples.query.sql_with_params()
    except EmptyResultSet:
        return "SELECT id FROM datasets_sample WHERE 1 = 0", []


def _stored(model: Any, value: Any) -> Any:
    """The id as the database takes it."""
    return model._meta.pk.get_db_prep_value(value, connection)
