"""`/detection/v2/label/` and `/detection/v2/object/`."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from annotator.accounts.permissions import Action
from annotator.api.filters import IdFilter, SearchFilter, created_filters
from annotator.api.views.base import ResourceViewSet
from annotator.datasets.serializers.fields import JsonObject, Number, RowId, Text
from annotator.images import detections
from annotator.images.models import DetectionLabel, DetectionObject, Image

ACTIONS = {
    "list": Action.READ,
    "retrieve": Action.READ,
    "create": Action.MANAGE_SAMPLES,
    "partial_update": Action.MANAGE_SAMPLES,
    "destroy": Action.DELETE,
}


class NestedRowId(RowId):
    """As RowId; also takes the row as an answer of ours shows it, with its id inside."""

    def to_internal_value(self, data: Any) -> Any:
        return super().to_internal_value(data.get("id") if isinstance(data, dict) else data)


class LabelShape(serializers.Serializer[DetectionLabel]):
    """The name of a kind of thing that detection finds."""

    id = serializers.UUIDField(read_only=True)
    name = serializers.CharField(max_length=200)
    description = Text()
    color = serializers.RegexField(r"^#[0-9A-Fa-f]{6}\Z", required=False, help_text="#RRGGBB")
    output_name = Text(max_length=200)
    workspace = serializers.UUIDField(read_only=True)


class ObjectShape(serializers.Serializer[DetectionObject]):
    """A box on an image. `data`: xmin, ymin, xmax, ymax in pixels of the upright image."""

    id = serializers.UUIDField(read_only=True)
    image: serializers.Field = RowId(lambda member: Image.objects.visible_to(member), noun="image")
    detection_label: serializers.Field = NestedRowId(
        lambda member: DetectionLabel.objects.visible_to(member), noun="detection label"
    )
    data: Any = serializers.ListField(child=Number(), min_length=4, max_length=4)
    meta_data = JsonObject(required=False, allow_null=True)
    recognition_labels = serializers.ListField(read_only=True, help_text="Always empty here.")
    workspace = serializers.UUIDField(read_only=True)


class ObjectAnswer(ObjectShape):
    """An object as answers show it: the label is a row, as the platform's client reads it."""

    image = serializers.UUIDField()
    detection_label = LabelShape()


def label_row(label: DetectionLabel) -> dict[str, Any]:
    """A label, in lists and alone."""
    return {
        "id": label.pk,
        "name": label.name,
        "description": label.description,
        "color": label.color,
        "output_name": label.output_name,
        "workspace": label.workspace_id,
    }


def object_row(thing: DetectionObject) -> dict[str, Any]:
    """An object, in lists and alone. Its label is a row, as the platform's client reads it."""
    return {
        "id": thing.pk,
        "image": thing.image_id,
        "detection_label": label_row(thing.label),
        "data": thing.bbox,
        "meta_data": thing.meta_data,
        "recognition_labels": [],
        "workspace": thing.image.workspace_id,
    }


class Labels(ResourceViewSet):
    """Names of the kinds of things that detection finds."""

    tag = "Detection"
    noun = "a detection label"
    nouns = "detection labels"
    action_for = ACTIONS
    serializer_class = LabelShape
    filters = (SearchFilter(), *created_filters())

    def rows(self) -> QuerySet[DetectionLabel]:
        return DetectionLabel.objects.visible_to(self.member)

    def serialize(self, row: DetectionLabel) -> dict[str, Any]:
        return label_row(row)

    def create_row(self, data: dict[str, Any]) -> DetectionLabel:
        return detections.create_label(self.workspace, by=self.user, **data)

    def change_row(self, row: DetectionLabel, data: dict[str, Any]) -> None:
        detections.update_label(row, by=self.user, **data)

    def remove_row(self, row: DetectionLabel) -> None:
        detections.delete_label(row, by=self.user)


class Objects(ResourceViewSet):
    """Boxes on images, each with its label."""

    tag = "Detection"
    noun = "a detection object"
    nouns = "detection objects"
    action_for = ACTIONS
    serializer_class = ObjectShape
    response_serializers = {"retrieve": ObjectAnswer}
    filters = (
        IdFilter("image", "image_id", "Objects on this image."),
        IdFilter("object_detection_label", "label_id", "Objects with this label."),
        IdFilter("sample", "sample_objects__sample", "Objects attached to this sample."),
        *created_filters(),
    )
    orders = ("created",)
    immutable_fields = ("image",)

    def rows(self) -> QuerySet[DetectionObject]:
        return DetectionObject.objects.visible_to(self.member).select_related("image", "label")

    def serialize(self, row: DetectionObject) -> dict[str, Any]:
        return object_row(row)

    def create_row(self, data: dict[str, Any]) -> DetectionObject:
        return detections.create_object(
            data["image"],
            data["detection_label"],
            box=data["data"],
            meta_data=data.get("meta_data"),
            by=self.user,
        )

    def change_row(self, row: DetectionObject, data: dict[str, Any]) -> None:
        detections.update_object(
            row,
            label=data.get("detection_label"),
            box=data.get("data"),
            meta_data=data.get("meta_data"),
            by=self.user,
        )

    def remove_row(self, row: DetectionObject) -> None:
        detections.delete_object(row, by=self.user)
