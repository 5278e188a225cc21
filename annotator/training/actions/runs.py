"""Trainings are asked for and called off; a version is chosen."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils import timezone

from annotator.accounts import audit
from annotator.accounts.models import User
from annotator.errors import BadInput, WrongState
from annotator.training import preflight
from annotator.training.backends import BACKENDS
from annotator.training.backends.interface import checked_parameters
from annotator.training.models import ModelVersion, Task, TrainingRun

REMOTE = "remote"  # the backend of a mirrored task: its home trains it


@transaction.atomic
def start(task: Task, *, by: User | None, accept_warnings: bool = True) -> TrainingRun:
    """Ask for a training: one at a time per task, however often it is clicked.

    Raises BadInput when the preflight blocks (or warns, without `accept_warnings`), WrongState when one
    is under way. The caller rings `jobs.train` or `jobs.ask_remote`; a lost ring is found by the sweep.
    """
    found = preflight.look(task)
    blocking = found.problems + ([] if accept_warnings else found.warnings)
    if blocking and not task.is_mirrored:
        raise BadInput(" ".join(blocking))
    if task.is_mirrored and not accept_warnings and found.warnings:
        raise BadInput(" ".join(found.warnings))
    params = (
        {} if task.is_mirrored else checked_parameters(BACKENDS[task.backend], task.training_params)
    )
    try:
        with transaction.atomic():
            run = TrainingRun.objects.create(
                task=task,
                backend=REMOTE if task.is_mirrored else task.backend,
                state=TrainingRun.State.REQUESTED if task.is_mirrored else TrainingRun.State.QUEUED,
                params=params,
                requested_by=by,
                last_version_before=task.last_version,
            )
    except IntegrityError as error:
        raise WrongState("A training of this task is already under way.") from error
    audit.record("task.train", workspace=task.workspace, by=by, target=task, run=str(run.pk))
    return run


def cancel(run: TrainingRun, *, by: User | None) -> None:
    """Ask a run to stop. One that nobody has begun ends at once; a remote's cannot be stopped from here."""
    if run.backend == REMOTE:
        raise WrongState("The remote offers no way to stop a training.")
    now = timezone.now()
    mine = TrainingRun.objects.filter(pk=run.pk, cancel_requested_at=None).active()
    if not mine.update(cancel_requested_at=now):
        raise WrongState("This run has come to an end, or is being stopped already.")
    TrainingRun.objects.filter(pk=run.pk, state=TrainingRun.State.QUEUED).update(
        state=TrainingRun.State.CANCELLED, ended_at=now
    )
    audit.record(
        "run.cancel", workspace=run.task.workspace, by=by, target=run.task, run=str(run.pk)
    )


@transaction.atomic
def put_into_production(version: ModelVersion, *, by: User | None) -> None:
    """Make a version the one in use."""
    Task.objects.filter(pk=version.task_id).update(production_version=version.version)
    audit.record(
        "task.production",
        workspace=version.task.workspace,
        by=by,
        target=version.task,
        version=version.version,
    )
