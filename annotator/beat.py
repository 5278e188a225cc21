"""Celery beat for one worker: its schedule hangs on a clock that nobody can set, and on no file.

Beat's own scheduler keeps the time of each last run in a `shelve`. A wall clock that is set back and then
corrected stops it for good, and on Python 3.13 the shelve does not open beside the newer SQLite that
`annotator/__init__.py` puts in place.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click
from celery import Celery, bootsteps
from celery.beat import Scheduler, Service
from celery.schedules import schedule
from django.conf import settings

log = logging.getLogger(__name__)

BEAT_FILE = "beat"  # in DATA_DIR; written while beat runs
BEAT_FILE_SECONDS = 2.0  # between two writes


def monotonic_now() -> datetime:
    """The time since this machine started, as the datetime that Celery reckons with; never set back."""
    return datetime.fromtimestamp(0, UTC) + timedelta(seconds=time.monotonic())


class MonotonicScheduler(Scheduler):
    """Runs every entry of `beat_schedule` at its interval in real seconds, each once right at the start.

    It writes BEAT_FILE every few seconds, so that another process can see that it is alive.
    """

    max_interval = 1  # seconds
    _written_at = 0.0

    def setup_schedule(self) -> None:
        """Read `beat_schedule`, whose intervals are seconds."""
        entries = {
            name: {**entry, "schedule": schedule(entry["schedule"], nowfun=monotonic_now)}
            for name, entry in self.app.conf.beat_schedule.items()
        }
        self.update_from_dict(entries)
        for name, entry in self.schedule.items():
            entry.last_run_at = monotonic_now() - entries[name]["schedule"].run_every

    def get_schedule(self) -> dict[str, Any]:
        """The entries by name, in memory."""
        return self.data

    def set_schedule(self, entries: dict[str, Any]) -> None:
        """Replace the entries."""
        self.data = entries

    schedule = property(get_schedule, set_schedule)

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """Enqueue what is due; gives the seconds to wait."""
        now = time.monotonic()
        if now - self._written_at >= BEAT_FILE_SECONDS:
            with suppress(OSError):  # a full disk must not end the sweeps
                beat_file().write_text(f"{os.getpid()}\n")
            self._written_at = now
        return super().tick(*args, **kwargs)


def beat_file() -> Path:
    """The file that a living beat writes."""
    return Path(settings.DATA_DIR) / BEAT_FILE


class BeatThread(bootsteps.StartStopStep):
    """A worker's step: beat in a thread of the worker's process, with the option `--with-beat`.

    Celery's own `--beat` forks another process of the same size.
    """

    requires = {"celery.worker.components:Pool"}

    def __init__(self, worker: Any, with_beat: bool = False, **kwargs: Any) -> None:
        self.enabled = with_beat
        super().__init__(worker, **kwargs)

    def include_if(self, worker: Any) -> bool:
        """Whether the option was given."""
        return self.enabled

    def start(self, worker: Any) -> None:
        """Start the thread; the worker ends when it fails, and is started again by who watches it."""
        self.service = Service(worker.app, scheduler_cls=MonotonicScheduler)
        threading.Thread(target=self._run, name="beat", daemon=True).start()

    def _run(self) -> None:
        try:
            self.service.start()
        except Exception:
            log.exception("beat failed, so this worker ends")
            os.kill(os.getpid(), signal.SIGTERM)

    def stop(self, worker: Any) -> None:
        """Let the thread end after what it does."""
        self.service.stop(wait=False)


def install(app: Celery) -> None:
    """Give the application's workers the option `--with-beat`."""
    app.user_options["worker"].add(
        click.Option(["--with-beat"], is_flag=True, help="Run beat in a thread of this worker.")
    )
    app.steps["worker"].add(BeatThread)
