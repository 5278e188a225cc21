"""An import of own pictures, with a line per file."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone

from annotator.accounts.models import Membership, User
from annotator.datasets.models import Dataset, Sample
from annotator.images.models import Image


class ImageImportQuerySet(models.QuerySet["ImageImport"]):
    """Imports by who may see them."""

    def visible_to(self, member: Membership) -> ImageImportQuerySet:
        """The imports into datasets of the member's workspace."""
        return self.filter(dataset__workspace=member.workspace_id)


class ImageImport(models.Model):
    """Many pictures on their way into one dataset."""

    class Grouping(models.TextChoices):
        """What makes one sample of several pictures."""

        EACH = "each", "One sample per picture"
        PREFIX = "prefix", "Pictures whose names begin alike (card7_front, card7_back)"
        FOLDER = "folder", "Pictures of one subfolder"

    class State(models.TextChoices):
        """Where it stands."""

        RECEIVING = "receiving", "Receiving files"
        RUNNING = "running", "Reading pictures"
        DONE = "done", "Done"
        CANCELLED = "cancelled", "Cancelled"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="imports")
    grouping = models.CharField(max_length=6, choices=Grouping, default=Grouping.EACH)
    as_test = models.BooleanField(default=False)
    state = models.CharField(max_length=9, choices=State, default=State.RECEIVING)
    started_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)

    objects = ImageImportQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "id"]


class ImportedFile(models.Model):
    """One file of an import, and what became of it."""

    class State(models.TextChoices):
        """What became of it."""

        WAITING = "waiting", "Waiting"
        STORED = "stored", "Stored"
        ALREADY = "already", "Already here"
        REFUSED = "refused", "Refused"

    image_import = models.ForeignKey(ImageImport, on_delete=models.CASCADE, related_name="files")
    path = models.CharField(max_length=1000)  # as it was named, with its subfolders
    spool = models.CharField(
        max_length=200, blank=True
    )  # where the bytes wait, below DATA_DIR/imports
    size_bytes = models.PositiveBigIntegerField(default=0)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    reason = models.CharField(max_length=500, blank=True)
    image = models.ForeignKey(Image, on_delete=models.SET_NULL, null=True, related_name="+")
    sample = models.ForeignKey(Sample, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ["path", "id"]
        constraints = [
            models.UniqueConstraint(fields=["image_import", "path"], name="importedfile_once")
        ]
        indexes = [models.Index(fields=["image_import", "state"], name="importedfile_by_state")]
