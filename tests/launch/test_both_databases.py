"""What can race is tried on SQLite too, which is what most people will run."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import services

ROOT = Path(__file__).parent.parent.parent
NOTHING_COLLECTED = 5  # pytest's exit code


@pytest.mark.skipif(services.POSTGRES is None, reason="TEST_DATABASE_URL names a database")
def test_what_can_race_also_passes_on_sqlite():
    env = os.environ | {"TEST_DATABASE_URL": "sqlite"}
    command = [sys.executable, "-m", "pytest", "-q", "-m", "both_databases and not slow"]

    run = subprocess.run(
        [*command, "-p", "no:cacheprovider"],
        cwd=ROOT,
        env=env,
        check=False,
        capture_output=True,
        text=True,
    )

    assert run.returncode in {0, NOTHING_COLLECTED}, run.stdout + run.stderr
