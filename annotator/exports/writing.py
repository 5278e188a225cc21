"""Writes an export to its file, and tells how far it is."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import QueryDict
from django.utils import timezone

from annotator.datasets.models import Dataset, Sample
from annotator.errors import BadInput
from annotator.exports.export import Export
from annotator.exports.formats import FORMATS
from annotator.exports.models import ExportJob
from annotator.exports.selection import FORM_FIELDS, canonical_query, read_selection
from annotator.snapshots.actions import write as write_snapshot
from annotator.snapshots.files import SnapshotFile
from annotator.snapshots.models import Snapshot
from annotator.storage import files as stored
from annotator.storage.folder import path_of

RENEW_SECONDS = 1.0  # between two reports of progress


class Cancelled(Exception):
    """A person wants the export to stop."""


def export_for(
    dataset: Dataset,
    *,
    format_name: str,
    query: str,
    host: str = "",
    snapshot: Snapshot | None = None,
) -> Export:
    """The export that these choices mean, of the dataset or of a snapshot of it.

    BadInput for a selection that makes no sense (any more).
    """
    file = None if snapshot is None else SnapshotFile(snapshot.path)
    variables = list(dataset.variables.live()) if file is None else file.variables
    selection = read_selection(QueryDict(query), variables)
    read = dataset if file is None else file.dataset
    export = FORMATS[format_name](read, selection, host=host, snapshot=file)
    if export.problem:
        raise BadInput(export.problem)
    return export


def write_file(export: Export, target: Path, report: ExportJob | None = None) -> tuple[int, str]:
    """Write the zip; it gets its name when it is whole. The size in bytes and the SHA-256.

    `report` is the leased job that is renewed meanwhile. Raises OSError, Cancelled and LeaseLost; then no
    part of the file is left.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.part")
    digest, size, reported_at = hashlib.sha256(), 0, time.monotonic()
    try:
        with part.open("wb") as file:
            for block in export.stream():
                file.write(block)
                digest.update(block)
                size += len(block)
                if report is not None and time.monotonic() - reported_at >= RENEW_SECONDS:
                    progress(report, export)
                    reported_at = time.monotonic()
            file.flush()
            os.fsync(file.fileno())
        part.rename(target)
    finally:
        part.unlink(missing_ok=True)
    return size, digest.hexdigest()


def _holding(job: ExportJob) -> Callable[[int], None]:
    """Holds the lease while the file is sent. Raises Cancelled and LeaseLost."""
    held_at = time.monotonic()

    def watch(_: int) -> None:
        nonlocal held_at
        if time.monotonic() - held_at >= RENEW_SECONDS:
            hold(job)
            held_at = time.monotonic()

    return watch


def progress(job: ExportJob, export: Export) -> None:
    """Write how far it is and hold the lease. Raises Cancelled and LeaseLost."""
    hold(
        job,
        done=sum(export.counts.values()),
        pictures=len(export.images),
        pictures_done=export.pictures_written,
        counts=export.counts,
    )


def hold(job: ExportJob, **fields: Any) -> None:
    """Write `fields` and hold the lease. Raises Cancelled and LeaseLost."""
    if job.is_cancel_requested():
        raise Cancelled
    job.renew(losses=0, **fields)


def write(job: ExportJob) -> None:
    """Write the job's snapshot and its file. Raises BadInput, OSError, Cancelled and LeaseLost."""
    dataset = Dataset.objects.with_prompts().get(pk=job.dataset_id)
    if job.snapshot_name and job.snapshot is None:
        write_snapshot_of(dataset, job)
    ended: dict[str, Any] = {"state": ExportJob.State.DONE, "snapshot": job.snapshot}
    if job.format:
        query = job.query if not job.snapshot_name else snapshot_query(job.query)
        export = export_for(
            dataset, format_name=job.format, query=query, host=job.host, snapshot=job.snapshot
        )
        path = path_of(job.stored_name)  # of the data folder, from where a bucket takes it
        size, sha256 = write_file(export, path, job)
        progress(job, export)
        stored.save(job.stored_name, path, watch=_holding(job))
        expires = timezone.now() + timedelta(hours=settings.EXPORT_KEEP_HOURS)
        ended |= {"size_bytes": size, "sha256": sha256, "expires_at": expires}
    job.release(ended_at=timezone.now(), **ended)


def write_snapshot_of(dataset: Dataset, job: ExportJob) -> None:
    """Keep the samples that the job has chosen, as they are now, as its snapshot."""
    selection = read_selection(QueryDict(job.query), list(dataset.variables.live()))
    if selection.problems:
        raise BadInput(" ".join(selection.problems))
    reported_at = time.monotonic()

    def watch(number: int) -> None:
        nonlocal reported_at
        if time.monotonic() - reported_at >= RENEW_SECONDS:
            hold(job, done=number)
            reported_at = time.monotonic()

    snapshot = write_snapshot(
        dataset,
        selection.narrow(Sample.objects.in_dataset(dataset)),
        name=job.snapshot_name,
        made_by=Snapshot.MadeBy.EXPORT if job.format else Snapshot.MadeBy.HAND,
        by=job.requested_by,
        query=job.query,
        watch=watch,
    )
    with transaction.atomic():  # whoever takes the job over makes no second one
        snapshot.save()
        hold(job, snapshot=snapshot)


def snapshot_query(query: str) -> str:
    """What of a selection is left to choose once its samples are in a snapshot."""
    params = QueryDict(query, mutable=True)
    for name in [name for name in params if name not in FORM_FIELDS]:
        del params[name]
    return canonical_query(params)
