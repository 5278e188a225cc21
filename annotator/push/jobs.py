"""Celery entry points: the push of one sample, and the sweeps that find what a lost job left."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from annotator.datasets.models import Sample
from annotator.push import actions, notices
from annotator.push.models import Delivery
from annotator.queueing import enqueue_on_commit

AT_ONCE = 50  # samples per sweep: bounds the rate at which a full outbox is sent
RECENT = timedelta(minutes=3)
SLOW_SWEEP_SECONDS = 30.0


@shared_task
def push_sample(sample_id: Any) -> None:
    """Send what is due of one sample. Idempotent."""
    actions.enqueue_deliveries([sample_id])
    actions.push(sample_id)


def enqueue_push(sample: Sample) -> None:
    """Enqueue the push of a mirrored sample once it is committed; the sweep finds what a lost job leaves."""
    if sample.is_mirrored:
        enqueue_on_commit(push_sample, str(sample.pk))


@shared_task
def sweep() -> None:
    """Enqueue what changed lately and send what is due; every other second."""
    since = timezone.now() - RECENT
    actions.enqueue_deliveries(actions.samples_touched_since(since, limit=500))
    due = Delivery.objects.due().order_by("next_at").values_list("value_row__sample_id", flat=True)
    for sample_id in list(dict.fromkeys(due[: 10 * AT_ONCE]))[:AT_ONCE]:
        # One that waits longer than this is found by the next sweep: the queue cannot grow.
        push_sample.apply_async((str(sample_id),), expires=3 * settings.SWEEP_SECONDS)


@shared_task
def sweep_all() -> None:
    """Enqueue every value that the remote does not have; now and then, since it reads them all."""
    until = time.monotonic() + SLOW_SWEEP_SECONDS
    while time.monotonic() < until:
        sample_ids = actions.samples_without_deliveries(limit=1_000)
        if not sample_ids or not actions.enqueue_deliveries(sample_ids):
            return


@shared_task
def tell_of_stuck() -> None:
    """Notify of deliveries that wait for a person. Idempotent."""
    notices.tell_of_stuck_deliveries()
