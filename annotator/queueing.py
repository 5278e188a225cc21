"""Enqueues jobs for the workers once the database has the work.

The row is the truth, and a sweep finds it when the message was lost, so a broker that is unavailable must
never fail or delay a save.
"""

from __future__ import annotations

import logging
from typing import Any

from celery import Task
from django.conf import settings
from django.db import transaction
from kombu import Connection, pools
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

log = logging.getLogger(__name__)

# Of long work: then the job ends and another goes on, so that other jobs get their turn. Well below the
# time limit of a job.
CHUNK_SECONDS = 20

# Seconds each. Whoever saves waits for these at the worst; a worker may wait longer for its broker.
TIMEOUTS = {"socket_timeout": 1, "socket_connect_timeout": 1, "max_retries": 0}


def enqueue_on_commit(job: Task, *args: Any) -> None:
    """Enqueue `job` once the present transaction is committed. Raises nothing when the broker is down."""

    def enqueue_now() -> None:  # no partial: Django logs a failure by `__qualname__`
        enqueue(job, *args)

    transaction.on_commit(enqueue_now, robust=True)


def enqueue(job: Task, *args: Any) -> None:
    """Enqueue `job` now. Raises nothing when the broker is down: that is logged."""
    options = {**settings.CELERY_BROKER_TRANSPORT_OPTIONS, **TIMEOUTS}
    connection = Connection(
        settings.CELERY_BROKER_URL, transport_options=options, connect_timeout=1
    )
    try:
        with pools.producers[connection].acquire(block=True, timeout=1) as producer:
            job.apply_async(args=args, producer=producer, retry=False)
    except (KombuError, RedisError, OSError) as error:
        log.warning("could not enqueue %s: %s", job.name, type(error).__name__)
