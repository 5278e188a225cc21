"""Named states of datasets, each with its file."""

from __future__ import annotations

import uuid
from pathlib import Path

from django.conf import settings
from django.db import models
from django.utils import timezone

from annotator.accounts.models import Membership, User
from annotator.accounts.roles import Action, visible
from annotator.datasets.models import Dataset


class SnapshotQuerySet(models.QuerySet["Snapshot"]):
    """Snapshots by who may see them."""

    def visible_to(self, member: Membership) -> SnapshotQuerySet:
        """The snapshots of the workspace's datasets."""
        rows = self.filter(dataset__workspace=member.workspace_id, dataset__removed_at=None)
        return visible(rows, member, Action.EXPORT)


class Snapshot(models.Model):
    """A named state of a dataset that never changes: its samples' values, prompts and schema, as they were.

    Pictures are named by their hash and not copied.
    """

    class MadeBy(models.TextChoices):
        """What it was made for."""

        HAND = "hand", "By hand"
        EXPORT = "export", "By an export"
        TRAINING = "training", "By a training"

    NAME_LENGTH = 200  # characters

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="snapshots")
    name = models.CharField(max_length=NAME_LENGTH)
    query = models.TextField(blank=True)  # which samples are in it, as in the page's address
    made_by = models.CharField(max_length=8, choices=MadeBy, default=MadeBy.HAND)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    samples = models.PositiveIntegerField(default=0)
    schema = models.CharField(max_length=16)  # version of the variables
    sha256 = models.CharField(max_length=64)  # over everything in it
    size_bytes = models.PositiveBigIntegerField(default=0)

    objects = SnapshotQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "id"]

    def __str__(self) -> str:
        return self.name

    @property
    def path(self) -> Path:
        """Its file."""
        return Path(settings.SNAPSHOTS_ROOT) / f"{self.pk}.jsonl.gz"
