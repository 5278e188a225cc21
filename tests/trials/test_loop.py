"""A small run of the trial on each database; a large one: tests/trials/loop.py."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
SMALL = "--saves 400 --worker-kills 6 --redis-kills 4 --web-kills 3 --up-kills 1 --disk-full 1 --minutes 8"


@pytest.mark.slow
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_nothing_acknowledged_is_lost_doubled_or_different(database):
    command = [sys.executable, "-m", "tests.trials.loop", "--database", database, *SMALL.split()]

    trial = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    print(trial.stdout)  # noqa: T201  # shown with -s, or when it fails
    assert trial.returncode == 0, trial.stdout + trial.stderr
