"""Runs one local training: prepares the job folder, watches the child process, packs its results.

The child does the work; this records its progress, at most once a second, and forwards a cancellation.
Its whole state is in the database row and the job folder.
"""

from __future__ import annotations

import logging
import math
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from annotator.leases import LeaseLost
from annotator.names import storable
from annotator.training import job_folders, packaging, pictures, snapshot
from annotator.training.backends import BACKENDS
from annotator.training.child import Child, JsonLines, ended_with, log_tail
from annotator.training.models import TrainingMetric, TrainingRun
from annotator.training.runner import CANCELLED, checkpoints
from annotator.training.runner.job import has_half_batch

log = logging.getLogger(__name__)

POLL_SECONDS = 1.0
LOG_TAIL_CHARACTERS = 20_000


def supervise(run: TrainingRun) -> None:
    """Do the run from start to end. The caller holds its lease (`run.lease_id`).

    Raises OperationalError and InterfaceError, which say nothing about the run: once the database is back,
    its lease has ended, and whoever takes it goes on from the newest checkpoint.
    """
    try:
        folder = job_folders.prepare(run)
        try:
            _work(run, folder)
        finally:
            job_folders.clear(run, folder)
    except LeaseLost:
        log.warning("run %s was taken over by another worker", run.pk)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        log.exception("run %s failed", run.pk)
        failed = {"state": TrainingRun.State.FAILED, "error": storable(str(error))[:5000]}
        with suppress(LeaseLost):  # it ended otherwise meanwhile
            _tell(run, ended_at=timezone.now(), **failed)


def _work(run: TrainingRun, folder: Path) -> None:
    """Freeze the data, train, and pack the model, unless somebody cancels it."""
    started_at = run.started_at or timezone.now()
    _tell(run, started_at=started_at, **_beginning_of(TrainingRun.State.PREPARING))
    if not job_folders.is_frozen(folder):
        run.snapshot = snapshot.write_and_keep(run, folder)
        _tell(run, snapshot=run.snapshot)
        job_folders.freeze(folder)
    pictures.bring(folder, hold=run.renew)
    code = _train(run, folder)
    if code == CANCELLED or _is_cancelled(run):
        # What a child that is stopped says on its way out is no error.
        ended = {"ended_at": timezone.now(), "message": "", "error": ""}
        _tell(run, state=TrainingRun.State.CANCELLED, **ended)
        return
    if code != 0:
        raise RuntimeError(failure_of(run, code))
    _tell(run, **_beginning_of(TrainingRun.State.PACKAGING, "Packing the model"))
    packaging.package(run, folder)


def _train(run: TrainingRun, folder: Path) -> int:
    """Run the child, again where another try may come further; its exit code."""
    events = JsonLines(folder / "events.jsonl")
    while True:
        step, is_halved = checkpoints.newest_step(folder), has_half_batch(folder)
        code = _watch(run, folder, events)
        was_killed_later = code < 0 and checkpoints.newest_step(folder) > step
        was_short_of_memory = code != 0 and has_half_batch(folder) and not is_halved
        if _is_cancelled(run) or not (was_killed_later or was_short_of_memory):
            return code
        log.warning("the child of run %s ended with %s; it is started again", run.pk, code)
        _tell(run, **_beginning_of(TrainingRun.State.PREPARING))


def failure_of(run: TrainingRun, code: int) -> str:
    """Why the run's child failed: what it said itself, else what its code and its log say."""
    if run.error:
        return run.error
    if code == -signal.SIGKILL:
        return (
            "The training process was killed, most likely because the machine ran out of memory. Choose a"
            " smaller batch size or a smaller base."
        )
    return ended_with("The training process", code, run.log_tail)


def _watch(run: TrainingRun, folder: Path, events: JsonLines) -> int:
    """Start the child and record its progress until it ends; its exit code."""
    early_end_sent = False
    step = checkpoints.newest_step(folder)
    with Child(BACKENDS[run.backend].command(folder), folder) as child:
        while True:
            code = child.code()
            _record_progress(run, events.new(), folder)
            if code is not None:
                return code
            if child.is_stopping or _is_cancelled(run):
                child.stop()
            newest = checkpoints.newest_step(folder)
            if newest > step:
                step = newest
                run.renew(losses=0)  # whoever takes it over goes on from here
            if not early_end_sent and run.state == run.State.TRAINING and _is_to_end_early(run):
                early_end_sent = True
                child.end_early()
            time.sleep(POLL_SECONDS)


PHASES = {
    "preparing": TrainingRun.State.PREPARING,
    "training": TrainingRun.State.TRAINING,
    "evaluating": TrainingRun.State.EVALUATING,
}


def _record_progress(run: TrainingRun, events: list[dict[str, Any]], folder: Path) -> None:
    """One UPDATE for all new events; it renews the lease too."""
    changes: dict[str, Any] = {}
    points: dict[tuple[int, str], float] = {}  # by step and curve
    for event in events:
        if "resumed" in event:
            points = {at: value for at, value in points.items() if at[0] <= event["resumed"]}
            TrainingMetric.objects.filter(run=run, step__gt=event["resumed"]).delete()
        elif "left_out" in event:
            split = event.get("split", "train")
            changes["snapshot"] = snapshot.with_left_out(run, event["left_out"], split)
        elif "metric" in event:
            if math.isfinite(event["value"]):  # no curve has a place for another
                points[event["step"], storable(event["metric"])[:100]] = event["value"]
        else:
            changes |= _changes_of(event)
    if points:
        TrainingMetric.objects.bulk_create(
            [
                TrainingMetric(run=run, step=step, name=name, value=value)
                for (step, name), value in points.items()
            ],
            update_conflicts=True,
            unique_fields=["run", "step", "name"],
            update_fields=["value"],
        )
    _tell(run, log_tail=log_tail(folder, LOG_TAIL_CHARACTERS), **changes)


def _changes_of(event: dict[str, Any]) -> dict[str, Any]:
    """What an event about the whole run changes in its row."""
    if "phase" in event:
        return _beginning_of(PHASES[event["phase"]])
    if "error" in event:
        return {"error": storable(event["error"])[:5000]}
    return {
        "step": event["step"],
        "steps": event["steps"],
        "message": storable(event.get("message", ""))[:500],
    }


def _beginning_of(state: TrainingRun.State, message: str = "") -> dict[str, Any]:
    """What a phase changes in the row when it begins."""
    return {"state": state, "step": 0, "steps": 0, "message": message}


def _tell(run: TrainingRun, **changes: Any) -> None:
    """Write to the row as long as the lease is ours. Raises LeaseLost."""
    changes["phase_seconds"] = run.count_phase()
    TrainingRun.objects.filter(pk=run.pk).active().renew(run.lease_id, **changes)
    for name, value in changes.items():
        setattr(run, name, value)
    if connection.in_atomic_block:
        return
    connection.close_if_unusable_or_obsolete()


def _is_to_end_early(run: TrainingRun) -> bool:
    return TrainingRun.objects.filter(pk=run.pk, early_end_requested_at__isnull=False).exists()


def _is_cancelled(run: TrainingRun) -> bool:
    return TrainingRun.objects.filter(pk=run.pk, cancel_requested_at__isnull=False).exists()
