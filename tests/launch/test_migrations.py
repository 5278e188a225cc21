"""The tables that migrations make are those that the tests have, which come from the models."""

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
WITHOUT_HISTORY = """
import django
from django.conf import settings
from django.core.management import call_command
from django.core.management.commands import migrate

django.setup()
settings.MIGRATION_MODULES = {app.label: None for app in django.apps.apps.get_app_configs()}
call_command("migrate", run_syncdb=True, verbosity=0)
"""
ONE_BY_ONE = """
import json
import sys

import django
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

django.setup()
executor = MigrationExecutor(connection)
executor.loader = MigrationLoader(connection, replace_migrations=False)
graph = executor.loader.graph
ends = [key for key in graph.leaf_nodes() if not graph.nodes[key].replaces]
executor.migrate([tuple(end) for end in json.loads(sys.argv[1])] or ends)
"""
MIGRATE = ["manage.py", "migrate", "--verbosity=0"]
IS_WHOLE = ["manage.py", "migrate", "--check"]
MIDDLE = [
    ("annotation", "0004_answer_dataset"),
    ("exports", "0001_export_jobs"),
    ("mirror", "0003_removed_labels"),
    ("training", "0003_name_folded"),
]


@pytest.fixture
def shape_after(tmp_path):
    """Columns by table, indexes, and triggers of a new SQLite database that a command fills."""

    def made(name, *commands):
        file = tmp_path / f"{name}.sqlite3"
        env = os.environ | {
            "DATABASE_URL": f"sqlite:///{file}",
            "DJANGO_SETTINGS_MODULE": "annotator.settings",
        }
        for command in commands:
            subprocess.run([sys.executable, *command], cwd=ROOT, env=env, check=True, timeout=300)
        with sqlite3.connect(file) as rows:
            return shape(rows)

    return made


def shape(rows):
    """What there is, whatever the order in which columns were added."""
    named = dict(rows.execute("SELECT name, sql FROM sqlite_master WHERE type <> 'table'"))
    tables = [
        name for (name,) in rows.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    ]
    columns = {
        (table, name, kind, not_null)
        for table in tables
        if table != "django_migrations"
        for _, name, kind, not_null, *_ in rows.execute(f"PRAGMA table_info('{table}')")
    }
    return columns, named


def test_a_database_that_was_migrated_is_one_that_is_made_of_the_models(shape_after):
    columns, named = shape_after("migrated", MIGRATE, IS_WHOLE)
    expected_columns, expected_named = shape_after("models", ["-c", WITHOUT_HISTORY])

    assert columns == expected_columns
    assert named == expected_named


@pytest.mark.slow
@pytest.mark.parametrize("ends", [[], MIDDLE], ids=["whole", "middle"])
def test_a_database_from_before_migrations_were_squashed_becomes_the_same(shape_after, ends):
    one_by_one = ["-c", ONE_BY_ONE, json.dumps(ends)]

    columns, named = shape_after("old", one_by_one, MIGRATE, IS_WHOLE)
    expected_columns, expected_named = shape_after("models", ["-c", WITHOUT_HISTORY])

    assert columns == expected_columns
    assert named == expected_named
