"""Changes to detection labels and detection objects."""

from __future__ import annotations

import math
import re
from typing import Any

from django.db import transaction

from annotator.accounts.audit import record
from annotator.accounts.models import User, Workspace
from annotator.errors import BadInput, WrongState
from annotator.images.actions import IN_A_SAMPLE, check_meta_data
from annotator.images.models import DetectionLabel, DetectionObject, Image

COLOR = re.compile(r"#[0-9A-Fa-f]{6}")
LABEL_FIELDS = ("name", "description", "color", "output_name")


@transaction.atomic
def create_label(workspace: Workspace, *, by: User, name: str, **fields: str) -> DetectionLabel:
    """A new label; `fields`: description, color (#RRGGBB), output_name. Raises BadInput."""
    label = DetectionLabel(workspace=workspace)
    _set_label(label, {"name": name, **fields})
    label.save()
    record("label.create", workspace=workspace, by=by, target=label)
    return label


@transaction.atomic
def update_label(label: DetectionLabel, *, by: User, **fields: str) -> None:
    """Change some of a label's fields. Raises BadInput."""
    _set_label(label, fields)
    label.save(update_fields=list(fields))
    record("label.update", workspace=label.workspace, by=by, target=label, fields=list(fields))


@transaction.atomic
def delete_label(label: DetectionLabel, *, by: User) -> None:
    """Remove a label that no object has; WrongState otherwise."""
    if label.detection_objects.exists():
        raise WrongState("Objects have this label; delete them or give them another first.")
    record("label.delete", workspace=label.workspace, by=by, target=label)
    label.delete()


@transaction.atomic
def create_object(
    image: Image,
    label: DetectionLabel,
    *,
    box: list[float],
    by: User,
    meta_data: dict[str, Any] | None = None,
) -> DetectionObject:
    """A box [xmin, ymin, xmax, ymax] in pixels of the upright image. Raises BadInput."""
    detection_object = DetectionObject(image=image)
    _set_object(detection_object, label=label, box=box, meta_data=meta_data or {})
    detection_object.save()
    record("object.create", workspace=image.workspace, by=by, target=detection_object)
    return detection_object


@transaction.atomic
def update_object(
    detection_object: DetectionObject,
    *,
    by: User,
    label: DetectionLabel | None = None,
    box: list[float] | None = None,
    meta_data: dict[str, Any] | None = None,
) -> None:
    """Change what is given and leave the rest. Raises BadInput."""
    _set_object(
        detection_object,
        label=label or detection_object.label,
        box=detection_object.bbox if box is None else box,
        meta_data=detection_object.meta_data if meta_data is None else meta_data,
    )
    detection_object.save(update_fields=["label", "xmin", "ymin", "xmax", "ymax", "meta_data"])
    record(
        "object.update", workspace=detection_object.image.workspace, by=by, target=detection_object
    )


@transaction.atomic
def delete_object(detection_object: DetectionObject, *, by: User) -> None:
    """Remove an object; WrongState while a sample uses it."""
    if DetectionObject.objects.filter(IN_A_SAMPLE, pk=detection_object.pk).exists():
        raise WrongState("This object is used in a sample; remove it there first.")
    record(
        "object.delete", workspace=detection_object.image.workspace, by=by, target=detection_object
    )
    detection_object.delete()


def check_box(box: Any, image: Image) -> tuple[float, float, float, float]:
    """Four finite numbers that form a box which overlaps the image, else BadInput.

    A box that reaches over the edge is stored as sent (Q25): detectors produce such boxes.
    """
    if not isinstance(box, list | tuple) or len(box) != 4 or not all(map(_is_finite, box)):
        raise _bad_box("Send four numbers: xmin, ymin, xmax, ymax.")
    xmin, ymin, xmax, ymax = (float(side) for side in box)
    if xmin >= xmax or ymin >= ymax:
        raise _bad_box("The box has no area. Send xmin < xmax and ymin < ymax.")
    width, height = image.width_px or math.inf, image.height_px or math.inf
    if xmax <= 0 or ymax <= 0 or xmin >= width or ymin >= height:
        raise _bad_box(f"The box lies outside of the image, which is {width} × {height} pixels.")
    return xmin, ymin, xmax, ymax


def _is_finite(side: Any) -> bool:
    return isinstance(side, int | float) and not isinstance(side, bool) and math.isfinite(side)


def _bad_box(message: str) -> BadInput:
    return BadInput(message, fields={"data": [message]})


def _set_object(
    detection_object: DetectionObject, *, label: DetectionLabel, box: Any, meta_data: dict[str, Any]
) -> None:
    if label.workspace_id != detection_object.image.workspace_id:
        message = "The label belongs to another workspace than the image."
        raise BadInput(message, fields={"detection_label": [message]})
    detection_object.label = label
    xmin, ymin, xmax, ymax = check_box(box, detection_object.image)
    detection_object.xmin, detection_object.ymin = xmin, ymin
    detection_object.xmax, detection_object.ymax = xmax, ymax
    detection_object.meta_data = check_meta_data(meta_data)


def _set_label(label: DetectionLabel, fields: dict[str, str]) -> None:
    problems: dict[str, list[str]] = {}
    for field, value in fields.items():
        if field not in LABEL_FIELDS:
            problems[field] = ["A label has no such field."]
        elif not isinstance(value, str):
            problems[field] = ["This must be a text."]
        else:
            setattr(label, field, value.strip())
    if not problems:
        most = label.NAME_LENGTH
        if not 0 < len(label.name) <= most:
            problems["name"] = [f"Enter a name of 1 to {most} characters."]
        if len(label.output_name) > most:
            problems["output_name"] = [f"{most} characters at most."]
        if not COLOR.fullmatch(label.color):
            problems["color"] = ["A colour is written #RRGGBB."]
    if problems:
        raise BadInput.of_fields(problems)
