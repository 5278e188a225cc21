"""The places of images and objects in a sample: their order, and what is noted on each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from annotator.accounts.models import User
from annotator.datasets.actions.samples import touch
from annotator.datasets.models import Sample, SampleImage, SampleObject
from annotator.errors import BadInput

Place = SampleImage | SampleObject
NOTED = {"text", "resize", "meta_data"}


def reorder_images(sample: Sample, image_ids: Sequence[Any], *, by: User | None) -> None:
    """Give the sample's images the order of the list, which must name each of them once."""
    _reorder(sample, SampleImage, "image_id", image_ids, noun="image")


def reorder_objects(sample: Sample, object_ids: Sequence[Any], *, by: User | None) -> None:
    """Give the sample's detection objects the order of the list, which must name each of them once."""
    _reorder(sample, SampleObject, "detection_object_id", object_ids, noun="detection object")


@transaction.atomic
def change_place(place: Place, *, by: User | None, order: int | None = None, **noted: Any) -> None:
    """Change what is noted on a place: text, metadata, and resize of an image's.

    `order` moves it to that place, counted from 0, and the others make room; past the end is the end.
    """
    unknown = set(noted) - (NOTED & {field.name for field in place._meta.fields})
    if unknown:
        raise BadInput(f"This place has no {', '.join(sorted(unknown))} to change.")
    _lock(place.sample_id)
    for name, value in noted.items():
        setattr(place, name, value)
    place.save(update_fields=list(noted))
    if order is not None:
        _move(place, order)
    touch(place.sample)


@transaction.atomic
def remove_place(place: Place, *, by: User | None) -> None:
    """Take the image or object out of the sample; it stays in the workspace."""
    place.delete()
    touch(place.sample)


def _lock(sample_id: Any) -> None:
    """Let one at a time change what is attached to the sample, so that no two wait for each other."""
    Sample.objects.select_for_update().get(pk=sample_id)


def _move(place: Place, order: int) -> None:
    others = type(place).objects.filter(sample=place.sample_id).exclude(pk=place.pk)
    rows: list[Any] = list(others.order_by("order", "id"))
    rows.insert(order, place)
    _number(type(place), rows)


def _reorder(sample: Sample, kind: type[Any], key: str, ids: Sequence[Any], *, noun: str) -> None:
    with transaction.atomic():
        _lock(sample.pk)
        rows = {str(getattr(row, key)): row for row in kind.objects.filter(sample=sample)}
        wanted = [str(row_id) for row_id in ids]
        if sorted(wanted) != sorted(rows):
            raise BadInput(f"Name every {noun} of the sample exactly once, in the new order.")
        _number(kind, [rows[row_id] for row_id in wanted])
        touch(sample)


def _number(kind: type[Any], rows: Sequence[Any]) -> None:
    for order, row in enumerate(rows):
        row.order = order
    kind.objects.bulk_update(rows, ["order"])
