"""When each worker was last alive and each periodic job last ended. Workers write it, pages read it.

Kept in the cache alone: it says what was seen, and decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.core.cache import cache

KEPT_SECONDS = 7 * 24 * 3600
SILENT_AFTER = timedelta(seconds=60)  # the most frequent sweep comes every two or three seconds
FORGOTTEN_AFTER = timedelta(days=1)  # a worker that is gone
WORKERS = "heartbeats:workers"


@dataclass(frozen=True)
class Worker:
    """A worker: the name that it was started with, its queues, and when it was last alive."""

    name: str
    queues: tuple[str, ...]
    seen_at: datetime

    @property
    def is_silent(self) -> bool:
        """Whether nothing was heard of it lately."""
        return is_silent(self.seen_at)


def note_worker(name: str, queues: Iterable[str]) -> None:
    """Note that a worker is alive. Of two that do so at once one may be lost, until it does so again."""
    now = datetime.now(UTC)
    kept = {w.name: (w.queues, w.seen_at) for w in workers() if now - w.seen_at < FORGOTTEN_AFTER}
    cache.set(WORKERS, {**kept, name: (tuple(sorted(queues)), now)}, KEPT_SECONDS)


def workers() -> list[Worker]:
    """The workers that were heard of within a day, by name."""
    return [Worker(name, *seen) for name, seen in sorted(cache.get(WORKERS, {}).items())]


def newest_of(queue: str) -> datetime | None:
    """When a worker that serves the queue was last alive."""
    return max((each.seen_at for each in workers() if queue in each.queues), default=None)


def note_end(job_name: str) -> None:
    """Note that a periodic job has just come to its end; other jobs are passed over."""
    if job_name in periodic_jobs():
        cache.set(_key(job_name), datetime.now(UTC), KEPT_SECONDS)


def periodic_jobs() -> dict[str, timedelta]:
    """The interval of each periodic job, by the job's name."""
    return {
        str(entry["task"]): timedelta(seconds=float(str(entry["schedule"])))
        for entry in settings.CELERY_BEAT_SCHEDULE.values()
    }


def last_ends() -> dict[str, datetime | None]:
    """When each periodic job last ended, as far as is known."""
    moments = cache.get_many([_key(name) for name in periodic_jobs()])
    return {name: moments.get(_key(name)) for name in periodic_jobs()}


def newest(ends: Mapping[str, datetime | None]) -> datetime | None:
    """The last heartbeat: when a worker last ended any periodic job."""
    return max((moment for moment in ends.values() if moment), default=None)


def is_silent(heartbeat: datetime | None) -> bool:
    """Whether no worker has been heard of lately: what is accepted now waits until one is back."""
    return heartbeat is None or datetime.now(UTC) - heartbeat > SILENT_AFTER


def _key(job_name: str) -> str:
    return f"heartbeat:{job_name}"
