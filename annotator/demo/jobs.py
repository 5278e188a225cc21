"""Celery entry points of the room."""

from __future__ import annotations

from celery import shared_task

from annotator.bell import ring
from annotator.demo import actions
from annotator.demo.models import Step

CHUNK_SECONDS = 5.0  # then other jobs have their turn


@shared_task
def go_on() -> None:
    """Go on making the demo for a while. Harmless to run twice."""
    if actions.go_on(seconds=CHUNK_SECONDS):
        ring(go_on)


@shared_task
def sweep() -> None:
    """Find steps whose wait is over or whose worker is gone; nothing once all is made."""
    if Step.objects.due().exists():
        ring(go_on)
