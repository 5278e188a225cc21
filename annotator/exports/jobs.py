"""Celery entry points of the room."""

from __future__ import annotations

import logging
import threading
import time
from pathlib import Path

from celery import shared_task
from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError
from django.utils import timezone

from annotator.errors import AnnotatorError
from annotator.exports import writing
from annotator.exports.models import ExportJob
from annotator.leases import LeaseLost
from annotator.queueing import enqueue_on_commit
from annotator.snapshots.models import Snapshot
from annotator.storage import files as stored

log = logging.getLogger(__name__)
State = ExportJob.State
LEFTOVER_SECONDS = 24 * 3600  # after which a file that no row needs is deleted
BUCKET_SECONDS = 3600  # between two looks at the exports of the bucket
_one_at_a_time = threading.Lock()  # the machine has few processors to give


# Early acknowledgement: a long job would be given to a second worker after the visibility timeout.
@shared_task(acks_late=False, reject_on_worker_lost=False, time_limit=None, soft_time_limit=None)
def write_export(job_id: str) -> None:
    """Write one export, if it waits and this worker writes no other. Idempotent: it begins anew."""
    if not _one_at_a_time.acquire(blocking=False):
        return  # the sweep enqueues it again
    try:
        _write(job_id)
    finally:
        _one_at_a_time.release()


def _write(job_id: str) -> None:
    now = timezone.now()
    fresh = {"done": 0, "pictures": 0, "pictures_done": 0, "started_at": now}
    waiting = ExportJob.objects.filter(pk=job_id).active()
    job = waiting.select_related("dataset", "snapshot").take_one(state=State.RUNNING, **fresh)
    if job is None:
        return
    try:
        writing.write(job)
    except LeaseLost:
        log.warning("export %s was taken over by another worker", job_id)
    except writing.Cancelled:
        stored.remove(job.stored_name)  # it may be whole already
        job.release(state=State.CANCELLED, ended_at=timezone.now())
    except (AnnotatorError, DatabaseError, OSError, ValueError, KeyError) as error:
        log.exception("export %s failed", job_id)
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        job.release(state=State.FAILED, ended_at=timezone.now(), error=reason[:5000])


def enqueue(job: ExportJob) -> None:
    """Enqueue a requested export once its transaction is committed."""
    enqueue_on_commit(write_export, str(job.pk))


@shared_task
def sweep() -> None:
    """Enqueue the exports that wait or whose worker died; delete files that have had their time."""
    ExportJob.objects.end_lost()
    for job in ExportJob.objects.active().free().order_by("created_at")[:20]:
        enqueue(job)
    for job in ExportJob.objects.expired()[:100]:
        ExportJob.objects.filter(pk=job.pk, state=State.DONE).update(state=State.EXPIRED)
        stored.remove(job.stored_name)
    remove_leftovers()


def remove_leftovers() -> int:
    """Delete old files that no row needs: of a worker that died, or of a dataset that was deleted."""
    zips = [path for path in Path(settings.EXPORTS_ROOT).glob("*") if _is_old(path)]
    snapshots = [path for path in Path(settings.SNAPSHOTS_ROOT).glob("*") if _is_old(path)]
    done = ExportJob.objects.filter(state=State.DONE).values_list("pk", flat=True)
    kept = {f"{pk}.zip" for pk in done}
    kept |= {f"{pk}.jsonl.gz" for pk in Snapshot.objects.values_list("pk", flat=True)}
    leftovers = [path for path in (*zips, *snapshots) if path.name not in kept]
    for path in leftovers:
        path.unlink(missing_ok=True)
    return len(leftovers) + _remove_from_bucket(kept)


def _remove_from_bucket(kept: set[str]) -> int:
    """The same in the bucket, once an hour: each look is a call."""
    if not stored.has_bucket() or not cache.add("exports:bucket-swept", True, BUCKET_SECONDS):
        return 0
    before = time.time() - LEFTOVER_SECONDS
    leftovers = [
        entry.name
        for entry in stored.entries_in_bucket("exports")
        if entry.changed_at < before and entry.name.removeprefix("exports/") not in kept
    ]
    for name in leftovers:
        stored.bucket().remove(name)
    return len(leftovers)


def _is_old(path: Path) -> bool:
    try:
        return path.stat().st_mtime < time.time() - LEFTOVER_SECONDS
    except FileNotFoundError:
        return False
