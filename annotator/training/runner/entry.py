"""What the main function of each baseline process does; the exit codes are those of runner/__init__.py."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

from annotator.training.runner import CANCELLED
from annotator.training.runner.job import Job, Stopped
from annotator.training.runner.orphan import end_with_parent


def run_job(work: Callable[[Job], None]) -> int:
    """Do the work on the job whose folder is the first argument; the exit code.

    What the data or the machine refuses becomes the job's error, and is raised on for the log.
    """
    end_with_parent()
    os.nice(10)
    job = Job(Path(sys.argv[1]))
    try:
        work(job)
    except Stopped:
        return CANCELLED
    except (OSError, ValueError, MemoryError) as error:
        job.error(f"{type(error).__name__}: {error}")
        raise
    return 0
