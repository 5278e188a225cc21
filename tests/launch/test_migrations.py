"""The tables that migrations make are those that the tests have, which come from the models."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from annotator.launch.postgres_server import PostgresServer
from tests.launch.database_shapes import PostgresDatabase, SqliteFile, differences

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
for squashed, migration in executor.loader.replacements.items():
    graph.remove_replacement_node(squashed, migration.replaces)
executor.migrate([tuple(end) for end in json.loads(sys.argv[1])] or graph.leaf_nodes())
"""
MIGRATE = ["manage.py", "migrate", "--verbosity=0"]
IS_WHOLE = ["manage.py", "migrate", "--check"]
MIDDLE = [
    ("annotation", "0004_answer_dataset"),
    ("exports", "0001_export_jobs"),
    ("mirror", "0003_removed_labels"),
    ("training", "0003_name_folded"),
]


@pytest.fixture(scope="module")
def postgres():
    """A server of these tests' own."""
    server = PostgresServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)]
)
def shape_after(request, tmp_path_factory):
    """The shape of a new database that commands fill."""

    def made(*commands):
        if request.param == "sqlite":
            database = SqliteFile(tmp_path_factory.mktemp("shape") / "annotator.sqlite3")
        else:
            database = PostgresDatabase(request.getfixturevalue("postgres"))
        env = os.environ | {
            "DATABASE_URL": database.url,
            "DJANGO_SETTINGS_MODULE": "annotator.settings",
        }
        for command in commands:
            subprocess.run([sys.executable, *command], cwd=ROOT, env=env, check=True, timeout=300)
        return database.shape()

    return made


@pytest.fixture(scope="module")
def shape_of_models(shape_after):
    return shape_after(["-c", WITHOUT_HISTORY])


def test_a_database_that_was_migrated_is_one_that_is_made_of_the_models(
    shape_after, shape_of_models
):
    migrated = shape_after(MIGRATE, IS_WHOLE)

    assert differences(migrated, shape_of_models) == []


@pytest.mark.slow
@pytest.mark.parametrize("ends", [[], MIDDLE], ids=["whole", "middle"])
def test_a_database_from_before_migrations_were_squashed_becomes_the_same(
    shape_after, shape_of_models, ends
):
    old = shape_after(["-c", ONE_BY_ONE, json.dumps(ends)], MIGRATE, IS_WHOLE)

    assert differences(old, shape_of_models) == []
