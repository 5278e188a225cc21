"""The doorbell: tells the workers that the database has work for them.

Only a nudge. The row is the truth, and a sweep finds it when the ring was lost, so a broker that is away
must never fail or delay a save.
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

# Seconds each. Whoever saves waits for these at the worst; a worker may wait longer for its broker.
TIMEOUTS = {"socket_timeout": 1, "socket_connect_timeout": 1, "max_retries": 0}


def ring(job: Task, *args: Any) -> None:
    """Queue `job` once the present transaction is committed. Raises nothing when the broker is away."""

    def now() -> None:  # no partial: Django logs what failed by its name, which a partial has not
        _ring_now(job, args)

    transaction.on_commit(now, robust=True)


def _ring_now(job: Task, args: tuple[Any, ...]) -> None:
    options = {**settings.CELERY_BROKER_TRANSPORT_OPTIONS, **TIMEOUTS}
    connection = Connection(
        settings.CELERY_BROKER_URL, transport_options=options, connect_timeout=1
    )
    try:
        with pools.producers[connection].acquire(block=True, timeout=1) as producer:
            job.apply_async(args=args, producer=producer, retry=False)
    except (KombuError, RedisError, OSError) as error:
        log.warning("bell for %s not heard: %s", job.name, type(error).__name__)
