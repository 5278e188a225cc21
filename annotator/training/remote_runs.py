"""The training of a mirrored task: requested from its remote at most once, then polled.

`train/` is not idempotent and has no job id. So the intent is stored before the call, a lost response makes
the run *unknown* and is never retried, and the end is seen when `last_version` has grown (Q3, T1, T4).
"""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from annotator.connections.actions import client_for
from annotator.errors import RemoteError, RemoteRefused, RemoteUnavailable, WrongState
from annotator.leases import backoff_seconds
from annotator.remote.client import RemoteClient
from annotator.remote.shapes import RemoteModel
from annotator.training.models import REMOTE, ModelVersion, Task, TrainingRun

log = logging.getLogger(__name__)

GIVE_UP_AFTER = timedelta(hours=24)
FIRST_WAIT_SECONDS = 4.0
LONGEST_WAIT = timedelta(minutes=1)


def request(run: TrainingRun) -> None:
    """Call the remote's `train/`, at most once for this run. Idempotent."""
    mine = TrainingRun.objects.filter(pk=run.pk, state=TrainingRun.State.REQUESTED, sent_at=None)
    now = timezone.now()
    if not mine.update(sent_at=now, started_at=now):
        return
    try:
        with _client(run.task) as client:
            client.train(_key(run.task), key=str(run.pk))
    except RemoteRefused as refusal:
        _end(run, TrainingRun.State.FAILED, error=str(refusal))
    except RemoteUnavailable as error:
        if error.sent:
            _move(
                run,
                TrainingRun.State.UNKNOWN,
                message=f"The remote's response was lost: {error}"[:500],
            )
        else:
            _end(run, TrainingRun.State.FAILED, error=f"Nothing was started: {error}")
    else:
        _move(run, TrainingRun.State.ACCEPTED, message="The remote gives no progress.")


def poll(run: TrainingRun) -> None:
    """Check whether the remote's `last_version` has grown; then the run has succeeded."""
    if run.state == TrainingRun.State.REQUESTED:
        # A worker died between its mark and the answer: the call may or may not have been made.
        if run.sent_at and run.sent_at < timezone.now() - timedelta(minutes=2):
            _move(
                run, TrainingRun.State.UNKNOWN, message="The worker ended before the answer came."
            )
        return
    now = timezone.now()
    if now - run.requested_at > GIVE_UP_AFTER:
        _end(run, TrainingRun.State.TIMED_OUT, error="No new version within 24 hours.")
        return
    seconds = backoff_seconds(
        run.polls, first=FIRST_WAIT_SECONDS, longest=LONGEST_WAIT.total_seconds()
    )
    TrainingRun.objects.filter(pk=run.pk).update(
        polls=F("polls") + 1, next_poll_at=now + timedelta(seconds=seconds)
    )
    try:
        with _client(run.task) as client:
            task = client.tasks.get(_key(run.task))
            if task.last_version <= run.last_version_before:
                return
            models = _versions(client, _key(run.task), task.last_version)
    except RemoteError as error:
        TrainingRun.objects.filter(pk=run.pk).update(message=str(error)[:500])
        return
    finish(
        run,
        last_version=task.last_version,
        production_version=task.production_version,
        models=models,
    )


def _client(task: Task) -> RemoteClient:
    if task.remote is None:
        raise WrongState("This task is no longer a copy of a remote's.")
    return client_for(task.remote)


def _key(task: Task) -> str:
    return task.remote_key or ""


def _versions(client: RemoteClient, task_id: str, version: int) -> list[RemoteModel]:
    """The remote's rows of this version; empty where it keeps no list of models (Q2)."""
    try:
        return [
            model
            for page in client.models.pages(task=task_id)
            for model in page.rows
            if model.version == version
        ]
    except RemoteRefused:
        return []


@transaction.atomic
def finish(
    run: TrainingRun, *, last_version: int, production_version: int, models: list[RemoteModel]
) -> None:
    """Store the version that the remote made."""
    model = models[0] if models else None
    Task.objects.filter(pk=run.task_id).update(
        last_version=last_version, production_version=production_version
    )
    ModelVersion.objects.update_or_create(
        task=run.task,
        version=last_version,
        defaults={
            "run": run,
            "backend": REMOTE,
            "metrics": model.metrics if model else {},
            "remote": run.task.remote if model else None,
            "remote_key": model.id if model else None,
            "training_seconds": int((timezone.now() - run.requested_at).total_seconds()),
        },
    )
    _end(run, TrainingRun.State.SUCCEEDED)


def _move(run: TrainingRun, state: str, **changes: object) -> None:
    TrainingRun.objects.filter(pk=run.pk).active().update(
        state=state, next_poll_at=timezone.now(), **changes
    )


def _end(run: TrainingRun, state: str, *, error: str = "") -> None:
    TrainingRun.objects.filter(pk=run.pk).active().update(
        state=state, ended_at=timezone.now(), error=error, message=""
    )
