"""`/detection/v2/label/` and `/detection/v2/object/`."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from annotator.api.filters import created_filters, id_filter, search_filter
from annotator.api.views.base import SAMPLE_ACTIONS, ResourceViewSet, RowActions
from annotator.datasets.serializers.fields import JsonObject, Number, RowId, Text
from annotator.images import detections
from annotator.images.models import DetectionLabel, DetectionObject, Image


class NestedRowId(RowId):
    """As RowId; also accepts the row as a response shows it, with its id inside."""

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


def object_row(detection_object: DetectionObject) -> dict[str, Any]:
    """An object, in lists and alone. Its label is a row, as the platform's client reads it."""
    return {
        "id": detection_object.pk,
        "image": detection_object.image_id,
        "detection_label": label_row(detection_object.label),
        "data": detection_object.bbox,
        "meta_data": detection_object.meta_data,
        "recognition_labels": [],
        "workspace": detection_object.image.workspace_id,
    }


class Labels(ResourceViewSet):
    """Names of the kinds of things that detection finds."""

    tag = "Detection"
    noun = "a detection label"
    nouns = "detection labels"
    action_for = SAMPLE_ACTIONS
    serializer_class = LabelShape
    filters = (search_filter(), *created_filters())
    row_actions = RowActions(
        detections.create_label, detections.update_label, detections.delete_label
    )

    def rows(self) -> QuerySet[DetectionLabel]:
        return DetectionLabel.objects.visible_to(self.member)

    def serialize(self, row: DetectionLabel) -> dict[str, Any]:
        return label_row(row)


class Objects(ResourceViewSet):
    """Boxes on images, each with its label."""

    tag = "Detection"
    noun = "a detection object"
    nouns = "detection objects"
    action_for = SAMPLE_ACTIONS
    serializer_class = ObjectShape
    response_serializers = {"retrieve": ObjectAnswer}
    filters = (
        id_filter("image", "image_id", "Objects on this image."),
        id_filter("object_detection_label", "label_id", "Objects with this label."),
        id_filter("sample", "sample_objects__sample", "Objects attached to this sample."),
        *created_filters(),
    )
    orders = ("created",)
    parent_field = "image"
    row_actions = RowActions(
        detections.create_object, detections.update_object, detections.delete_object
    )

    def rows(self) -> QuerySet[DetectionObject]:
        return DetectionObject.objects.visible_to(self.member).select_related("image", "label")

    def serialize(self, row: DetectionObject) -> dict[str, Any]:
        return object_row(row)

    def arguments(self, data: dict[str, Any]) -> dict[str, Any]:
        names = {"detection_label": "label", "data": "box"}
        return {names.get(name, name): value for name, value in data.items()}
