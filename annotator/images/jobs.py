"""Celery entry points of the room."""

from __future__ import annotations

import time

from celery import shared_task

from annotator.images import sweeps

SWEEP_SECONDS = 300  # 256 folders in turn: every file is looked at once in 21 hours


@shared_task
def sweep_files() -> None:
    """Sweep the folder whose turn it is by the clock, so that no state is needed. Idempotent."""
    turn = int(time.time() // SWEEP_SECONDS) % 256
    sweeps.sweep_folder(f"{turn:02x}")
