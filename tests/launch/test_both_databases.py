"""What can race, and how rows are found, is tried on SQLite too, which is what most people will run."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import services

ROOT = Path(__file__).parent.parent.parent
MARKER = "both_databases"


@pytest.mark.skipif(services.POSTGRES is None, reason="TEST_DATABASE_URL names a database")
def test_what_can_race_and_how_rows_are_found_also_pass_on_sqlite():
    env = os.environ | {"TEST_DATABASE_URL": "sqlite"}
    # To read the others takes half a minute.
    files = [path for path in ROOT.glob("tests/**/test_*.py") if MARKER in path.read_text()]
    command = [sys.executable, "-m", "pytest", "-q", "-m", f"{MARKER} and not slow", *files]

    run = subprocess.run(
        [*command, "-p", "no:cacheprovider"],
        cwd=ROOT,
        env=env,
        check=False,
        capture_output=True,
        text=True,
    )

    assert run.returncode == 0, run.stdout + run.stderr
