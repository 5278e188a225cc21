"""The Celery application. Jobs live in each room's `jobs.py`."""

import ctypes
import os
import threading
import time
from typing import Any

from celery import Celery, Task, signals, states
from celery.fixups.django import DjangoWorkerFixup
from celery.worker.heartbeat import Heart
from django.db import close_old_connections
from kombu.transport import redis

from annotator import beat, heartbeats
from annotator.garbage import look_less_often

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "annotator.settings")

STOP_SECONDS = 70  # a job that was told to end takes 60 at most (CELERY_TASK_TIME_LIMIT)
TRIM_SECONDS = 10
NOTE_SECONDS = 10  # Celery itself beats every 2
_malloc_trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc has it
_trimmed_at = 0.0
_noted_at = 0.0


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


def keep_connections(*_: object, **__: object) -> None:
    """Keep a thread's connection to the database from job to job, as from request to request: CONN_MAX_AGE.

    Celery 5.7 closes it before and after each job. SQLite then reads the whole schema anew, which takes
    longer than most sweeps.
    """
    close_old_connections()


DjangoWorkerFixup.close_database = keep_connections

app = Celery("annotator")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(related_name="jobs")
beat.install(app)


@signals.worker_init.connect
def spare_the_processor(**_: object) -> None:
    """Before the processes of a worker are forked."""
    look_less_often()


@signals.task_postrun.connect
def note_heartbeat(task: Task, state: str | None = None, **_: object) -> None:
    """Let the pages know that this job came to its end, and with it that a worker is alive."""
    if state == states.SUCCESS:
        heartbeats.note_end(task.name)


@signals.heartbeat_sent.connect
def note_worker(sender: Heart, **_: object) -> None:
    """Let the pages know every NOTE_SECONDS that this worker is alive, whatever it works on."""
    global _noted_at
    now = time.monotonic()
    if now - _noted_at > NOTE_SECONDS:
        _noted_at = now
        heartbeats.note_worker(sender.eventer.hostname, app.amqp.queues.consume_from)


@signals.worker_shutting_down.connect
def end_in_any_case(**_: object) -> None:
    """End STOP_SECONDS after being told to, whatever still waits.

    A worker that is told while it connects, and whose Redis went at the same time, tries for ever to say
    that it is there: nobody else would end it after a `kill -9` of `up`.
    """
    end = threading.Timer(STOP_SECONDS, os._exit, args=[1])
    end.daemon = True  # whatever ends before goes at once
    end.start()


@signals.task_postrun.connect
def return_memory(**_: object) -> None:
    """Return freed pages to the system, at most every TRIM_SECONDS: pictures leave many behind."""
    global _trimmed_at
    now = time.monotonic()
    if _malloc_trim is not None and now - _trimmed_at > TRIM_SECONDS:
        _trimmed_at = now
        _malloc_trim(0)
