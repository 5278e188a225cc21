"""Queries that many requests make."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import cached_property, partial
from typing import Any
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import DateTimeField, JSONField, QuerySet, Subquery, UUIDField
from django.db.models.expressions import Col
from django.db.models.query import get_related_populators

from annotator.compiled.instances import stored, use_loaders
from annotator.compiled.statements import Statement


class CompiledQuery:
    """A queryset that is composed at its first run. `compose` must not depend on the time or on settings.

    Without `prefetch_related`. With `text_ids` all ids are texts, spelled as in JSON: for answers, where
    making UUIDs of them takes longer than reading them. With `in_join_order` SQLite reads the tables in the
    order in which the query names them: for a long list of ids it would begin with a table that is joined,
    and read all that belongs to it.
    """

    def __init__(
        self,
        compose: Callable[[], QuerySet[Any]],
        *,
        text_ids: bool = False,
        in_join_order: bool = False,
    ) -> None:
        self.compose = compose
        self.text_ids = text_ids
        self.in_join_order = in_join_order

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

    def chunks(self, size: int, **given: Any) -> Iterator[list[tuple[Any, ...]]]:
        """The same, `size` rows at a time: memory does not grow with their number."""
        compiled = self._compiled
        connection = connections[DEFAULT_DB_ALIAS]
        sql, params = compiled.statement(given, connection)
        if sql is None:
            return
        with connection.chunked_cursor() as cursor:
            cursor.execute(sql, params)
            while rows := cursor.fetchmany(size):
                yield compiled.converted(rows, connection)

    def instances(self, **given: Any) -> list[Any]:
        """The rows as instances of the queryset's model, with those of `select_related` and annotations."""
        compiled = self._compiled
        read = partial(stored, compiled.model, compiled.names)
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
        compiled = _Compiled(self.compose(), text_ids=self.text_ids)
        is_sqlite = connections[DEFAULT_DB_ALIAS].vendor == "sqlite"
        if self.in_join_order and is_sqlite and compiled.sql is not None:
            compiled.sql = compiled.sql.replace(" INNER JOIN ", " CROSS JOIN ")
        return compiled


class _Compiled(Statement):
    """What composing found: the statement, how its columns are read, how rows become instances."""

    def __init__(self, queryset: QuerySet[Any], *, text_ids: bool) -> None:
        connection = connections[DEFAULT_DB_ALIAS]
        compiler = queryset.query.get_compiler(DEFAULT_DB_ALIAS)
        try:
            super().__init__(*compiler.as_sql())
        except EmptyResultSet:
            super().__init__(None, ())
        columns = [column for column, _, _ in compiler.select]
        self.converters = compiler.get_converters(columns)
        self.readers: dict[int, Callable[[Sequence[Any]], list[Any]]] = {}
        for index, column in enumerate(columns):
            reader = _reader(column, connection, text_ids=text_ids)
            if reader is not None:
                self.readers[index] = reader
                self.converters.pop(index, None)
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
        use_loaders(self.related)

    def converted(self, rows: list[tuple[Any, ...]], connection: Any) -> list[tuple[Any, ...]]:
        """The rows as the ORM reads them: column by column, which is faster than row by row."""
        if not rows:
            return []
        columns: list[Any] = list(zip(*rows, strict=True))
        for index, (converts, column) in self.converters.items():
            for convert in converts:
                columns[index] = [convert(value, column, connection) for value in columns[index]]
        for index, read in self.readers.items():
            columns[index] = read(columns[index])
        return list(zip(*columns, strict=True))


def _reader(
    column: Any, connection: Any, *, text_ids: bool
) -> Callable[[Sequence[Any]], list[Any]] | None:
    """What reads a column of ids, times or JSON, as Django does in several times the time."""
    field = column.output_field
    is_sqlite = connection.vendor == "sqlite"
    if isinstance(field, UUIDField) and text_ids:
        return partial(_each_once, _dashed if is_sqlite else str)
    if isinstance(field, UUIDField) and is_sqlite:
        return partial(_each_once, UUID)
    if isinstance(field, DateTimeField) and is_sqlite and connection.timezone is UTC:
        return partial(_each_once, _moment)
    if isinstance(field, JSONField) and isinstance(column, Col | Subquery):
        return _parsed
    return None


def _each_once(read: Callable[[Any], Any], values: Sequence[Any]) -> list[Any]:
    """What each value means; the same one, as in most columns, is read once."""
    known = {value: None if value is None else read(value) for value in set(values)}
    return [known[value] for value in values]


def _dashed(digits: str) -> str:
    """The 32 digits that SQLite holds for an id, in the spelling of JSON."""
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def _moment(value: Any) -> datetime:
    """A time in UTC, as the driver gives it: a text unless it is the column of a table."""
    time = datetime.fromisoformat(value) if isinstance(value, str) else value
    return time.replace(tzinfo=UTC)


def _parsed(texts: Iterable[str | None]) -> list[Any]:
    """As JSONField reads each of them, in one go: most are short."""
    whole = ",".join("null" if text is None else text for text in texts)
    parsed: list[Any] = json.loads(f"[{whole}]")
    return parsed
