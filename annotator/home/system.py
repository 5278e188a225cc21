"""What an admin wants to know of the server: workers, queues, sweeps, Redis, disk, last backup."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from celery import current_app
from django.conf import settings
from django.core.cache import cache
from django.db.models import QuerySet
from django.utils import timezone
from kombu import Connection
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

from annotator import heartbeats
from annotator.accounts.models import Membership
from annotator.imports.models import ImageImport
from annotator.mirror.models import MirrorRun
from annotator.push.models import Delivery
from annotator.storage import files, folder
from annotator.training.models import TrainingRun

LATE_FACTOR = 10  # a periodic job that did not end for so many of its intervals is late …
LATE_SECONDS = 60.0  # … but never before so long
LOW_DISK_SHARE = 0.1
BROKER_TIMEOUT_SECONDS = 1
BUCKET_SECONDS = 30


@dataclass(frozen=True)
class WorkerRow:
    """A worker, and the trainings of the workspace that it does."""

    worker: heartbeats.Worker
    runs: list[TrainingRun]


@dataclass(frozen=True)
class Sweep:
    """A periodic job: how often it is due, and when it last ended (None: not known)."""

    name: str
    interval_seconds: float
    ended_at: datetime | None

    @property
    def is_late(self) -> bool:
        """Whether it should have ended again long ago."""
        if self.ended_at is None:
            return True
        age = (datetime.now(UTC) - self.ended_at).total_seconds()
        return age > max(LATE_SECONDS, LATE_FACTOR * self.interval_seconds)


@dataclass(frozen=True)
class Backlog:
    """Rows of the workspace that wait for a worker, and since when the oldest does."""

    label: str
    number: int
    oldest: datetime | None


@dataclass(frozen=True)
class Disk:
    """The disk of the data folder, in bytes."""

    free_bytes: int
    total_bytes: int

    @property
    def is_low(self) -> bool:
        """Whether it is time to make room."""
        return self.free_bytes < LOW_DISK_SHARE * self.total_bytes


@dataclass(frozen=True)
class Storage:
    """Where pictures and exports lie: in the data folder, or in a `bucket`."""

    bucket: str = ""
    place: str = ""  # whose bucket it is
    link_seconds: int = 0
    kind: str = "local"  # where new files go: s3 or local
    answers: bool = True
    has_left: bool = False  # pictures at the other place


def workers(member: Membership) -> list[WorkerRow]:
    """The workers heard of within a day, with the trainings that each does for this workspace. One query."""
    held = TrainingRun.objects.visible_to(member).active().filter(lease_id__isnull=False)
    runs = list(held.select_related("task"))
    return [
        WorkerRow(worker, [run for run in runs if run.worker == worker.name])
        for worker in heartbeats.workers()
    ]


def sweeps(ends: Mapping[str, datetime | None]) -> list[Sweep]:
    """Every periodic job, the most frequent first. `ends`: when each last ended."""
    rows = [
        Sweep(name.removeprefix("annotator."), interval.total_seconds(), ends[name])
        for name, interval in heartbeats.periodic_jobs().items()
    ]
    return sorted(rows, key=lambda row: (row.interval_seconds, row.name))


def queue_lengths() -> dict[str, int] | None:
    """Messages that wait in each queue; None while Redis does not answer."""
    names = {str(route["queue"]) for route in settings.CELERY_TASK_ROUTES.values()}
    options = {
        "socket_timeout": BROKER_TIMEOUT_SECONDS,
        "socket_connect_timeout": BROKER_TIMEOUT_SECONDS,
    }
    options = {**settings.CELERY_BROKER_TRANSPORT_OPTIONS, **options, "max_retries": 0}
    try:
        with Connection(settings.CELERY_BROKER_URL, transport_options=options) as connection:
            client = connection.channel().client
            return {
                name: int(client.llen(name))
                for name in sorted(names | {current_app.conf.task_default_queue})
            }
    except (KombuError, RedisError, OSError):
        return None


def backlogs(member: Membership) -> list[Backlog]:
    """What of this workspace waits for a worker, from the database alone. Four queries."""
    now = timezone.now()
    waiting: list[tuple[str, QuerySet[Any], str]] = [
        ("Deliveries to send", Delivery.objects.visible_to(member).due(), "next_at"),
        ("Mirror runs", MirrorRun.objects.visible_to(member).active(), "created_at"),
        ("Imports", ImageImport.objects.visible_to(member).awaiting_work(), "created_at"),
        (
            "Trainings",
            TrainingRun.objects.visible_to(member).filter(state=TrainingRun.State.QUEUED),
            "requested_at",
        ),
    ]
    rows = []
    for label, queryset, since in waiting:
        values = queryset.order_by().values_list("pk", since)[:1000]
        moments = [moment or now for _, moment in values]
        rows.append(Backlog(label, len(moments), min(moments, default=None)))
    return rows


def disk() -> Disk:
    """The disk that DATA_DIR lies on."""
    usage = shutil.disk_usage(settings.DATA_DIR)
    return Disk(usage.free, usage.total)


def storage() -> Storage:
    """Where pictures and exports lie. What asks the bucket is kept for BUCKET_SECONDS."""
    if not files.has_bucket():
        return Storage()
    if (looked := cache.get("system:bucket")) is None:
        looked = _look_at_bucket()
        cache.set("system:bucket", looked, BUCKET_SECONDS)
    answers, has_left = looked
    place = settings.S3_ENDPOINT or "Amazon"
    return Storage(
        settings.S3_BUCKET, place, settings.S3_LINK_SECONDS, settings.STORAGE, answers, has_left
    )


def _look_at_bucket() -> tuple[bool, bool]:
    """(whether the bucket answers, whether pictures wait to be moved)."""
    waiting = folder.entries if files.uses_bucket() else files.entries_in_bucket
    try:
        files.bucket().check()
        return True, next(waiting("originals"), None) is not None
    except OSError:
        return False, False


def last_backup_at() -> datetime | None:
    """When `manage.py backup` last came to its end; None when it never did."""
    try:
        return datetime.fromisoformat(Path(settings.DATA_DIR, "last_backup").read_text().strip())
    except (OSError, ValueError):
        return None
