"""Trainings are requested and cancelled; a version is put into production."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from annotator.accounts import audit
from annotator.accounts.models import User
from annotator.errors import BadInput, WrongState
from annotator.training import job_folders, preflight
from annotator.training.backends import BACKENDS
from annotator.training.backends.parameters import check_parameters
from annotator.training.models import REMOTE, ModelVersion, Task, TrainingRun


def start(task: Task, *, by: User | None, accept_warnings: bool = True) -> TrainingRun:
    """Request a training; a task has at most one at a time.

    Raises BadInput when the preflight blocks (or warns, without `accept_warnings`), WrongState when one
    is under way. The caller enqueues it (`jobs.enqueue_run`); the sweep finds a run whose message was lost.
    """
    result = preflight.check(task)
    blocking = [] if task.is_mirrored else result.problems
    if not accept_warnings:
        blocking = blocking + result.warnings
    if blocking:
        raise BadInput(" ".join(blocking))
    params = {}
    if not task.is_mirrored:
        params = check_parameters(BACKENDS[task.backend].parameters, task.training_params)
    try:
        return _create(task, params, by=by)
    except IntegrityError as error:
        raise WrongState("A training of this task is already under way.") from error


@transaction.atomic
def _create(task: Task, params: dict[str, Any], *, by: User | None) -> TrainingRun:
    """The run's row, after a preflight that may take seconds: no transaction waits for it."""
    run = TrainingRun.objects.create(
        task=task,
        backend=REMOTE if task.is_mirrored else task.backend,
        state=TrainingRun.State.REQUESTED if task.is_mirrored else TrainingRun.State.QUEUED,
        params=params,
        requested_by=by,
        last_version_before=task.last_version,
    )
    audit.record("task.train", workspace=task.workspace, by=by, target=task, run=str(run.pk))
    return run


BEFORE_EVALUATION = {
    TrainingRun.State.QUEUED,
    TrainingRun.State.PREPARING,
    TrainingRun.State.TRAINING,
}


def can_end_early(run: TrainingRun) -> bool:
    """Whether the run can stop training and keep what there is."""
    backend = BACKENDS.get(run.backend)
    return backend is not None and backend.ends_early and run.state in BEFORE_EVALUATION


def end_early(run: TrainingRun, *, by: User | None) -> None:
    """Request that a run stops training, then evaluates and keeps what there is.

    It does so once it trains. WrongState for a run that has ended or whose backend can't.
    """
    backend = BACKENDS.get(run.backend)
    if backend is None or not backend.ends_early:
        raise WrongState("This kind of training can only be cancelled.")
    mine = TrainingRun.objects.filter(
        pk=run.pk,
        early_end_requested_at=None,
        cancel_requested_at=None,
        state__in=BEFORE_EVALUATION,
    )
    if not mine.update(early_end_requested_at=timezone.now()):
        raise WrongState("This run no longer trains, or is being stopped already.")
    audit.record(
        "run.end-early", workspace=run.task.workspace, by=by, target=run.task, run=str(run.pk)
    )


def resume(run: TrainingRun, *, by: User | None) -> None:
    """Let a failed or cancelled run go on from its newest checkpoint, with the data it began with.

    The caller enqueues it. WrongState when it has no checkpoint, or another run of the task is under way.
    """
    if not job_folders.can_resume(run):
        raise WrongState("This run has nothing to go on from: start a new training.")
    ended = TrainingRun.objects.filter(pk=run.pk, state__in=job_folders.RESUMABLE)
    fresh: dict[str, Any] = dict.fromkeys(
        ("cancel_requested_at", "early_end_requested_at", "ended_at", "lease_id", "leased_until")
    )
    fresh |= dict.fromkeys(("step", "steps", "losses"), 0)
    fresh |= dict.fromkeys(("message", "error", "worker"), "")
    try:
        with transaction.atomic():
            resumed = ended.update(state=TrainingRun.State.QUEUED, **fresh)
    except IntegrityError as error:
        raise WrongState("A training of this task is already under way.") from error
    if not resumed:
        raise WrongState("This run goes on already.")
    audit.record(
        "run.resume", workspace=run.task.workspace, by=by, target=run.task, run=str(run.pk)
    )


def cancel(run: TrainingRun, *, by: User | None) -> None:
    """Request that a run stops; a queued one ends at once. WrongState for a remote's or an ended one."""
    if run.is_remote:
        raise WrongState("The remote offers no way to cancel a training.")
    now = timezone.now()
    mine = TrainingRun.objects.filter(pk=run.pk, cancel_requested_at=None).active()
    if not mine.update(cancel_requested_at=now):
        raise WrongState("This run has ended, or is being stopped already.")
    TrainingRun.objects.filter(pk=run.pk, state=TrainingRun.State.QUEUED).update(
        state=TrainingRun.State.CANCELLED, ended_at=now
    )
    audit.record(
        "run.cancel", workspace=run.task.workspace, by=by, target=run.task, run=str(run.pk)
    )


@transaction.atomic
def put_into_production(
    version: ModelVersion, *, by: User | None, reason: str = "", pinned: bool = False
) -> None:
    """Make a version the one in use; pinned, no new version takes its place by itself.

    A second call with another reason replaces the first. BadInput for a pin without a reason, or a reason
    longer than 500 characters.
    """
    reason = " ".join(reason.split())
    if pinned and not reason:
        message = "Say why it is pinned, so that colleagues know when it may be replaced."
        raise BadInput(message, fields={"reason": [message]})
    if len(reason) > LONGEST_REASON:
        message = f"The reason is longer than {LONGEST_REASON} characters."
        raise BadInput(message, fields={"reason": [message]})
    Task.objects.filter(pk=version.task_id).update(
        production_version=version.version, production_pinned=pinned, production_reason=reason
    )
    audit.record(
        "task.production",
        workspace=version.task.workspace,
        by=by,
        target=version.task,
        version=version.version,
        reason=reason,
        pinned=pinned,
    )


LONGEST_REASON = 500  # characters
