"""Queries that many requests make."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cached_property, partial
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import JSONField, QuerySet, UUIDField
from django.db.models.expressions import Col
from django.db.models.query import get_related_populators

from annotator.compiled.statements import Statement


class CompiledQuery:
    """A queryset that is composed at its first run. `compose` must not depend on the time or on settings.

    Without `prefetch_related`. With `text_ids` all ids are texts, spelled as in JSON: for answers, where
    making UUIDs of them takes longer than reading them.
    """

    def __init__(self, compose: Callable[[], QuerySet[Any]], *, text_ids: bool = False) -> None:
        self.compose = compose
        self.text_ids = text_ids

    def rows(self, **given: Any) -> list[tuple[Any, ...]]:
        """The columns of a `values_list`, read as the ORM reads them."""
        compiled = self._compiled
        connection = connections[DEFAULT_DB_ALIAS]
        sql, params = compiled.statement(given, connection)
        if sql is None:
            return []
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            rows = cursor.fetchall()
        return compiled.converted(rows, connection)

    def instances(self, **given: Any) -> list[Any]:
        """The rows as instances of the queryset's model, with those of `select_related` and annotations."""
        compiled = self._compiled
        read = partial(compiled.model.from_db, DEFAULT_DB_ALIAS, compiled.names)
        if not compiled.related and not compiled.annotations:
            return [read(row) for row in self.rows(**given)]
        instances = []
        for row in self.rows(**given):
            instance = read(row[compiled.own])
            for related in compiled.related:
                related.populate(row, instance)
            for name, index in compiled.annotations:
                setattr(instance, name, row[index])
            instances.append(instance)
        return instances

    @cached_property
    def _compiled(self) -> _Compiled:
        return _Compiled(self.compose(), text_ids=self.text_ids)


class _Compiled(Statement):
    """What composing found: the statement, how its columns are read, how rows become instances."""

    def __init__(self, queryset: QuerySet[Any], *, text_ids: bool) -> None:
        connection = connections[DEFAULT_DB_ALIAS]
        compiler = queryset.query.get_compiler(DEFAULT_DB_ALIAS)
        super().__init__(*compiler.as_sql())
        columns = [column for column, _, _ in compiler.select]
        self.converters = compiler.get_converters(columns)
        as_text = _text if connection.features.has_native_uuid_field else _dashed
        for index, column in enumerate(columns):
            if text_ids and isinstance(column.output_field, UUIDField):
                self.converters[index] = ([as_text], column)
            elif isinstance(column, Col) and isinstance(column.target, JSONField):
                self.converters[index] = ([_json], column)
        self.model = queryset.model
        info = compiler.klass_info or {}  # none of a `values_list`
        indexes = info.get("select_fields", range(len(columns)))
        self.own = slice(
            indexes[0], indexes[-1] + 1
        )  # the model's own columns, one after the other
        own = columns[self.own]
        self.names = [c.target.attname if isinstance(c, Col) else "" for c in own]
        self.annotations = list((compiler.annotation_col_map or {}).items())
        populators: Any = get_related_populators  # the stubs are of a later Django
        self.related = populators(info, compiler.select, DEFAULT_DB_ALIAS)

    def converted(self, rows: list[tuple[Any, ...]], connection: Any) -> list[tuple[Any, ...]]:
        """The rows as the ORM reads them: column by column, which is faster than row by row."""
        if not rows:
            return []
        columns: list[Any] = list(zip(*rows, strict=True))
        for index, (converts, column) in self.converters.items():
            for convert in converts:
                columns[index] = [convert(value, column, connection) for value in columns[index]]
        return list(zip(*columns, strict=True))


def _dashed(digits: str | None, *_: Any) -> str | None:
    """The 32 digits that SQLite holds for an id, in the spelling of JSON."""
    if digits is None:
        return None
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def _text(value: Any, *_: Any) -> str | None:
    return None if value is None else str(value)


def _json(text: str | None, *_: Any) -> Any:
    """As JSONField reads it; most metadata is an empty object."""
    if text == "{}":
        return {}
    return None if text is None else json.loads(text)
