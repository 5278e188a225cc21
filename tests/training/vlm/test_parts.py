"""The parts of the child that need torch, checked in the training environment (check_training.py)."""

import os
import subprocess
from pathlib import Path

from tests.training.vlm.conftest import solid


def test_the_parts_of_the_child_do_as_they_say(training_environment, tmp_path):
    (tmp_path / "image.png").write_bytes(solid("red", dark=False, seed=1))
    program = Path(__file__).with_name("check_training.py")

    done = subprocess.run(
        [training_environment.python, program, tmp_path / "base", tmp_path / "image.png"],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stderr
