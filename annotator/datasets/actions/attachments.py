"""The images and objects attached to a sample: their order, and what is noted on each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from annotator.accounts.models import User
from annotator.datasets.actions.samples import touch
from annotator.datasets.models import Sample, SampleImage, SampleObject
from annotator.errors import BadInput

Attachment = SampleImage | SampleObject
NOTED = {"text", "resize", "meta_data"}


def reorder_images(sample: Sample, image_ids: Sequence[Any], *, by: User | None) -> None:
    """Give the sample's images the order of the list, which must name each of them once."""
    _reorder(sample, SampleImage, "image_id", image_ids, noun="image")


def reorder_objects(sample: Sample, object_ids: Sequence[Any], *, by: User | None) -> None:
    """Give the sample's detection objects the order of the list, which must name each of them once."""
    _reorder(sample, SampleObject, "detection_object_id", object_ids, noun="detection object")


@transaction.atomic
def change_attachment(
    attachment: Attachment, *, by: User | None, order: int | None = None, **noted: Any
) -> None:
    """Change what is noted on an attachment: text, metadata, and resize of an image's.

    `order` moves it to that place, counted from 0, and the others make room; past the end is the end.
    """
    unknown = set(noted) - (NOTED & {field.name for field in attachment._meta.fields})
    if unknown:
        raise BadInput(f"This attachment has no {', '.join(sorted(unknown))} to change.")
    _lock(attachment.sample_id)
    for name, value in noted.items():
        setattr(attachment, name, value)
    attachment.save(update_fields=list(noted))
    if order is not None:
        _move(attachment, order)
    touch(attachment.sample)


@transaction.atomic
def remove_attachment(attachment: Attachment, *, by: User | None) -> None:
    """Remove the image or object from the sample; it stays in the workspace."""
    attachment.delete()
    touch(attachment.sample)


def _lock(sample_id: Any) -> None:
    """Let one at a time change what is attached to the sample, so that no two wait for each other."""
    Sample.objects.select_for_update().get(pk=sample_id)


def _move(attachment: Attachment, order: int) -> None:
    others = type(attachment).objects.filter(sample=attachment.sample_id).exclude(pk=attachment.pk)
    rows: list[Any] = list(others.order_by("order", "id"))
    rows.insert(order, attachment)
    _number(type(attachment), rows)


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
