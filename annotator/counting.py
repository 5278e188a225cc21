"""Counts of rows that are kept rather than counted: triggers of the database change them with the rows.

Whatever changes a row, an action, a bulk statement or a script, the same transaction changes its count.
SQLite, which has one writer at a time, adds to the count in place. PostgreSQL appends a row with the
difference, so that no transaction waits for another's; `fold` makes one row of those. The count of a key is
the sum of its rows on both.

The `migrate` command installs the triggers, because SQLite drops those of every table that it alters.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from django.db import connection, transaction

OLD, NEW = "OLD", "NEW"


@dataclass(frozen=True)
class Watch:
    """A table whose changes change counts: `keys_of("NEW")` is a SELECT of the new row's keys and sums.

    A change of one of `columns` changes them. Unless `counts_own_rows`, rows that come or go change none.
    `lock_sql(row)` locks, on PostgreSQL, what `keys_of` reads beside the row.
    """

    table: str
    columns: tuple[str, ...]
    keys_of: Callable[[str], str]
    counts_own_rows: bool = True
    lock_sql: Callable[[str], str] | None = None

    @property
    def events(self) -> Mapping[str, tuple[str, ...]]:
        """By event of the database: whether the old row's keys are subtracted, the new one's added."""
        update = {f"UPDATE OF {', '.join(self.columns)}": (OLD, NEW)}
        return {"INSERT": (NEW,), "DELETE": (OLD,), **update} if self.counts_own_rows else update

    @property
    def is_changed(self) -> str:
        """The condition that an update changes the keys."""
        differs = "IS NOT" if connection.vendor == "sqlite" else "IS DISTINCT FROM"
        return " OR ".join(f"OLD.{name} {differs} NEW.{name}" for name in self.columns)


@dataclass(frozen=True)
class KeptCount:
    """One table of counts: its key columns, how all are counted anew, and the tables that change them.

    `sums` are columns, never null, that add up beside the number.
    """

    table: str
    keys: tuple[str, ...]
    counted: Callable[[], str]  # a SELECT of the keys and sums of every row that counts
    watches: tuple[Watch, ...]
    sums: tuple[str, ...] = ()

    @property
    def key_list(self) -> str:
        """The key columns, for SQL."""
        return ", ".join(self.keys)

    @property
    def columns(self) -> str:
        """All columns, for SQL."""
        return ", ".join([*self.keys, "number", *self.sums])

    def summed(self, form: str) -> str:
        """The same of each sum, for SQL, after a comma: "- {}" makes ", - one, - other"."""
        return "".join(f", {form.format(name)}" for name in self.sums)


KEPT: list[KeptCount] = []  # of all rooms


def keep(*counts: KeptCount) -> None:
    """Have these counts kept: each room says so when Django starts. Idempotent."""
    KEPT.extend(count for count in counts if count not in KEPT)


def day_of(column: str) -> str:
    """SQL for the day (UTC) of a time, as Django stores both."""
    if connection.vendor == "sqlite":
        return f"SUBSTR({column}, 1, 10)"
    return f"({column} AT TIME ZONE 'UTC')::date"


def install(counts: Collection[KeptCount]) -> bool:
    """Install the triggers, unless these very ones are there; whether it did. Then `reconcile`."""
    wanted = {name: sql for count in counts for name, sql in _triggers(count)}
    if _installed() == set(wanted):
        return False
    with transaction.atomic():
        remove()
        with connection.cursor() as cursor:
            for statements in wanted.values():
                for sql in statements:
                    cursor.execute(sql)
    return True


def remove() -> None:
    """Remove all triggers of counts: a migration can't alter their tables on SQLite otherwise."""
    with connection.cursor() as cursor:
        for name in _installed():
            if connection.vendor == "sqlite":
                cursor.execute(f"DROP TRIGGER {name}")
            else:
                cursor.execute(f"DROP FUNCTION {name}() CASCADE")


