"""Images, detection labels and detection objects."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable
from functools import cache
from typing import Any

from django.db import models
from django.urls import reverse
from django.utils import timezone

from annotator.accounts.models import Membership, User, Workspace
from annotator.accounts.roles import MATRIX, Action, visible
from annotator.connections.models import MirroredModel, one_copy
from annotator.leases import reached
from annotator.names import NameField, SearchableName

SOME_ID = uuid.UUID(int=0)


@cache
def _example(view: str, *kind: str) -> str:
    """The view's address for SOME_ID and the file NAME."""
    return reverse(view, args=[SOME_ID, *kind, "NAME"])


def address(view: str, row_id: Any, *kind_and_name: str) -> str:
    """As `reverse`, but faster: a page has hundreds of pictures."""
    *kind, name = kind_and_name
    return _example(view, *kind).replace(str(SOME_ID), str(row_id)).replace("NAME", name)


class ImageQuerySet(models.QuerySet["Image"]):
    """Images by who may see them and what is known of their files."""

    def visible_to(self, member: Membership) -> ImageQuerySet:
        """The images of the member's workspace."""
        return visible(self.filter(workspace=member.workspace_id), member)

    def open_to(self, user: User) -> ImageQuerySet:
        """The images of every workspace that the person is a member of: a file's address is opened
        whichever workspace is chosen.
        """
        return self.filter(
            workspace__memberships__user=user,
            workspace__memberships__role__in=MATRIX[Action.READ].roles,
        )

    def awaiting_fetch(self) -> ImageQuerySet:
        """Mirrored images whose file is still on the remote, those due for a try now."""
        is_due = models.Q(fetch_after=None) | reached("fetch_after")
        return self.filter(is_due, state=Image.State.PENDING)


class Image(SearchableName, MirroredModel):
    """One picture of a workspace.

    `sha256` names the stored file: upright, without metadata (EXIF, GPS, comments). `source_sha256` is
    that of the bytes that were sent, so that the same upload is recognised.
    """

    class State(models.TextChoices):
        """Whether the file is here."""

        STORED = "stored", "Stored"
        PENDING = "pending", "Waiting for its file"  # mirrored, not fetched yet
        MISSING = (
            "missing",
            "File missing",
        )  # the remote has none, or it is not a picture, or damaged

    NAME_LENGTH, PATH_LENGTH, ADDRESS_LENGTH = 255, 1000, 2000  # characters
    EXTENSIONS = {"jpeg": "jpg", "png": "png", "webp": "webp"}  # of the formats that are stored

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(
        Workspace,
        on_delete=models.CASCADE,
        related_name="images",
        db_index=False,  # image_newest begins with it
    )
    state = models.CharField(max_length=8, choices=State, default=State.STORED)
    sha256 = models.CharField(max_length=64, blank=True, editable=False)
    source_sha256 = models.CharField(max_length=64, blank=True, editable=False)
    format = models.CharField(max_length=8, blank=True, editable=False)  # jpeg, png or webp
    width_px = models.PositiveIntegerField(null=True, editable=False)
    height_px = models.PositiveIntegerField(null=True, editable=False)
    size_bytes = models.PositiveBigIntegerField(null=True, editable=False)
    name = NameField(max_length=NAME_LENGTH, blank=True)  # the file's name when it was sent
    # Its path when it was sent, with its folders and zip; empty where none came along.
    path = models.CharField(max_length=PATH_LENGTH, blank=True, editable=False)
    test_image = models.BooleanField(default=False)
    meta_data = models.JSONField(default=dict, blank=True)
    source_url = models.URLField(
        max_length=ADDRESS_LENGTH, blank=True, editable=False
    )  # where a mirrored file is fetched
    fetch_attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    fetch_after = models.DateTimeField(null=True, editable=False)
    fetch_error = models.CharField(max_length=500, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now)

    objects = ImageQuerySet.as_manager()

    reading_note = ""  # what its file's reader said just now; not kept

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
            models.Index(fields=["sha256"], name="image_content"),  # asked by the sweep
            models.Index(
                fields=["fetch_after"],
                condition=models.Q(state="pending"),
                name="image_awaiting_fetch",
            ),
        ]

    def __str__(self) -> str:
        return self.name or str(self.id)

    @property
    def is_stored(self) -> bool:
        """Whether there is a file to show."""
        return self.state == Image.State.STORED

    @property
    def extension(self) -> str:
        """Of the stored file: jpg, png or webp."""
        return self.EXTENSIONS[self.format]

    @property
    def thumb_url(self) -> str:
        """512 px on the longer side at most."""
        return self._url("thumb", "webp")

    @property
    def mini_url(self) -> str:
        """256 px on the longer side at most."""
        return self._url("mini", "webp")

    @property
    def medium_url(self) -> str:
        """1,024 px on the longer side at most: what a labeling page on a small screen shows."""
        return self._url("medium", "webp")

    @property
    def preview_url(self) -> str:
        """1,600 px on the longer side at most."""
        return self._url("preview", "webp")

    @property
    def original_url(self) -> str:
        """All its pixels."""
        return self._url("original", self.extension if self.is_stored else "")

    def _url(self, kind: str, extension: str) -> str:
        """The address names the content, so that a browser may keep it for ever; a picture whose file
        is missing has an address too, which shows a placeholder and later redirects to the file.
        """
        return file_address(kind, self.pk, self.sha256 if self.is_stored else "", extension)


def file_address(kind: str, image_id: Any, sha256: str, extension: str) -> str:
    """The address of an image's file; `sha256` is empty where there is none here."""
    name = f"{sha256}.{extension}" if sha256 else "awaited.svg"
    return address("images:file", image_id, kind, name)


class DetectionLabelQuerySet(models.QuerySet["DetectionLabel"]):
    """Labels by who may see them."""

    def visible_to(self, member: Membership) -> DetectionLabelQuerySet:
        """The labels of the member's workspace."""
        return visible(self.filter(workspace=member.workspace_id), member)


class DetectionLabel(SearchableName, MirroredModel):
    """A class of detection objects, such as “car”."""

    NAME_LENGTH = 200

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(
        Workspace, on_delete=models.CASCADE, related_name="detection_labels"
    )
    name = NameField(max_length=NAME_LENGTH)
    description = models.TextField(blank=True, default="")
    color = models.CharField(max_length=7, default="#4477AA")  # #RRGGBB
    output_name = models.CharField(max_length=NAME_LENGTH, blank=True, default="")
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
        return visible(self.filter(image__workspace=member.workspace_id), member)

    def open_to(self, user: User) -> DetectionObjectQuerySet:
        """The objects on the images of every workspace that the person is a member of."""
        return self.filter(
            image__workspace__memberships__user=user,
            image__workspace__memberships__role__in=MATRIX[Action.READ].roles,
        )


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
        return wire_box((self.xmin, self.ymin, self.xmax, self.ymax))

    @property
    def crop_url(self) -> str:
        """The object cut out of its image, 512 px at most. Needs `image` loaded."""
        if not self.image.is_stored:
            return self.image.thumb_url
        return crop_address(self.pk, self.image.sha256, self.bbox)


def wire_box(corners: Iterable[float]) -> list[float]:
    """The corners with whole numbers as int, as the wire has them."""
    return [int(corner) if corner == int(corner) else corner for corner in corners]


def crop_address(object_id: Any, sha256: str, bbox: list[float]) -> str:
    """The address of an object that is cut out of the image with this content."""
    name = hashlib.sha256(f"{sha256}:{bbox}".encode()).hexdigest()
    return address("images:crop", object_id, f"{name}.webp")
