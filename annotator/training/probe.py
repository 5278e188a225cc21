"""Asks the training environment for the device that it would train on."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path

from django.conf import settings

from annotator.training import venv
from annotator.training.environment import child_environment

TIMEOUT_SECONDS = 120  # importing torch from a slow disk takes a while


def probe() -> dict[str, str]:
    """Device, memory and precision, for people; "problem" says why the environment does not work.

    Starts a process that imports torch: some seconds.
    """
    python = str(venv.environment().python)
    with tempfile.TemporaryDirectory() as folder:
        variables = child_environment(
            os.environ,
            folder=Path(folder),
            code=settings.BASE_DIR,
            threads=settings.TRAINING_THREADS,
        )
        try:
            done = subprocess.run(
                [python, "-m", "annotator.training.runner.vlm.probe"],
                env=variables,
                capture_output=True,
                text=True,
                timeout=TIMEOUT_SECONDS,
                check=True,
            )
        except subprocess.CalledProcessError as error:
            return {"problem": error.stderr.strip()[-500:]}
        except (OSError, subprocess.TimeoutExpired) as error:
            return {"problem": str(error)}
    return {name: str(value) for name, value in json.loads(done.stdout).items()}
