"""Samples on the wire: docs.ximilar.com/platform/vlm, "Sample Endpoints"."""

from __future__ import annotations

from rest_framework import serializers

from annotator.datasets.models import Dataset, Sample, SampleImage, SampleObject, VariableValue
from annotator.datasets.serializers.fields import JsonObject, RowId

INCLUDES = ("values", "images", "objects")


class ValueShape(serializers.Serializer[VariableValue]):
    """One value of a sample, bare (docs/platform.md#neighbours)."""

    id = serializers.UUIDField()
    variable = serializers.UUIDField()
    variable_name = serializers.CharField()
    value = serializers.JSONField()


class SampleImageShape(serializers.Serializer[SampleImage]):
    """An image's place in a sample: `id` is the place's, `image_id` the image's (R-S22)."""

    id = serializers.UUIDField()
    image_id = serializers.UUIDField()
    img_path = serializers.URLField()
    thumb = serializers.URLField()
    text = serializers.CharField(allow_null=True)
    order = serializers.IntegerField()
    resize = serializers.CharField(allow_null=True)
    meta_data = JsonObject()
    workspace = serializers.UUIDField()


class SampleObjectShape(serializers.Serializer[SampleObject]):
    """A detection object's place in a sample (R-S24)."""

    id = serializers.UUIDField()
    detection_object_id = serializers.UUIDField()
    image_id = serializers.UUIDField()
    image_url = serializers.URLField()
    thumb_url = serializers.URLField(help_text="The object alone, cut out.")
    label_name = serializers.CharField()
    label_color = serializers.CharField()
    bbox = serializers.ListField(child=serializers.FloatField(), min_length=4, max_length=4)
    text = serializers.CharField(allow_null=True)
    order = serializers.IntegerField()
    meta_data = JsonObject()
    workspace = serializers.UUIDField()


class SampleRow(serializers.Serializer[Sample]):
    """A sample as it is written, and as lists show it."""

    id = serializers.UUIDField(read_only=True)
    dataset = RowId(lambda member: Dataset.objects.visible_to(member), noun="dataset")
    dataset_name = serializers.CharField(read_only=True)
    test = serializers.BooleanField(required=False)
    name = serializers.CharField(
        required=False, allow_null=True, allow_blank=True, max_length=Sample.NAME_LENGTH
    )
    description = serializers.CharField(
        required=False, allow_null=True, allow_blank=True, trim_whitespace=False
    )
    type = serializers.ChoiceField(choices=Sample.Type.choices, required=False)
    created_date = serializers.DateTimeField(read_only=True)
    result_template = serializers.CharField(read_only=True, allow_null=True)
    user_prompt = serializers.CharField(read_only=True, allow_null=True)
    input_meta_data = JsonObject(required=False)
    meta_data = JsonObject(required=False)
    images_count = serializers.IntegerField(read_only=True)
    objects_count = serializers.IntegerField(read_only=True)
    variables_count = serializers.IntegerField(read_only=True)
    assignees = serializers.ListField(
        child=serializers.IntegerField(),
        read_only=True,
        help_text="The ids of the people who alone are asked to label it; none: everybody is.",
    )
    due_on = serializers.DateField(
        read_only=True, allow_null=True, help_text="Their last day, in UTC."
    )
    workspace = serializers.UUIDField(read_only=True)


class SampleShape(SampleRow):
    """A whole sample with its values and its dataset's variables."""

    dataset_variables_config = JsonObject(read_only=True)
    sample_variables = ValueShape(many=True, read_only=True)


class SampleRowAnswer(SampleRow):
    """A sample as lists show it; `?include=` adds what is not required here."""

    sample_variables = ValueShape(many=True, required=False)
    images = SampleImageShape(many=True, required=False)
    objects = SampleObjectShape(many=True, required=False)


class SampleAnswer(SampleShape):
    """A whole sample; `?include=` adds what is not required here."""

    images = SampleImageShape(many=True, required=False)
    objects = SampleObjectShape(many=True, required=False)
