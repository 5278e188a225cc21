"""Trains a task once, so that its page has a version, metrics and charts to show."""

from __future__ import annotations

from annotator.demo.models import Step
from annotator.errors import BadInput, WrongState
from annotator.queueing import enqueue_on_commit
from annotator.training import actions, jobs

WAIT_SECONDS = 2.0


def step(step: Step) -> float | None:
    """Ask for the training, then wait for its end, good or bad."""
    task = step.task
    if task is None or task.removed_at is not None:
        return None
    run = task.runs.order_by("requested_at").first()
    if run is None:
        try:
            run = actions.start(task, by=step.demo.admin)
        except (BadInput, WrongState):
            return None
        enqueue_on_commit(jobs.train, str(run.pk))
    return WAIT_SECONDS if run.is_active else None
