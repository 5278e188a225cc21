"""Exports as the API shows them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from annotator.datasets.models import Dataset
from annotator.datasets.serializers.fields import JsonObject, RowId, wire_time
from annotator.exports.formats import FORMATS
from annotator.exports.models import ExportJob
from annotator.snapshots.models import Snapshot

LONGEST_QUERY = 4_000  # characters


class ExportShape(serializers.Serializer[ExportJob]):
    """An export that a worker writes, while it goes on and after."""

    id = serializers.UUIDField(read_only=True)
    dataset = RowId(lambda member: Dataset.objects.visible_to(member), noun="dataset")
    dataset_name = serializers.CharField(read_only=True)
    format = serializers.ChoiceField(list(FORMATS))
    select: Any = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=LONGEST_QUERY,
        help_text="What goes in, as in the address of the page: states=approved&v.grade.min=5&variable=grade"
        "&test_percent=20&seed=1&pictures=links&longest_px=1024.",
    )
    snapshot = RowId(
        lambda member: Snapshot.objects.visible_to(member),
        noun="snapshot",
        required=False,
        allow_null=True,
        help_text="Export this state of the dataset in place of the present one.",
    )
    snapshot_name: Any = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=Snapshot.NAME_LENGTH,
        write_only=True,
        help_text="Keep a snapshot of this name of what goes in, and export from it.",
    )
    state = serializers.ChoiceField(ExportJob.State.choices, read_only=True)
    created = serializers.DateTimeField(read_only=True)
    ended = serializers.DateTimeField(read_only=True, allow_null=True)
    expires = serializers.DateTimeField(
        read_only=True, allow_null=True, help_text="When the file is deleted."
    )
    total = serializers.IntegerField(read_only=True, help_text="Samples that were chosen.")
    done = serializers.IntegerField(read_only=True, help_text="Samples that were dealt with.")
    seconds_left = serializers.FloatField(read_only=True, allow_null=True)
    samples = JsonObject(read_only=True, help_text="How many train, test and are left out.")
    size_bytes = serializers.IntegerField(read_only=True)
    sha256 = serializers.CharField(read_only=True)
    error = serializers.CharField(read_only=True, help_text="Why it failed.")
    workspace = serializers.UUIDField(read_only=True)


class SnapshotShape(serializers.Serializer[Snapshot]):
    """A state of a dataset that never changes."""

    id = serializers.UUIDField()
    dataset = serializers.UUIDField()
    dataset_name = serializers.CharField()
    name = serializers.CharField()
    select = serializers.CharField(help_text="Which samples are in it.")
    created = serializers.DateTimeField()
    samples = serializers.IntegerField()
    schema = serializers.CharField(help_text="Version of the dataset's variables.")
    sha256 = serializers.CharField(help_text="Over everything that is in it.")
    made_by = serializers.ChoiceField(choices=Snapshot.MadeBy.choices)
    workspace = serializers.UUIDField()


def snapshot_row(snapshot: Snapshot) -> dict[str, Any]:
    """One snapshot, with its dataset at hand."""
    return {
        "id": snapshot.pk,
        "dataset": snapshot.dataset_id,
        "dataset_name": snapshot.dataset.name,
        "name": snapshot.name,
        "select": snapshot.query,
        "created": wire_time(snapshot.created_at),
        "samples": snapshot.samples,
        "schema": snapshot.schema,
        "sha256": snapshot.sha256,
        "made_by": snapshot.made_by,
        "workspace": snapshot.dataset.workspace_id,
    }


def export_row(job: ExportJob) -> dict[str, Any]:
    """One export, with its dataset at hand."""
    left = job.seconds_left
    return {
        "id": job.pk,
        "dataset": job.dataset_id,
        "dataset_name": job.dataset.name,
        "format": job.format,
        "select": job.query,
        "snapshot": job.snapshot_id,
        "state": job.state,
        "created": wire_time(job.created_at),
        "ended": wire_time(job.ended_at) if job.ended_at else None,
        "expires": wire_time(job.expires_at) if job.expires_at else None,
        "total": job.total,
        "done": job.done,
        "seconds_left": None if left is None else round(left, 1),
        "samples": job.counts,
        "size_bytes": job.size_bytes,
        "sha256": job.sha256,
        "error": job.error,
        "workspace": job.dataset.workspace_id,
    }
