"""Queries and inserts that many requests make, composed once in each process: that takes longer than running.

A query is written as a queryset, with `Given` in place of the values that differ from call to call:

    SAMPLE = CompiledQuery(lambda: Sample.objects.filter(pk=Given("sample", UUIDField())))
    [sample] = SAMPLE.instances(sample=pk)
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property, partial
from itertools import chain
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import (
    Expression,
    Field,
    ForeignKey,
    JSONField,
    Model,
    QuerySet,
    UUIDField,
)
from django.db.models.constants import OnConflict
from django.db.models.expressions import Col
from django.db.models.query import get_related_populators

PLACEHOLDER = "%s"
INSERTED_AT_ONCE = 500  # rows of one statement
PLAIN = {  # by a field's internal type: what every database takes as it is
    "CharField": str,
    "TextField": str,
    "BooleanField": bool,
    "FloatField": float,
    "PositiveIntegerField": int,
    "UUIDField": UUID,
}


class Given(Expression):
    """A value of this name that is given when the query runs; a list of values for `__in` with `many`."""

    def __init__(self, name: str, field: Field, *, many: bool = False) -> None:
        super().__init__(output_field=field)
        self.name = name
        self.many = many

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """A placeholder whose parameter is this object, until a value is given."""
        return PLACEHOLDER, (self,)


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
        """The rows as instances of the queryset's model, with those of `select_related`; no annotations."""
        compiled = self._compiled
        width = len(compiled.names)
        read = partial(compiled.model.from_db, DEFAULT_DB_ALIAS, compiled.names)
        if not compiled.related:
            return [read(row) for row in self.rows(**given)]
        instances = []
        for row in self.rows(**given):
            instance = read(row[:width])
            for related in compiled.related:
                related.populate(row, instance)
            instances.append(instance)
        return instances

    @cached_property
    def _compiled(self) -> _Compiled:
        return _Compiled(self.compose(), text_ids=self.text_ids)


class _Compiled:
    """What composing found: the statement, how its columns are read, how rows become instances."""

    def __init__(self, queryset: QuerySet[Any], *, text_ids: bool) -> None:
        connection = connections[DEFAULT_DB_ALIAS]
        compiler = queryset.query.get_compiler(DEFAULT_DB_ALIAS)
        self.sql, self.params = compiler.as_sql()
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
        own = [columns[index] for index in info.get("select_fields", range(len(columns)))]
        self.names = [c.target.attname if isinstance(c, Col) else "" for c in own]
        populators: Any = get_related_populators  # the stubs are of a later Django
        self.related = populators(info, compiler.select, DEFAULT_DB_ALIAS)

    def statement(self, given: dict[str, Any], connection: Any) -> tuple[str | None, list[Any]]:
        """The SQL and its parameters; None where a given list is empty, so that nothing can match."""
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
        return self.sql_for(sizes), params

    def sql_for(self, sizes: list[int]) -> str:
        """The SQL with as many placeholders in place of each one as it has values."""
        if all(size == 1 for size in sizes):
            return self.sql
        pieces = self.sql.split(PLACEHOLDER)
        lists = [", ".join([PLACEHOLDER] * size) for size in sizes]
        return pieces[0] + "".join(
            piece for pair in zip(lists, pieces[1:], strict=True) for piece in pair
        )

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


class CompiledInsert:
    """The INSERT of many rows of one table, as `bulk_create` does it in a fifth of the time.

    `names` are the attributes of the model that are written, all by default. `ignores_conflicts` leaves rows
    alone that are there already; `updates` names the columns to overwrite in the row that has the same id.
    """

    def __init__(
        self,
        model: type[Model],
        names: Sequence[str] = (),
        *,
        ignores_conflicts: bool = False,
        updates: Sequence[str] = (),
    ) -> None:
        self.model = model
        self.on_conflict = OnConflict.IGNORE if ignores_conflicts else None
        if updates:
            self.on_conflict = OnConflict.UPDATE
        self.updates = updates
        fields = {field.attname: field for field in model._meta.local_concrete_fields}
        self.fields = [fields[name] for name in names or fields]

    def insert(self, instances: Sequence[Model]) -> None:
        """Insert them; fields that compute their values do so now, as in a save."""
        self._insert([_values(field, instances) for field in self.fields])
        for instance in instances:
            instance._state.adding = False
            instance._state.db = DEFAULT_DB_ALIAS

    def insert_tuples(self, rows: Iterable[Sequence[Any]]) -> None:
        """Insert rows of the values of `names`, as they stand."""
        self._insert(list(zip(*rows, strict=True)))

    def _insert(self, columns: list[Iterable[Any]]) -> None:
        connection = connections[DEFAULT_DB_ALIAS]
        prepared = [
            _prepared(values, _preparing(field, connection))
            for field, values in zip(self.fields, columns, strict=bool(columns))
        ]
        rows = list(zip(*prepared, strict=True))
        if not rows:
            return
        start, row, end = self._statement
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":  # one prepared statement; no round trips to save
                cursor.executemany(f"{start} {row} {end}", rows)
                return
            for first in range(0, len(rows), INSERTED_AT_ONCE):
                batch = rows[first : first + INSERTED_AT_ONCE]
                sql = f"{start} {', '.join([row] * len(batch))} {end}"
                cursor.execute(sql, list(chain.from_iterable(batch)))

    @cached_property
    def _statement(self) -> tuple[str, str, str]:
        """What comes before the rows, the placeholders of one row, and what comes after."""
        operations = connections[DEFAULT_DB_ALIAS].ops
        quoted = ", ".join(operations.quote_name(str(field.column)) for field in self.fields)
        start = operations.insert_statement(on_conflict=self.on_conflict)
        table = operations.quote_name(self.model._meta.db_table)
        updates = [field.column for field in self.fields if field.name in self.updates]
        end = operations.on_conflict_suffix_sql(
            self.fields, self.on_conflict, updates, [self.model._meta.pk.column]
        )
        row = ", ".join([PLACEHOLDER] * len(self.fields))
        return f"{start} {table} ({quoted}) VALUES", f"({row})", end


def _values(field: Field, instances: Sequence[Model]) -> Iterable[Any]:
    if type(field).pre_save is Field.pre_save:
        return map(attrgetter(field.attname), instances)
    return [field.pre_save(instance, True) for instance in instances]


def _preparing(field: Field, connection: Any) -> Callable[[Any], Any]:
    """What makes a database's value of a value; texts, numbers and so on mostly are one already."""
    prepare = field.get_db_prep_save
    target = field.target_field if isinstance(field, ForeignKey) else field
    plain = PLAIN.get(target.get_internal_type())
    if isinstance(target, UUIDField) and not connection.features.has_native_uuid_field:
        return lambda value: value.hex if type(value) is UUID else prepare(value, connection)
    return lambda value: value if type(value) is plain else prepare(value, connection)


def _prepared(values: Iterable[Any], prepare: Callable[[Any], Any]) -> list[Any]:
    """The prepared values; of the same one in a row, as in most columns, the first alone is prepared."""
    prepared: list[Any] = []
    last: Any = _prepared  # no row's value
    ready = None
    for value in values:
        if value is not last:
            last, ready = value, prepare(value)
        prepared.append(ready)
    return prepared
