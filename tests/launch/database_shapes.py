"""What the schema of a database is: two of the same shape differ in nothing but their rows."""

import json
import sqlite3
import subprocess
from collections import Counter
from itertools import count

from django.apps import apps

from annotator.launch.postgres_server import find_package

HISTORY = "django_migrations"  # the table of what was done, which is of no interest here
NUMBERS = count(1)
# The rows of each query are a part of the shape. Not of Django's own tables, whose ids are of another size
# when a migration makes them; not where a column stands, nor what is NOT NULL as a constraint too. Names are
# given by us alone: others say what a table was called when they were made, and nothing is found by them.
OF_POSTGRES = {
    "columns": """
        SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity,
            pg_get_expr(d.adbin, d.adrelid)
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
        WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND c.relname NOT LIKE 'auth%'""",
    "indexes": "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "constraints": """
        SELECT conname, conrelid::regclass, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace AND contype <> 'n'""",
    "triggers": "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
    "functions": "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
}


def given_names():
    """Of indexes and constraints, what the models call them."""
    options = [model._meta for model in apps.get_models()]
    return {each.name for meta in options for each in [*meta.indexes, *meta.constraints]}


def differences(one, other):
    """What only one of two shapes has: (part, whose, row)."""
    return [
        (part, whose, row)
        for part in one
        for whose, more in (("one", one[part] - other[part]), ("other", other[part] - one[part]))
        for row in more
    ]


class SqliteFile:
    """A database in a file that isn't there yet."""

    def __init__(self, path):
        self.path, self.url = path, f"sqlite:///{path}"

    def shape(self):
        """Columns of the tables; indexes and triggers by name."""
        with sqlite3.connect(self.path) as rows:
            named = "SELECT name, sql FROM sqlite_master WHERE type <> 'table'"
            tables = "SELECT name FROM sqlite_master WHERE type = 'table'"
            columns = {
                (table, name, kind, not_null)
                for (table,) in rows.execute(tables).fetchall()
                if table != HISTORY
                for _, name, kind, not_null, *_ in rows.execute(f"PRAGMA table_info('{table}')")
            }
            return {"columns": Counter(columns), "named": Counter(rows.execute(named))}


class PostgresDatabase:
    """A new database of a server."""

    def __init__(self, server):
        self.server, self.name = server, f"shape_{next(NUMBERS)}"
        self._run("postgres", f"CREATE DATABASE {self.name}")
        self.url = f"{server.url.rpartition('/')[0]}/{self.name}"

    def shape(self):
        """All that OF_POSTGRES asks for, with how often each is there."""
        given = given_names()
        shape = {part: Counter(self._rows(query)) for part, query in OF_POSTGRES.items()}
        for part in ("indexes", "constraints"):
            shape[part] = Counter(
                tuple(text if name in given else text.replace(name, "") for text in (name, *texts))
                for name, *texts in shape[part].elements()
            )
        return shape

    def _rows(self, query):
        rows = json.loads(self._run(self.name, f"SELECT json_agg(q) FROM ({query}) AS q"))
        return [tuple(row.values()) for row in rows if HISTORY not in str(row)]

    def _run(self, database, statement):
        psql = find_package() / "pginstall" / "bin" / "psql"
        command = [psql, "-h", self.server.folder, "-U", "postgres", "-d", database, "-At"]
        run = subprocess.run([*command, "-c", statement], check=True, capture_output=True)
        return run.stdout.decode()
