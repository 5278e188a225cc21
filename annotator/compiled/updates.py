"""Updates that many requests make."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import QuerySet
from django.db.models.sql import UpdateQuery

from annotator.compiled.statements import Statement

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
