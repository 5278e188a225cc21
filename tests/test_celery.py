"""The worker when what it stands on fails: Redis goes away, the disk is full."""

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from unittest.mock import Mock

import pytest
from celery.fixups.django import DjangoWorkerFixup
from django.db import connection
from kombu import Connection

from annotator import beat
from annotator.celery import app
from tests import services

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


def test_a_connection_that_redis_dropped_is_closed_without_an_error():
    broker = Connection(f"redis+socket://{services.REDIS_SOCKET}")
    with broker.SimpleQueue("dropped") as queue:
        queue.put("a job that is under way")
        message = queue.get(timeout=5)
    channel = message.channel
    broker.transport.client = None  # what Kombu makes of a connection that was lost
    channel._disconnect_pools()

    channel.close()

    assert channel.closed


@pytest.mark.django_db(transaction=True)
def test_a_thread_keeps_its_connection_from_job_to_job_until_it_is_old():
    fixup = DjangoWorkerFixup(app)
    connection.ensure_connection()
    connection.close_at = time.monotonic() + 60
    opened = connection.connection

    fixup.close_database()
    assert connection.connection is opened

    connection.close_at = time.monotonic() - 1
    fixup.close_database()
    assert connection.connection is None


def test_beat_goes_on_where_it_cannot_write_its_file(monkeypatch, tmp_path):
    monkeypatch.setattr(beat, "beat_file", lambda: tmp_path / "none" / "beat")
    monkeypatch.setattr(beat.Scheduler, "tick", lambda *_: 1.0)

    assert beat.MonotonicScheduler(app, lazy=True).tick() == 1.0


def test_sweeps_go_on_when_the_clock_is_set_back_an_hour_and_corrected(monkeypatch):
    scheduler = beat.MonotonicScheduler(app, lazy=True)
    sent, seconds, hours = [], 0, 0
    monkeypatch.setattr(scheduler, "apply_async", lambda entry, **_: sent.append(entry.name))
    monkeypatch.setattr(beat, "monotonic_now", lambda: NOON + timedelta(seconds=seconds))
    monkeypatch.setattr(app, "now", lambda: NOON + timedelta(seconds=seconds, hours=hours))
    scheduler.setup_schedule()
    every_minute = {n for n, each in app.conf.beat_schedule.items() if each["schedule"] <= 60}

    for hours in (0, -1, 0):  # by which the wall clock is off
        sent.clear()
        seconds += 61
        for _ in range(3 * len(scheduler.schedule)):
            scheduler.tick()

        assert every_minute <= set(sent), hours

    assert every_minute


def test_a_worker_whose_beat_fails_ends(monkeypatch):
    """Without beat nothing looks for lost jobs, and nobody would notice."""
    ended = []
    monkeypatch.setattr(beat.os, "kill", lambda *what: ended.append(what))
    step = beat.BeatThread(None)
    step.service = SimpleNamespace(start=Mock(side_effect=AttributeError("autocommit")))

    step._run()

    assert ended == [(os.getpid(), signal.SIGTERM)]


def test_a_worker_that_waits_for_a_lost_redis_ends_in_any_case():
    """As one that was told to end while it was connecting: the wait stands for Redis."""
    stuck = """
import time
from celery import signals
from annotator import celery
celery.STOP_SECONDS = 0.1
signals.worker_shutting_down.send(sender="worker", sig="SIGTERM", how="Warm", exitcode=0)
time.sleep(60)
"""

    run = subprocess.run([sys.executable, "-c", stuck], check=False, timeout=50)

    assert run.returncode == 1
