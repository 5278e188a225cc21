"""The Celery application. Jobs live in each room's `jobs.py`."""

import ctypes
import os
import time
from typing import Any

from celery import Celery, Task, signals, states
from kombu.transport import redis

from annotator import beat, heartbeats

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "annotator.settings")

TRIM_SECONDS = 10
_malloc_trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc has it
_trimmed_at = 0.0


class ForgivingQoS(redis.QoS):
    """Returns unfinished messages to the queue when a worker closes its connection, if there still is one.

    Kombu 5.7 raises AttributeError after a lost connection, which ends the worker. Nothing is lost without
    it: the messages come back after the visibility timeout, and the sweeps find the rows before that.
    """

    def restore_unacked_once(self, stderr: Any = None) -> None:
        """As Kombu's; does nothing when Redis has closed the connection."""
        transport = self.channel.connection
        if transport is not None and transport.client is not None:
            super().restore_unacked_once(stderr)


redis.Channel.QoS = ForgivingQoS

app = Celery("annotator")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(related_name="jobs")
beat.install(app)


@signals.task_postrun.connect
def note_heartbeat(task: Task, state: str | None = None, **_: object) -> None:
    """Let the pages know that this job came to its end, and with it that a worker is alive."""
    if state == states.SUCCESS:
        heartbeats.note_end(task.name)


@signals.task_postrun.connect
def return_memory(**_: object) -> None:
    """Return freed pages to the system, at most every TRIM_SECONDS: pictures leave many behind."""
    global _trimmed_at
    now = time.monotonic()
    if _malloc_trim is not None and now - _trimmed_at > TRIM_SECONDS:
        _trimmed_at = now
        _malloc_trim(0)
