"""The images and detection objects attached to samples."""

from __future__ import annotations

import uuid

from django.db import models

from annotator.connections.models import MirroredModel, one_copy
from annotator.datasets.models.sample import Sample
from annotator.images.models import DetectionObject, Image

MAX_OBJECTS = 10  # detection objects per sample: docs/platform.md R-S19


class SampleImage(MirroredModel):
    """An image in a sample, at its place."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sample = models.ForeignKey(
        Sample,
        on_delete=models.CASCADE,
        related_name="sample_images",
        db_index=False,  # sampleimage_once begins with it
    )
    image = models.ForeignKey(Image, on_delete=models.PROTECT, related_name="sample_images")
    order = models.PositiveIntegerField(default=0)  # from 0
    text = models.TextField(null=True, blank=True)  # null on the wire
    resize = models.CharField(max_length=100, null=True, blank=True)
    meta_data = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["order", "id"]
        constraints = [
            one_copy("sampleimage"),
            models.UniqueConstraint(fields=["sample", "image"], name="sampleimage_once"),
        ]


class SampleObject(MirroredModel):
    """A detection object in a sample, at its place."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sample = models.ForeignKey(
        Sample,
        on_delete=models.CASCADE,
        related_name="sample_objects",
        db_index=False,  # sampleobject_once begins with it
    )
    detection_object = models.ForeignKey(
        DetectionObject, on_delete=models.CASCADE, related_name="sample_objects"
    )
    # One of ten places, so that the limit holds however many requests come at once.
    slot = models.PositiveSmallIntegerField(editable=False)
    order = models.PositiveIntegerField(default=0)  # from 0
    text = models.TextField(null=True, blank=True)
    meta_data = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["order", "id"]
        constraints = [
            one_copy("sampleobject"),
            models.UniqueConstraint(
                fields=["sample", "detection_object"], name="sampleobject_once"
            ),
            models.UniqueConstraint(fields=["sample", "slot"], name="sampleobject_one_per_slot"),
            models.CheckConstraint(
                condition=models.Q(slot__lt=MAX_OBJECTS), name="sampleobject_at_most_ten"
            ),
        ]
