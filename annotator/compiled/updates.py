"""Updates that many requests make."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, cached_property
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import CharField, QuerySet
from django.db.models.sql import UpdateQuery

from annotator.compiled.statements import Given, Statement

Composed = tuple[QuerySet[Any], dict[str, Any]]


class CompiledUpdate:
    """`queryset.update(**changes)` that is composed at its first run: `compose` gives both. No joins."""

    def __init__(self, compose: Callable[[], Composed]) -> None:
        self.compose = compose

    def run(self, **given: Any) -> int:
        """How many rows were changed."""
        connection = connections[DEFAULT_DB_ALIAS]
        sql, params = self._statement.statement(given, connection)
        if sql is None:
            return 0
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            return int(cursor.rowcount)

    @cached_property
    def _statement(self) -> Statement:
        queryset, changes = self.compose()
        query: Any = queryset.query.chain(UpdateQuery)
        query.clear_ordering(force=True)
        query.add_update_values(changes)
        return Statement(*query.get_compiler(DEFAULT_DB_ALIAS).as_sql())


@cache
def compiled_move(
    model: Any,
    key: str,
    names: tuple[str, ...],
    changes: tuple[tuple[str, Any], ...] = (),
    **only: Any,
) -> CompiledUpdate:
    """The UPDATE of one row of the model, by its primary key `key`, whose state is among `only_from`.

    Its state becomes `to`, the columns of these names what is given by name, and `changes` are those that
    are computed. `only` are more conditions, of constants. Each is composed once.
    """
    fields: Any = model._meta
    only_from: Any = Given("only_from", CharField(), many=True)
    row = model.objects.filter(pk=Given(key, fields.pk), state__in=only_from, **only)
    given = {name: Given(name, fields.get_field(name)) for name in names}
    return CompiledUpdate(
        lambda: (row, {"state": Given("to", CharField()), **given, **dict(changes)})
    )
