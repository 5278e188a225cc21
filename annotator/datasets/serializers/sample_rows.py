"""Samples as rows of answers, read and serialized many at a time: pages of them are requested most."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol
from uuid import UUID

from django.db.models import Prefetch, QuerySet

from annotator.datasets.models import (
    Dataset,
    Sample,
    SampleImage,
    SampleObject,
    Variable,
    VariableValue,
)
from annotator.datasets.serializers.datasets import count_of, text_of
from annotator.datasets.serializers.fields import wire_time
from annotator.datasets.serializers.variables import variables_config

Row = dict[str, Any]
Parts = dict[UUID, list[Row]]  # by the sample's id

# Made once: composing such a query costs as much as running it.
COUNTS = {
    "images_count": count_of(SampleImage.objects.all(), "sample"),
    "objects_count": count_of(SampleObject.objects.all(), "sample"),
    "variables_count": count_of(VariableValue.objects.counted(), "sample"),
}
SHOWN = (
    "dataset",
    "test",
    "name",
    "description",
    "type",
    "created_at",
    "own_result_template",
    "own_user_prompt",
    "input_meta_data",
    "meta_data",
)


def sample_rows(samples: QuerySet[Sample], *, whole: bool = False) -> QuerySet[Sample]:
    """The samples with what `serialized_samples` shows of themselves (`whole`: `sample_detail`)."""
    datasets = Dataset.objects.select_related("user_prompt", "result_template").only(
        "name", "workspace", "user_prompt__content", "result_template__content"
    )
    samples = samples.annotate(**COUNTS).only(*SHOWN)
    samples = samples.prefetch_related(Prefetch("dataset", datasets))
    if whole:
        live = Prefetch("dataset__variables", Variable.objects.live(), to_attr="live_variables")
        samples = samples.prefetch_related(live)
    return samples


def serialized_samples(
    samples: Sequence[Sample], *, host: str, include: frozenset[str] = frozenset()
) -> list[Row]:
    """The samples from `sample_rows`. `host` (https://name) goes in front of the images' paths.

    One query for each related table, whatever the number of samples.
    """
    carried = [
        (key, read(samples, host)) for name, (key, read) in CARRIED.items() if name in include
    ]
    return [
        _serialized(sample, {key: parts.get(sample.pk, []) for key, parts in carried})
        for sample in samples
    ]


def sample_detail(
    sample: Any, *, host: str, include: frozenset[str] = frozenset()
) -> dict[str, Any]:
    """One sample from `sample_rows(…, whole=True)`, with its values and its dataset's variables."""
    [row] = serialized_samples([sample], host=host, include=include | {"values"})
    config = variables_config(sample.dataset.live_variables)
    return {**row, "dataset_variables_config": config, "workspace": row["workspace"]}


def _serialized(sample: Any, parts: Row) -> Row:
    dataset = sample.dataset
    return {
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
        **parts,
        "workspace": dataset.workspace_id,
    }


def _first(own: str | None, inherited: str | None) -> str | None:
    """The sample's own text, else the dataset's (R-S8, R-S9)."""
    return inherited if own is None else own


def _values(samples: Sequence[Sample], host: str) -> Parts:
    """Values in the order of the form; as columns, since they are many and small."""
    rows = VariableValue.objects.counted().filter(sample__in=[sample.pk for sample in samples])
    rows = rows.order_by("variable__position", "variable__created_at", "variable_id")
    parts: Parts = {}
    for sample, pk, variable, name, value in rows.values_list(
        "sample_id", "id", "variable_id", "variable__name", "value"
    ):
        row = {"id": pk, "variable": variable, "variable_name": name, "value": value}
        parts.setdefault(sample, []).append(row)
    return parts


def _attachments(rows: QuerySet[Any], serialize: Callable[[Any, Dataset, str], Row]) -> Any:
    """What reads the places of things in samples, and serializes them."""

    def read(samples: Sequence[Sample], host: str) -> Parts:
        datasets = {sample.pk: sample.dataset for sample in samples}
        parts: Parts = {}
        for place in rows.filter(sample__in=list(datasets)):
            row = serialize(place, datasets[place.sample_id], host)
            parts.setdefault(place.sample_id, []).append(row)
        return parts

    return read


def image_attachments() -> QuerySet[SampleImage]:
    """Places of images in their order, with what `sample_image_row` shows."""
    places = SampleImage.objects.select_related("image").order_by("order", "id")
    shown = [f"image__{name}" for name in ("state", "sha256", "format")]
    return places.only("sample", "text", "order", "resize", "meta_data", *shown)


def object_attachments() -> QuerySet[SampleObject]:
    """Places of objects in their order, with what `sample_object_row` shows."""
    thing = "detection_object"
    places = SampleObject.objects.select_related(f"{thing}__image", f"{thing}__label")
    corners = [f"{thing}__{name}" for name in ("xmin", "ymin", "xmax", "ymax")]
    shown = ("image__state", "image__sha256", "image__format", "label__name", "label__color")
    return places.order_by("order", "id").only(
        "sample", "text", "order", "meta_data", *corners, *[f"{thing}__{name}" for name in shown]
    )


class ValueOfVariable(Protocol):
    """A value of a sample, or of somebody's answer to it."""

    pk: Any
    variable_id: Any
    variable: Any
    value: Any
    is_set: bool


def value_row(value: ValueOfVariable) -> Row:
    """One item of `sample_variables`: the bare value."""
    return {
        "id": value.pk,
        "variable": value.variable_id,
        "variable_name": value.variable.name,
        "value": value.value if value.is_set else None,
    }


def sample_image_row(place: SampleImage, dataset: Dataset, host: str) -> Row:
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


def sample_object_row(place: SampleObject, dataset: Dataset, host: str) -> Row:
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


# What `?include=` adds: under which name, and what reads it.
CARRIED: dict[str, tuple[str, Callable[[Sequence[Sample], str], Parts]]] = {
    "values": ("sample_variables", _values),
    "images": ("images", _attachments(image_attachments(), sample_image_row)),
    "objects": ("objects", _attachments(object_attachments(), sample_object_row)),
}
