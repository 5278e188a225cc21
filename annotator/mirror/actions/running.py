"""Works on a run, step by step, for as long as one job may take."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from django.db import IntegrityError

from annotator.connections.actions import client_for, note_available, note_unavailable, pause
from annotator.errors import RemoteRefused, RemoteUnauthorized, RemoteUnavailable
from annotator.leases import LeaseLost
from annotator.mirror.checkpoints import end, postpone, take
from annotator.mirror.models import MirrorRun
from annotator.mirror.steps import closing, images, samples, schema, tasks
from annotator.queueing import CHUNK_SECONDS
from annotator.remote.client import RemoteClient

Stage, State = MirrorRun.Stage, MirrorRun.State

# Each does one step and writes its checkpoint, which names the stage that follows.
STEPS: dict[str, Callable[[MirrorRun, RemoteClient], None]] = {
    Stage.SCHEMA: schema.step,
    Stage.SAMPLES: samples.step,
    Stage.CLOSING: closing.step,
    Stage.TASKS: tasks.step,
    Stage.IMAGES: images.step,
}


def run_steps(run_id: Any) -> bool:
    """Work on the run for a while; whether there is more to do at once.

    Idempotent, also when two workers call it at once. Every outcome is in the row when this returns.
    """
    run = take(run_id)
    if run is None:
        return False
    try:
        _run_for_a_while(run)
    except LeaseLost:
        return False
    except RemoteRefused as error:
        _refused(run, error)
        return False
    except (RemoteUnavailable, IntegrityError) as error:
        # IntegrityError: a person wrote the same row at the same moment. The next attempt reads it.
        _unavailable(run, error)
        return False
    if not run.stage:
        outcome = State.INCOMPLETE if run.report.get("incomplete") else State.DONE
        end(run, outcome, error=run.report.get("incomplete", ""))
        return False
    run.release()
    return True


def _run_for_a_while(run: MirrorRun) -> None:
    until = time.monotonic() + CHUNK_SECONDS
    with client_for(run.source) as client:
        while run.stage:
            STEPS[run.stage](run, client)
            note_available(run.source)
            if time.monotonic() >= until:
                return


def _refused(run: MirrorRun, error: RemoteRefused) -> None:
    """The end, unless the token was refused: the run continues by itself once an admin enters a new one."""
    if isinstance(error, RemoteUnauthorized) or error.status == 403:
        pause(run.source, reason=str(error), by=None)
        run.release()
    else:
        end(run, State.FAILED, error=str(error))


def _unavailable(run: MirrorRun, error: Exception) -> None:
    if isinstance(error, RemoteUnavailable) and (not error.sent or error.retry_after_seconds):
        note_unavailable(run.source, error)
    postpone(run, error)
