"""What is attached to samples, as items of answers; read for many samples at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from django.db.models import UUIDField

from annotator.compiled import CompiledQuery, Given
from annotator.datasets.models import SampleImage, SampleObject, VariableValue
from annotator.images.models import Image, crop_address, file_address, wire_box

Row = dict[str, Any]
Parts = dict[str, list[Row]]  # by the sample's id
# Takes the samples' ids, the id of their workspace, and the https://name that goes in front of addresses.
PartsReader = Callable[[Sequence[Any], str, str], Parts]

GIVEN_SAMPLES = Given("samples", UUIDField(), many=True)
VALUES = CompiledQuery(
    lambda: (
        VariableValue.objects.counted()
        .filter(sample_id__in=GIVEN_SAMPLES)
        .order_by("variable__position", "variable__created_at", "variable_id")
        .values_list("sample_id", "id", "variable_id", "variable__name", "value")
    ),
    text_ids=True,
)
IMAGES = CompiledQuery(
    lambda: (
        SampleImage.objects.filter(sample_id__in=GIVEN_SAMPLES)
        .order_by("order", "id")
        .values_list(
            *("sample_id", "id", "image_id", "text", "order", "resize", "meta_data"),
            *("image__state", "image__sha256", "image__format"),
        )
    ),
    text_ids=True,
)
OBJECT, IMAGE = "detection_object", "detection_object__image"
OBJECTS = CompiledQuery(
    lambda: (
        SampleObject.objects.filter(sample_id__in=GIVEN_SAMPLES)
        .order_by("order", "id")
        .values_list(
            *("sample_id", "id", f"{OBJECT}_id", f"{OBJECT}__image_id"),
            *(f"{IMAGE}__state", f"{IMAGE}__sha256", f"{IMAGE}__format"),
            *(f"{OBJECT}__label__name", f"{OBJECT}__label__color"),
            *(f"{OBJECT}__{corner}" for corner in ("xmin", "ymin", "xmax", "ymax")),
            *("text", "order", "meta_data"),
        )
    ),
    text_ids=True,
)


def _values(samples: Sequence[Any], workspace: str, host: str) -> Parts:
    """Values in the order of the form."""
    parts: Parts = {}
    for sample, pk, variable, name, value in VALUES.rows(samples=samples):
        row = {"id": pk, "variable": variable, "variable_name": name, "value": value}
        parts.setdefault(sample, []).append(row)
    return parts


def sample_images(samples: Sequence[Any], workspace: str, host: str) -> Parts:
    """The items of `sample-images`, in the order of the images."""
    parts: Parts = {}
    for sample, pk, image_id, text, order, resize, meta_data, *file in IMAGES.rows(samples=samples):
        _, original, thumb = _image_files(image_id, *file)
        row = {
            "id": pk,
            "image_id": image_id,
            "img_path": host + original,
            "thumb": host + thumb,
            "text": text,
            "order": order,
            "resize": resize,
            "meta_data": meta_data,
            "workspace": workspace,
        }
        parts.setdefault(sample, []).append(row)
    return parts


def sample_objects(samples: Sequence[Any], workspace: str, host: str) -> Parts:
    """The items of `sample-objects`, in the order of the objects."""
    parts: Parts = {}
    for sample, pk, *place, text, order, meta_data in OBJECTS.rows(samples=samples):
        object_id, image_id, state, sha256, format_, label_name, label_color, *corners = place
        content, original, thumb = _image_files(image_id, state, sha256, format_)
        bbox = wire_box(corners)
        row = {
            "id": pk,
            "detection_object_id": object_id,
            "image_id": image_id,
            "image_url": host + original,
            "thumb_url": host + (crop_address(object_id, content, bbox) if content else thumb),
            "label_name": label_name,
            "label_color": label_color,
            "bbox": bbox,
            "text": text,
            "order": order,
            "meta_data": meta_data,
            "workspace": workspace,
        }
        parts.setdefault(sample, []).append(row)
    return parts


def _image_files(image_id: str, state: str, sha256: str, format_: str) -> tuple[str, str, str]:
    """The hash of an image's file, empty while it is not here; the addresses of original and thumbnail."""
    content = sha256 if state == Image.State.STORED else ""
    original = file_address("original", image_id, content, Image.EXTENSIONS.get(format_, ""))
    return content, original, file_address("thumb", image_id, content, "webp")


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


# What `?include=` adds: under which name, and what reads it.
PARTS: dict[str, tuple[str, PartsReader]] = {
    "values": ("sample_variables", _values),
    "images": ("images", sample_images),
    "objects": ("objects", sample_objects),
}
