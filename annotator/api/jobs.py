"""Celery entry points."""

from __future__ import annotations

from celery import shared_task

from annotator.api import idempotency


@shared_task
def forget_old_calls() -> None:
    """Delete the responses of Idempotency-Keys that are a day old. Idempotent."""
    idempotency.forget_old()
