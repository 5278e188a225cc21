"""Celery entry points of the room."""

from __future__ import annotations

from celery import shared_task

from annotator.demo import actions
from annotator.demo.models import Step
from annotator.queueing import enqueue_on_commit

CHUNK_SECONDS = 5.0  # then other jobs get their turn


@shared_task
def run_steps() -> None:
    """Continue making the demo for a while. Idempotent."""
    if actions.run_steps(seconds=CHUNK_SECONDS):
        enqueue_on_commit(run_steps)


@shared_task
def sweep() -> None:
    """Enqueue the work when a wait is over or a worker was lost; nothing once all is made."""
    if Step.objects.due().exists():
        enqueue_on_commit(run_steps)
