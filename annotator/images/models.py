"""Images, named by their content, and what was found on them."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone

from annotator.accounts.models import Membership, Workspace
from annotator.connections.models import MirroredModel, one_copy


class ImageQuerySet(models.QuerySet["Image"]):
    """Images by who may see them and what is known of their files."""

    def visible_to(self, member: Membership) -> ImageQuerySet:
        """The images of the member's workspace."""
        return self.filter(workspace=member.workspace_id)

    def awaiting_fetch(self) -> ImageQuerySet:
        """Mirrored images whose file is still on the remote, those due for a try now."""
        now = timezone.now()
        return self.filter(state=Image.State.PENDING).filter(
            models.Q(fetch_after=None) | models.Q(fetch_after__lte=now)
        )


class Image(MirroredModel):
    """One picture of a workspace.

    `sha256` names the stored file: upright, without metadata (EXIF, GPS, comments). `source_sha256` is
    that of the bytes that were sent, so that the same upload is recognised.
    """

    class State(models.TextChoices):
        """Whether the file is here."""

        STORED = "stored", "Stored"
        PENDING = "pending", "Waiting for its file"  # mirrored, not fetched yet
        MISSING = "missing", "File missing"  # the remote has none, or it is no picture

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="images")
    state = models.CharField(max_length=8, choices=State, default=State.STORED)
    sha256 = models.CharField(max_length=64, blank=True, editable=False)
    source_sha256 = models.CharField(max_length=64, blank=True, editable=False)
    format = models.CharField(max_length=8, blank=True, editable=False)  # jpeg, png or webp
    width_px = models.PositiveIntegerField(null=True, editable=False)
    height_px = models.PositiveIntegerField(null=True, editable=False)
    size_bytes = models.PositiveBigIntegerField(null=True, editable=False)
    name = models.CharField(max_length=255, blank=True)  # the file's name when it was sent
    test_image = models.BooleanField(default=False)
    meta_data = models.JSONField(default=dict, blank=True)
    source_url = models.URLField(
        max_length=2000, blank=True, editable=False
    )  # where a mirrored file is fetched
    fetch_attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    fetch_after = models.DateTimeField(null=True, editable=False)
    fetch_error = models.CharField(max_length=500, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now)

    objects = ImageQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            one_copy("image"),
            models.UniqueConstraint(
                fields=["workspace", "source_sha256"],
                condition=models.Q(remote_key__isnull=True),
                name="image_sent_once",
            ),
        ]
        indexes = [
            models.Index(fields=["workspace", "created_at", "id"], name="image_newest"),
            models.Index(fields=["workspace", "sha256"], name="image_content"),
            models.Index(
                fields=["fetch_after"],
                condition=models.Q(state="pending"),
                name="image_awaiting_fetch",
            ),
        ]

    def __str__(self) -> str:
        return self.name or str(self.id)


class DetectionLabelQuerySet(models.QuerySet["DetectionLabel"]):
    """Labels by who may see them."""

    def visible_to(self, member: Membership) -> DetectionLabelQuerySet:
        """The labels of the member's workspace."""
        return self.filter(workspace=member.workspace_id)


class DetectionLabel(MirroredModel):
    """The name of a kind of thing that detection finds."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(
        Workspace, on_delete=models.CASCADE, related_name="detection_labels"
    )
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True, default="")
    color = models.CharField(max_length=7, default="#4477AA")  # #RRGGBB
    output_name = models.CharField(max_length=200, blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now)

    objects = DetectionLabelQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [one_copy("detectionlabel")]

    def __str__(self) -> str:
        return self.name


class DetectionObjectQuerySet(models.QuerySet["DetectionObject"]):
    """Objects by who may see them."""

    def visible_to(self, member: Membership) -> DetectionObjectQuerySet:
        """The objects on the images of the member's workspace."""
        return self.filter(image__workspace=member.workspace_id)


class DetectionObject(MirroredModel):
    """A box on an image, with its label. Corners in pixels of the upright image."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    image = models.ForeignKey(Image, on_delete=models.CASCADE, related_name="detection_objects")
    label = models.ForeignKey(
        DetectionLabel, on_delete=models.CASCADE, related_name="detection_objects"
    )
    # Columns of other names: PostgreSQL has an xmin and an xmax of its own in every table.
    xmin = models.FloatField(db_column="box_xmin")
    ymin = models.FloatField(db_column="box_ymin")
    xmax = models.FloatField(db_column="box_xmax")
    ymax = models.FloatField(db_column="box_ymax")
    meta_data = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = DetectionObjectQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            one_copy("detectionobject"),
            models.CheckConstraint(
                condition=models.Q(xmax__gt=models.F("xmin"), ymax__gt=models.F("ymin")),
                name="detectionobject_has_area",
            ),
        ]

    @property
    def bbox(self) -> list[float]:
        """[xmin, ymin, xmax, ymax], whole numbers as int, as the wire has them."""
        return [int(v) if v == int(v) else v for v in (self.xmin, self.ymin, self.xmax, self.ymax)]
