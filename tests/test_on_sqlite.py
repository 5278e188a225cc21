"""What SQLite decides itself is tried on it too: a run of the tests has PostgreSQL."""

import os
import subprocess
import sys
from pathlib import Path

from tests.services import DATABASE

ROOT = Path(__file__).parents[1]
# The plans of its statements, the statements of our own, who gets which sample.
PLACES = (
    "tests/annotation/test_one_trip.py",
    "tests/annotation/test_queue.py",
    "tests/annotation/test_labeling_order.py",
    "tests/api/test_query_counts.py",
    "tests/home/test_plans.py",
    "tests/imports/test_answers_plan.py",
)


def test_plans_and_statements_of_our_own_hold_on_sqlite():
    other = "" if DATABASE == "sqlite" else "sqlite"
    command = [sys.executable, "-m", "pytest", "-q", "-m", "not slow and not browser", *PLACES]
    environment = os.environ | {"TEST_DATABASE_URL": other}

    ended = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False
    )

    assert ended.returncode == 0, ended.stdout[-5000:]
    assert "passed" in ended.stdout
