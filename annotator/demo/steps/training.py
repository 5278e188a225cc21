"""Trains a task once, so that its page has a version, metrics and charts to show."""

from __future__ import annotations

from annotator.accounts.models import User
from annotator.demo.models import Step
from annotator.errors import BadInput, WrongState
from annotator.queueing import enqueue_on_commit
from annotator.training import actions, jobs
from annotator.training.models import Task

WAIT_SECONDS = 2.0


def step(step: Step) -> float | None:
    """Ask for the training, then wait for its end, good or bad."""
    task = step.task
    if task is None or task.removed_at is not None:
        return None
    return train_once(task, by=step.demo.admin)


def train_once(task: Task, *, by: User | None) -> float | None:
    """Ask for a training unless there was one; seconds to wait for its end, None when it has ended."""
    run = task.runs.order_by("requested_at").first()
    if run is None:
        try:
            run = actions.start(task, by=by)
        except (BadInput, WrongState):
            return None
        enqueue_on_commit(jobs.train, str(run.pk))
    return WAIT_SECONDS if run.is_active else None