def reconcile(count: KeptCount) -> int:
    """Correct what differs from counting; how many keys did. None does unless triggers were missing.

    One statement, which sees every other transaction whole or not at all, rows and counts alike.
    """
    differs = " OR ".join(f"SUM({name}) <> 0" for name in ("n", *count.sums))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {count.table} ({count.columns})"
            f" SELECT {count.key_list}, SUM(n){count.summed('SUM({})')} FROM ("
            f"SELECT {count.key_list}, 1 AS n{count.summed('{}')} FROM ({count.counted()}) AS counted"
            f" UNION ALL SELECT {count.key_list}, -number AS n{count.summed('-{0} AS {0}')}"
            f" FROM {count.table}) AS both_sides GROUP BY {count.key_list} HAVING {differs}"
        )
        return int(cursor.rowcount)


def fold(count: KeptCount) -> None:
    """Make one row of each key's rows, none where they add up to 0. Idempotent; nothing to do on SQLite."""
    if connection.vendor == "sqlite":
        return
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH folded AS (DELETE FROM {count.table} WHERE id IN ("
            f"SELECT UNNEST(ARRAY_AGG(id)) FROM {count.table} GROUP BY {count.key_list}"
            f" HAVING COUNT(*) > 1 OR SUM(number) = 0) RETURNING {count.columns})"
            f" INSERT INTO {count.table} ({count.columns})"
            f" SELECT {count.key_list}, SUM(number){count.summed('SUM({})')} FROM folded"
            f" GROUP BY {count.key_list} HAVING SUM(number) <> 0"
        )


def _installed() -> set[str]:
    sql = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
    }
    with connection.cursor() as cursor:
        cursor.execute(sql[connection.vendor])
        return {name for (name,) in cursor.fetchall() if name.startswith("kept_")}


def _triggers(count: KeptCount) -> Iterator[tuple[str, list[str]]]:
    """Each trigger's name, which changes with its text, and the statements that make it."""
    for watch in count.watches:
        for event, rows in watch.events.items():
            when = f" WHEN ({watch.is_changed})" if rows == (OLD, NEW) else ""
            head = f"AFTER {event} ON {watch.table} FOR EACH ROW{when}"
            body = "".join(_change(count, watch.keys_of(row), row) for row in rows)
            digest = hashlib.sha256(f"{head}{body}".encode()).hexdigest()[:8]
            name = f"kept_{count.table}_{event.split()[0].lower()}_{digest}"
            yield name, _create(name, head, body, watch, row=rows[-1])


def _create(name: str, head: str, body: str, watch: Watch, *, row: str) -> list[str]:
    if connection.vendor == "sqlite":
        return [f"CREATE TRIGGER {name} {head} BEGIN {body} END"]
    lock = f"PERFORM {watch.lock_sql(row)}; " if watch.lock_sql else ""
    return [
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN {lock}{body} RETURN NULL; END $$",
        f"CREATE TRIGGER {name} {head} EXECUTE FUNCTION {name}()",
    ]


def _change(count: KeptCount, keys_of: str, row: str) -> str:
    """The statements of a trigger that add the new row to its keys, or take the old one from its own."""
    sign = "+" if row == NEW else "-"
    if connection.vendor == "postgresql":
        return (
            f"INSERT INTO {count.table} ({count.columns})"
            f" SELECT {count.key_list}, {sign} 1{count.summed(sign + ' {}')} FROM ({keys_of}) AS k; "
        )
    same = " AND ".join(f"c.{key} IS k.{key}" for key in count.keys)
    added = count.summed(f"{{0}} = {count.table}.{{0}} {sign} k.{{0}}")
    change = (
        f"UPDATE {count.table} SET number = number {sign} 1{added} FROM ({keys_of}) AS k"
        f" WHERE {count.table}.id = (SELECT MIN(c.id) FROM {count.table} AS c WHERE {same}); "
    )
    if row == OLD:
        return change
    return (
        f"INSERT INTO {count.table} ({count.columns})"
        f" SELECT {count.key_list}, 0{count.summed('0')} FROM ({keys_of}) AS k"
        f" WHERE NOT EXISTS (SELECT 1 FROM {count.table} AS c WHERE {same}); {change}"
    )
