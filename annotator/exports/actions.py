"""Exports are requested, cancelled and deleted."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import QueryDict

from annotator.accounts import audit
from annotator.accounts.models import User
from annotator.datasets.models import Dataset
from annotator.errors import BadInput, WrongState
from annotator.exports.formats import FORMATS, FORMER_NAMES
from annotator.exports.models import ExportJob
from annotator.exports.selection import read_selection
from annotator.exports.writing import export_for
from annotator.snapshots.models import Snapshot
from annotator.storage import files as stored

State = ExportJob.State


@transaction.atomic
def start(
    dataset: Dataset,
    *,
    by: User | None,
    format_name: str = "",
    query: str = "",
    host: str = "",
    snapshot: Snapshot | None = None,
    snapshot_name: str = "",
) -> ExportJob:
    """Request an export of the dataset, or of a snapshot of it; with `snapshot_name` one is made first.

    The caller enqueues it, and the sweep finds one whose message was lost. Raises BadInput for a format or a
    selection that there isn't, or when no sample is chosen.
    """
    name = FORMER_NAMES.get(format_name, format_name) or next(iter(FORMATS))
    if name not in FORMATS:
        raise BadInput(f"There is no export format “{name}”. Choose one of: {', '.join(FORMATS)}.")
    export = export_for(dataset, format_name=name, query=query, host=host, snapshot=snapshot)
    total = export.selection.count(dataset) if snapshot is None else snapshot.samples
    return _request(
        dataset,
        by=by,
        total=total,
        format=name,
        query=export.selection.query,
        host=host,
        snapshot=snapshot,
        snapshot_name=snapshot_name.strip()[: Snapshot.NAME_LENGTH],
    )


@transaction.atomic
def start_snapshot(dataset: Dataset, *, by: User | None, name: str, query: str = "") -> ExportJob:
    """Request a snapshot of the chosen samples, and nothing else. Raises BadInput as `start`."""
    if not name.strip():
        raise BadInput("Give the snapshot a name.")
    selection = read_selection(QueryDict(query), list(dataset.variables.live()))
    if selection.problems:
        raise BadInput(" ".join(selection.problems))
    return _request(
        dataset,
        by=by,
        total=selection.count(dataset),
        query=selection.query,
        snapshot_name=name.strip()[: Snapshot.NAME_LENGTH],
    )


def _request(dataset: Dataset, *, by: User | None, total: int, **fields: Any) -> ExportJob:
    if not total:
        raise BadInput("No sample is chosen: there is nothing to export.")
    job = ExportJob.objects.create(dataset=dataset, requested_by=by, total=total, **fields)
    audit.record(
        "export.start", workspace=dataset.workspace, by=by, target=dataset, format=job.format
    )
    return job


def delete_snapshot(snapshot: Snapshot, *, by: User | None) -> None:
    """Delete it and its file, with the exports that were made from it."""
    dataset = snapshot.dataset
    audit.record("snapshot.delete", workspace=dataset.workspace, by=by, target=snapshot)
    path = snapshot.path
    snapshot.delete()
    path.unlink(missing_ok=True)


def cancel(job: ExportJob, *, by: User | None) -> None:
    """Request that it stops; one that no worker has ends at once. WrongState when it has ended."""
    if not job.request_cancel():
        raise WrongState("This export has ended, or is being stopped already.")
    audit.record("export.cancel", workspace=job.dataset.workspace, by=by, target=job.dataset)


def delete(job: ExportJob, *, by: User | None) -> None:
    """Delete the file before its time. WrongState when there is none."""
    with transaction.atomic():
        if not ExportJob.objects.filter(pk=job.pk, state=State.DONE).update(state=State.EXPIRED):
            raise WrongState("This export has no file, or is still being written.")
        audit.record("export.delete", workspace=job.dataset.workspace, by=by, target=job.dataset)
    stored.remove(job.stored_name)  # where that fails, the sweep does it after a day
