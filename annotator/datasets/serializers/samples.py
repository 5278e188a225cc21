"""Samples on the wire: docs.ximilar.com/platform/vlm, "Sample Endpoints"."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch, QuerySet
from rest_framework import serializers

from annotator.datasets.models import (
    Dataset,
    Sample,
    SampleImage,
    SampleObject,
    Variable,
    VariableValue,
)
from annotator.datasets.serializers.datasets import count_of, text_of
from annotator.datasets.serializers.fields import JsonObject, RowId, wire_time
from annotator.datasets.serializers.variables import variables_config

INCLUDES = ("values", "images", "objects")


class ValueShape(serializers.Serializer[VariableValue]):
    """One value of a sample, bare (PLATFORM, section 0)."""

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
    name = serializers.CharField(required=False, allow_null=True, allow_blank=True, max_length=300)
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


def sample_rows(
    samples: QuerySet[Sample], *, include: frozenset[str] = frozenset(), whole: bool = False
) -> QuerySet[Sample]:
    """The samples with all that `sample_row` shows (`whole`: `sample_detail`).

    A fixed number of queries, whatever the number of rows: one for the samples, one for each kind of
    thing that comes with them.
    """
    samples = samples.annotate(
        images_count=count_of(SampleImage.objects.all(), "sample"),
        objects_count=count_of(SampleObject.objects.all(), "sample"),
        variables_count=count_of(VariableValue.objects.counted(), "sample"),
    ).prefetch_related("dataset__user_prompt", "dataset__result_template")
    # What the remote last said is large, and no part of any answer.
    samples = samples.defer("remote_state")
    if whole:
        live = Prefetch("dataset__variables", Variable.objects.live(), to_attr="live_variables")
        samples = samples.prefetch_related(live)
    if whole or "values" in include:
        values = shown_values()
        samples = samples.prefetch_related(Prefetch("values", values, to_attr="shown_values"))
    if "images" in include:
        samples = samples.prefetch_related(
            Prefetch("sample_images", image_places(), to_attr="shown_images")
        )
    if "objects" in include:
        samples = samples.prefetch_related(
            Prefetch("sample_objects", object_places(), to_attr="shown_objects")
        )
    return samples


def shown_values() -> QuerySet[VariableValue]:
    """Values in the order of the form, with what `value_row` shows."""
    values = VariableValue.objects.counted().select_related("variable")
    return values.order_by("variable__position", "variable__created_at", "variable_id").only(
        "sample", "value", "is_set", "variable__name"
    )


def image_places() -> QuerySet[SampleImage]:
    """Places of images in their order, with what `sample_image_row` shows."""
    places = SampleImage.objects.select_related("image").order_by("order", "id")
    return places.defer("remote_state", "image__remote_state")


def object_places() -> QuerySet[SampleObject]:
    """Places of objects in their order, with what `sample_object_row` shows."""
    related = ("detection_object__image", "detection_object__label")
    places = SampleObject.objects.select_related(*related).order_by("order", "id")
    thing = "detection_object"
    return places.defer(
        "remote_state",
        f"{thing}__remote_state",
        f"{thing}__image__remote_state",
        f"{thing}__label__remote_state",
    )


def sample_row(sample: Any, *, host: str, include: frozenset[str] = frozenset()) -> dict[str, Any]:
    """One sample from `sample_rows`. `host` (https://name) goes in front of the images' paths."""
    dataset = sample.dataset
    row = {
        "id": sample.pk,
        "dataset": dataset.pk,
        "dataset_name": dataset.name,
        "test": sample.test,
        "name": sample.name,
        "description": sample.description,
        "type": sample.type,
        "created_date": wire_time(sample.created_at),
        "result_template": _first(sample.own_result_template, text_of(dataset.result_template)),
        "user_prompt": _first(sample.own_user_prompt, text_of(dataset.user_prompt)),
        "input_meta_data": sample.input_meta_data,
        "meta_data": sample.meta_data,
        "images_count": sample.images_count,
        "objects_count": sample.objects_count,
        "variables_count": sample.variables_count,
    }
    if "values" in include:
        row["sample_variables"] = [value_row(value) for value in sample.shown_values]
    if "images" in include:
        row["images"] = [sample_image_row(p, dataset, host) for p in sample.shown_images]
    if "objects" in include:
        row["objects"] = [sample_object_row(p, dataset, host) for p in sample.shown_objects]
    row["workspace"] = dataset.workspace_id
    return row


def sample_detail(
    sample: Any, *, host: str, include: frozenset[str] = frozenset()
) -> dict[str, Any]:
    """One sample from `sample_rows(…, whole=True)`, with its values and its dataset's variables."""
    row = sample_row(sample, host=host, include=include | {"values"})
    config = variables_config(sample.dataset.live_variables)
    return {**row, "dataset_variables_config": config, "workspace": row["workspace"]}


def value_row(value: VariableValue) -> dict[str, Any]:
    """One item of `sample_variables`: the bare value."""
    return {
        "id": value.pk,
        "variable": value.variable_id,
        "variable_name": value.variable.name,
        "value": value.value if value.is_set else None,
    }


def sample_image_row(place: SampleImage, dataset: Dataset, host: str) -> dict[str, Any]:
    """One item of `sample-images`."""
    image = place.image
    return {
        "id": place.pk,
        "image_id": image.pk,
        "img_path": host + image.original_url,
        "thumb": host + image.thumb_url,
        "text": place.text,
        "order": place.order,
        "resize": place.resize,
        "meta_data": place.meta_data,
        "workspace": dataset.workspace_id,
    }


def sample_object_row(place: SampleObject, dataset: Dataset, host: str) -> dict[str, Any]:
    """One item of `sample-objects`."""
    thing = place.detection_object
    return {
        "id": place.pk,
        "detection_object_id": thing.pk,
        "image_id": thing.image_id,
        "image_url": host + thing.image.original_url,
        "thumb_url": host + thing.crop_url,
        "label_name": thing.label.name,
        "label_color": thing.label.color,
        "bbox": thing.bbox,
        "text": place.text,
        "order": place.order,
        "meta_data": place.meta_data,
        "workspace": dataset.workspace_id,
    }


def _first(own: str | None, inherited: str | None) -> str | None:
    """The sample's own text, else the dataset's (R-S8, R-S9)."""
    return inherited if own is None else own
