"""An import of image files, with a row per file."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.core.validators import MaxValueValidator
from django.db import models
from django.utils import timezone

from annotator.accounts.models import Membership, User
from annotator.accounts.roles import visible
from annotator.datasets.models import Dataset, Sample
from annotator.images.models import Image
from annotator.imports.models.addresses import FromAddress
from annotator.leases import LeasedQuerySet


class ImageImportQuerySet(LeasedQuerySet["ImageImport"]):
    """Imports by who may see them."""

    def visible_to(self, member: Membership) -> ImageImportQuerySet:
        """The imports into datasets of the member's workspace."""
        imports = self.filter(
            dataset__workspace=member.workspace_id, dataset__removed_at=None
        ).select_related("dataset")
        return visible(imports, member)

    def active(self) -> ImageImportQuerySet:
        """Those that a worker works on, or should."""
        return self.filter(state__in=ImageImport.WORKING)

    def awaiting_work(self) -> ImageImportQuerySet:
        """Those of them that no worker holds."""
        return self.active().free()


class ImageImport(FromAddress):
    """Many image files that become samples of one dataset."""

    LEASE = timedelta(seconds=60)  # longer than the largest image takes

    class Grouping(models.TextChoices):
        """What makes one sample of several pictures."""

        EACH = "each", "Each picture"
        PREFIX = "prefix", "Pictures whose names begin alike (card7_front, card7_back)"
        FOLDER = "folder", "All pictures of one folder"

    class State(models.TextChoices):
        """Where it stands."""

        RECEIVING = "receiving", "Receiving files"
        FETCHING = "fetching", "Downloading"
        RUNNING = "running", "Reading pictures"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    WORKING = (State.FETCHING, State.RUNNING)
    OPEN = (State.RECEIVING, *WORKING)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="imports")
    grouping = models.CharField(max_length=6, choices=Grouping, default=Grouping.EACH)
    test_percent = (
        models.PositiveSmallIntegerField(  # of a hundred new samples, how many are for tests
            default=0, validators=[MaxValueValidator(100)]
        )
    )
    state = models.CharField(max_length=9, choices=State, default=State.RECEIVING)
    passed_over = models.PositiveIntegerField(
        default=0
    )  # hidden and system files that were left out
    started_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)  # of reading
    ended_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=500, blank=True)  # why it failed

    objects = ImageImportQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(test_percent__lte=100), name="imageimport_test_share"
            )
        ]

    def __str__(self) -> str:
        return f"Import into {self.dataset}"

    @property
    def is_open(self) -> bool:
        """Whether it has not ended."""
        return self.state in self.OPEN

    @property
    def is_fetching(self) -> bool:
        """Whether its file is downloaded."""
        return self.state == self.State.FETCHING

    @property
    def is_working(self) -> bool:
        """Whether a worker works on it, or should."""
        return self.state in self.WORKING


class ImportedFile(models.Model):
    """One file of an import, and its result."""

    class State(models.TextChoices):
        """Its result."""

        WAITING = "waiting", "Waiting"
        STORED = "stored", "Stored"
        ALREADY = "already", "Already here"
        REFUSED = "refused", "Refused"

    PATH_LENGTH = 1000  # characters

    image_import = models.ForeignKey(
        ImageImport,
        on_delete=models.CASCADE,
        related_name="files",
        db_index=False,  # importedfile_by_state begins with it
    )
    path = models.CharField(max_length=PATH_LENGTH)  # as it is shown, with its subfolders
    # As it was sent: the same name again is the same file. Empty for what was in a zip.
    sent_path = models.CharField(max_length=PATH_LENGTH, blank=True)
    # Where the bytes wait: a name in the import's folder, or an absolute path that the command was given.
    spool = models.CharField(max_length=PATH_LENGTH, blank=True)
    entry = models.CharField(
        max_length=PATH_LENGTH, blank=True
    )  # its name within a zip, as `zipfile` has it
    entry_number = models.PositiveIntegerField(
        null=True
    )  # its place in the zip: names may be equal
    archive = models.CharField(max_length=PATH_LENGTH, blank=True)  # the path of the zip
    encoding = models.CharField(max_length=20, blank=True)  # of its name, where that was guessed
    # Workers that began to read it: one that kills them is refused.
    attempts = models.PositiveSmallIntegerField(default=0)
    size_bytes = models.PositiveBigIntegerField(default=0)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    reason = models.CharField(max_length=500, blank=True)
    image = models.ForeignKey(Image, on_delete=models.SET_NULL, null=True, related_name="+")
    sample = models.ForeignKey(Sample, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ["path", "id"]
        constraints = [
            models.UniqueConstraint(fields=["image_import", "path"], name="importedfile_once"),
            models.UniqueConstraint(
                fields=["image_import", "sent_path"],
                condition=~models.Q(sent_path=""),
                name="importedfile_sent_once",
            ),
        ]
        indexes = [models.Index(fields=["image_import", "state"], name="importedfile_by_state")]

    @property
    def is_stored(self) -> bool:
        """Whether it became a picture of a sample; then `reason` says how it was read."""
        return self.state == self.State.STORED
