"""Detection objects of rows: boxes on the pictures of their samples."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence, Set
from typing import Any
from uuid import UUID

from annotator.datasets.actions import add_objects
from annotator.datasets.models import Dataset, SampleImage, SampleObject
from annotator.errors import BadInput
from annotator.images.models import DetectionLabel, DetectionObject, Image
from annotator.imports.answers.written import Written
from annotator.imports.formats.records import Box

Key = tuple[Any, ...]  # of a box: image, label, corners
REMEDY = "Correct the box in the file and import it again."


def add_boxes(dataset: Dataset, rows: Sequence[Written], *, by: Any, reads_pictures: bool) -> None:
    """Add each row's boxes to its sample; one that is there already is equal. Labels are made by name.

    Without `reads_pictures` those of samples that have no picture yet are counted as new.
    """
    labels: dict[str, DetectionLabel] = {}
    rows = [row for row in rows if row.subject.row.boxes]
    samples = {row.sample.pk for row in rows}
    images, known = _images(samples), _known(samples)
    for row in rows:
        if not reads_pictures and row.sample.pk not in images:
            row.count("values_new", len(row.subject.row.boxes))
            continue
        fresh = []
        for box in row.subject.row.boxes:
            try:
                thing = _object(box, images[row.sample.pk], dataset, labels)
            except BadInput as refusal:
                row.refuse(str(refusal), REMEDY, value=box.label)
                continue
            if _key(thing) in known[row.sample.pk]:
                row.count("values_equal")
            else:
                fresh.append(thing)
        if fresh and _add(row, fresh, by=by):
            known[row.sample.pk].update(map(_key, fresh))


def _add(row: Written, fresh: list[DetectionObject], *, by: Any) -> bool:
    """Whether they were added; else the row is refused."""
    DetectionObject.objects.bulk_create(fresh)
    try:
        add_objects(row.sample, fresh, by=by)
    except BadInput as refusal:
        DetectionObject.objects.filter(pk__in=[thing.pk for thing in fresh]).delete()
        row.refuse(str(refusal), "Leave out some boxes and import the row again.")
        return False
    row.count("values_new", len(fresh))
    row.changes["objects"] = [str(thing.pk) for thing in fresh]
    return True


def _images(samples: Set[UUID]) -> dict[UUID, list[Image]]:
    """The pictures of each sample, in order."""
    images: dict[UUID, list[Image]] = defaultdict(list)
    relations = SampleImage.objects.filter(sample__in=samples).select_related("image")
    for relation in relations.order_by("order", "id"):
        images[relation.sample_id].append(relation.image)
    return images


def _known(samples: Set[UUID]) -> dict[UUID, set[Key]]:
    """The boxes that each sample has."""
    known: dict[UUID, set[Key]] = defaultdict(set)
    relations = SampleObject.objects.filter(sample__in=samples)
    for relation in relations.select_related("detection_object__label"):
        known[relation.sample_id].add(_key(relation.detection_object))
    return known


def _key(thing: DetectionObject) -> Key:
    """The same for two boxes at one place, but for 0.001 pixels."""
    corners = (round(corner, 3) for corner in (thing.xmin, thing.ymin, thing.xmax, thing.ymax))
    return (thing.image_id, thing.label.name, *corners)


def _object(
    box: Box, images: list[Image], dataset: Dataset, labels: dict[str, DetectionLabel]
) -> DetectionObject:
    """The box in pixels of our picture, not saved. Raises BadInput for one that has no area there."""
    if not 0 <= box.image < len(images):
        raise BadInput(f"The box “{box.label}” is on a picture that the sample does not have.")
    image = images[box.image]
    width, height = image.width_px or 0, image.height_px or 0
    own_width, own_height = (1, 1) if box.is_in_pixels else (width, height)
    across = width / box.width if box.width else own_width
    down = height / box.height if box.height else own_height
    left, right = sorted(min(max(x * across, 0), width) for x in (box.xmin, box.xmax))
    top, bottom = sorted(min(max(y * down, 0), height) for y in (box.ymin, box.ymax))
    if right <= left or bottom <= top:
        raise BadInput(f"The box “{box.label}” has no area on the picture.")
    name = box.label.strip()
    if not 0 < len(name) <= DetectionLabel.NAME_LENGTH:
        raise BadInput(f"Give the box a label of 1 to {DetectionLabel.NAME_LENGTH} characters.")
    if name not in labels:
        workspace = dataset.workspace
        known = DetectionLabel.objects.filter(workspace=workspace, name=name).first()
        labels[name] = known or DetectionLabel.objects.create(workspace=workspace, name=name)
    return DetectionObject(
        image=image,
        label=labels[name],
        xmin=left,
        ymin=top,
        xmax=right,
        ymax=bottom,
        meta_data=dict(box.attributes),
    )
