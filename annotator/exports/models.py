"""Exports that a worker writes, and their files."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.db import models
from django.utils import timezone
from django.utils.text import slugify

from annotator.accounts.models import Membership, User
from annotator.accounts.roles import Action, visible
from annotator.datasets.models import Dataset
from annotator.leases import Cancellable, CancellableQuerySet
from annotator.snapshots.models import Snapshot
from annotator.storage import files as stored

MEASURED_SECONDS = 2  # of writing before a rate is shown


class ExportJobQuerySet(CancellableQuerySet["ExportJob"]):
    """Exports by who may see them and whether they have ended."""

    def visible_to(self, member: Membership) -> ExportJobQuerySet:
        """The exports of the workspace's datasets."""
        rows = self.filter(dataset__workspace=member.workspace_id, dataset__removed_at=None)
        return visible(rows, member, Action.EXPORT)

    def expired(self) -> ExportJobQuerySet:
        """Those whose file has had its time."""
        return self.filter(state=ExportJob.State.DONE, expires_at__lte=timezone.now())


class ExportJob(Cancellable):
    """One export that a worker writes to a file, which is kept until `expires_at`."""

    LEASE = timedelta(seconds=180)  # longer than the largest picture, or the end of a workbook

    class State(models.TextChoices):
        """Where it stands."""

        QUEUED = "queued", "Queued"
        RUNNING = "running", "Writing"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"
        EXPIRED = "expired", "Deleted"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="exports")
    format = models.CharField(max_length=40, blank=True)  # empty: a snapshot and nothing else
    query = models.TextField(blank=True)  # what goes in, as in the page's address
    host = models.CharField(max_length=300, blank=True)  # https://name[:port], for links
    # What it is made from; with `snapshot_name` it is made first, from the dataset as it is then.
    snapshot = models.ForeignKey(Snapshot, on_delete=models.CASCADE, null=True, related_name="+")
    snapshot_name = models.CharField(max_length=Snapshot.NAME_LENGTH, blank=True)
    state = models.CharField(max_length=9, choices=State, default=State.QUEUED)
    requested_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    total = models.PositiveIntegerField(default=0)  # samples that were chosen
    done = models.PositiveIntegerField(default=0)  # of them, those left out included
    pictures = models.PositiveIntegerField(default=0)  # that are to be copied
    pictures_done = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict, blank=True)  # samples by train, test, left_out
    size_bytes = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    error = models.TextField(blank=True)

    objects = ExportJobQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "id"]
        indexes = [models.Index(fields=["state", "created_at"], name="exportjob_by_state")]

    def __str__(self) -> str:
        return f"Export of {self.dataset}"

    @property
    def stored_name(self) -> str:
        """The file, once it is done, for `annotator.storage.files`."""
        return f"exports/{self.pk}.zip"

    @property
    def file_name(self) -> str:
        """What a download is called."""
        name = self.dataset.name if self.snapshot is None else self.snapshot.name
        return f"{slugify(name) or 'dataset'}-{self.format}.zip"

    @property
    def is_downloadable(self) -> bool:
        """Whether the file is there and has not expired."""
        is_kept = self.expires_at is not None and self.expires_at > timezone.now()
        return self.state == self.State.DONE and is_kept and stored.exists(self.stored_name)

    @property
    def samples_per_second(self) -> float | None:
        """While samples are written; None before it can be measured."""
        seconds = self._seconds()
        return self.done / seconds if seconds and self.done < self.total else None

    @property
    def seconds_left(self) -> float | None:
        """An estimate, from what has been written so far: samples first, then pictures."""
        seconds = self._seconds()
        if not seconds:
            return None
        done, total = (
            (self.pictures_done, self.pictures) if self.pictures_done else (self.done, self.total)
        )
        # More samples may have come since they were counted.
        return seconds * max(total - done, 0) / done if done else None

    def _seconds(self) -> float:
        """Of writing so far; 0 before a rate means anything, and after the end."""
        if self.started_at is None or not self.is_active:
            return 0
        seconds = (timezone.now() - self.started_at).total_seconds()
        return seconds if seconds >= MEASURED_SECONDS else 0
