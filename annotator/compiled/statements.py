"""A statement that was composed once, with the values that are given each time it runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Expression, Field

PLACEHOLDER = "%s"


class Given(Expression):
    """A value of this name that is given when the query runs; a list of values for `__in` with `many`."""

    def __init__(self, name: str, field: Field, *, many: bool = False) -> None:
        super().__init__(output_field=field)
        self.name = name
        self.many = many

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """A placeholder whose parameter is this object, until a value is given."""
        return PLACEHOLDER, (self,)


class Statement:
    """SQL whose parameters are plain values, and a `Given` for each that is given; None matches nothing."""

    def __init__(self, sql: str | None, params: Sequence[Any]) -> None:
        self.sql, self.params = sql, params

    def statement(self, given: dict[str, Any], connection: Any) -> tuple[str | None, list[Any]]:
        """The SQL and its parameters; None where a given list is empty, so that nothing can match."""
        if self.sql is None:
            return None, []
        params: list[Any] = []
        sizes = []
        for param in self.params:
            if not isinstance(param, Given):
                params.append(param)
                sizes.append(1)
                continue
            values = given[param.name] if param.many else [given[param.name]]
            prepare = param.output_field.get_db_prep_value
            params += [prepare(value, connection, prepared=False) for value in values]
            sizes.append(len(params) - sum(sizes))
        if 0 in sizes:
            return None, []
        return _sized(self.sql, sizes), params


def _sized(sql: str, sizes: list[int]) -> str:
    """The SQL with as many placeholders in place of each one as it has values."""
    if all(size == 1 for size in sizes):
        return sql
    pieces = sql.split(PLACEHOLDER)
    lists = [", ".join([PLACEHOLDER] * size) for size in sizes]
    return pieces[0] + "".join(
        piece for pair in zip(lists, pieces[1:], strict=True) for piece in pair
    )
