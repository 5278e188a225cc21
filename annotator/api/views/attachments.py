"""`/vlm/v2/sample-image/` and `/vlm/v2/sample-object/`: an image or object attached to a sample."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from rest_framework import serializers

from annotator.accounts.permissions import Action
from annotator.api.views.base import ResourceViewSet, RowActions
from annotator.datasets import actions
from annotator.datasets.models import Sample, SampleImage, SampleObject
from annotator.datasets.serializers.fields import JsonObject, WholeNumber
from annotator.datasets.serializers.sample_parts import PARTS
from annotator.datasets.serializers.samples import SampleImageShape, SampleObjectShape

ACTIONS = {
    "retrieve": Action.READ,
    "partial_update": Action.MANAGE_SAMPLES,
    "destroy": Action.MANAGE_SAMPLES,
}
LAST = 2**31 - 1  # of a database's integer


class PlaceChange(serializers.Serializer[Any]):
    """What is noted on a place. `order` moves it there, counted from 0; the others make room."""

    text = serializers.CharField(
        required=False, allow_null=True, allow_blank=True, trim_whitespace=False
    )
    order = WholeNumber(required=False, min_value=0, max_value=LAST)
    meta_data = JsonObject(required=False)


class ImagePlaceChange(PlaceChange):
    """The same, and how the image is to be resized: a word for whoever trains."""

    resize = serializers.CharField(
        required=False, allow_null=True, allow_blank=True, max_length=100
    )


class AttachmentViewSet(ResourceViewSet):
    """One attachment, by the `id` in its sample's list."""

    tag = "Samples"
    serializer_class: ClassVar[type[serializers.BaseSerializer]] = SampleImageShape
    action_for = ACTIONS
    row_actions = RowActions(None, actions.change_attachment, actions.remove_attachment)
    model: ClassVar[type[SampleImage | SampleObject]]
    parts: ClassVar[str]  # of PARTS

    def rows(self) -> QuerySet:
        visible = Sample.objects.visible_to(self.member)
        return self.model._default_manager.filter(sample__in=visible).select_related("sample")

    def serialize(self, row: Any) -> dict[str, Any]:
        _, read = PARTS[self.parts]
        parts = read([row.sample_id], str(self.member.workspace_id), self.host)
        return next(part for part in parts[str(row.sample_id)] if part["id"] == str(row.pk))


class SampleImages(AttachmentViewSet):
    """An image's place in a sample, named by the id that sample-images shows."""

    noun = "an image's place in a sample"
    nouns = "images' places"
    body_serializers = {"partial_update": ImagePlaceChange}
    model = SampleImage
    parts = "images"


class SampleObjects(AttachmentViewSet):
    """A detection object's place in a sample, named by the id that sample-objects shows."""

    noun = "an object's place in a sample"
    nouns = "objects' places"
    serializer_class = SampleObjectShape
    body_serializers = {"partial_update": PlaceChange}
    model = SampleObject
    parts = "objects"
