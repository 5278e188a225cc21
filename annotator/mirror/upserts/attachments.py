"""Images and detection objects of samples. Files come later: a sample can be labelled meanwhile."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from annotator.datasets.models import MAX_OBJECTS, Dataset, Sample, SampleImage, SampleObject
from annotator.images.models import DetectionLabel, DetectionObject, Image
from annotator.mirror.upserts.fields import short, without
from annotator.remote.shapes import RemoteSampleImage, RemoteSampleObject

DEFAULT_COLOR = "#4477AA"
ADDRESSES = ("img_path", "thumb", "image_url", "thumb_url")  # may be signed anew at every call
Images = tuple[RemoteSampleImage, ...] | None
Objects = tuple[RemoteSampleObject, ...] | None


def upsert_images(
    dataset: Dataset, samples_with_images: Sequence[tuple[Sample, Images]], notices: list[str]
) -> Counter[str]:
    """Attach the images of these samples as the remote has them; those of our own stay."""
    known = [(sample, images) for sample, images in samples_with_images if images is not None]
    everything = [image for _, images in known for image in images]
    rows, counts = _image_rows(dataset, [(i.image_id, i.img_path) for i in everything])
    places = SampleImage.objects.filter(sample__in=[s for s, _ in known])
    here = {(place.sample_id, place.image_id): place for place in places}
    fresh, changed = [], []
    for sample, images in known:
        wanted = set()
        for image in images:
            key = (sample.pk, rows[image.image_id].pk)
            fields = _place(image) | {"resize": short(image.resize, 100)}
            if key in wanted:
                notices.append(f"{sample}: an image stands in it twice; it is kept once.")
                continue
            wanted.add(key)
            if key not in here:
                fresh.append(
                    SampleImage(sample=sample, image_id=key[1], remote=dataset.remote, **fields)
                )
            elif _apply(here[key], fields):
                changed.append(here[key])
        placed = {key[1]: place for key, place in here.items() if key[0] == sample.pk}
        _detach(SampleImage, placed, {image_id for _, image_id in wanted})
    SampleImage.objects.bulk_create(fresh, batch_size=500)
    names = ["text", "order", "resize", "meta_data", "remote_state", "remote_key"]
    SampleImage.objects.bulk_update(changed, names, batch_size=500)
    return counts


def _image_rows(
    dataset: Dataset, addresses: Iterable[tuple[str, str]]
) -> tuple[dict[str, Image], Counter[str]]:
    """Our copies of these images by their id there, made where missing."""
    wanted = dict(addresses)
    rows = {
        row.remote_key or "": row
        for row in Image.objects.filter(remote=dataset.remote_id, remote_key__in=wanted)
    }
    fresh = []
    for key, address in wanted.items():
        row = rows.get(key)
        usable = 0 < len(address) <= Image.ADDRESS_LENGTH
        if row is None:
            row = Image(
                workspace_id=dataset.workspace_id,
                remote_id=dataset.remote_id,
                remote_key=key,
                source_url=address if usable else "",
                state=Image.State.PENDING if usable else Image.State.MISSING,
                fetch_error="" if usable else "The remote gives no address for this image.",
            )
            rows[key] = row
            fresh.append(row)
        elif row.state != Image.State.STORED and usable and row.source_url != address:
            # Another address: it is fetched once more. A stored file is kept, whatever lies there now.
            row.source_url, row.state = address, Image.State.PENDING
            row.fetch_attempts, row.fetch_after, row.fetch_error = 0, None, ""
            row.save(
                update_fields=[
                    "source_url",
                    "state",
                    "fetch_attempts",
                    "fetch_after",
                    "fetch_error",
                ]
            )
    Image.objects.bulk_create(fresh, batch_size=500)
    return rows, Counter({"images_new": len(fresh)})


def upsert_objects(
    dataset: Dataset, samples_with_objects: Sequence[tuple[Sample, Objects]], notices: list[str]
) -> Counter[str]:
    """Attach the detection objects of these samples, at most ten each."""
    known = [(sample, objects) for sample, objects in samples_with_objects if objects is not None]
    usable = [o for _, objects in known for o in objects if _box(o) is not None]
    images, counts = _image_rows(dataset, [(o.image_id or "", o.image_url) for o in usable])
    rows = _object_rows(dataset, usable, images)
    places = SampleObject.objects.filter(sample__in=[s for s, _ in known])
    here = {(place.sample_id, place.detection_object_id): place for place in places}
    fresh: list[SampleObject] = []
    changed: list[SampleObject] = []
    for sample, objects in known:
        placed = {key[1]: place for key, place in here.items() if key[0] == sample.pk}
        things = [(thing, rows.get(thing.detection_object_id)) for thing in objects]
        added, moved = _place_objects(sample, things, placed, notices)
        fresh += added
        changed += moved
        _detach(SampleObject, placed, {row.pk for _, row in things if row is not None})
    SampleObject.objects.bulk_create(fresh, batch_size=500)
    names = ["text", "order", "meta_data", "remote_state", "remote_key"]
    SampleObject.objects.bulk_update(changed, names, batch_size=500)
    return counts


def _place_objects(
    sample: Sample,
    things: Sequence[tuple[RemoteSampleObject, DetectionObject | None]],
    placed: dict[Any, SampleObject],
    notices: list[str],
) -> tuple[list[SampleObject], list[SampleObject]]:
    """The places to make and those to change."""
    used = {place.slot for place in placed.values()}
    free = [slot for slot in range(MAX_OBJECTS) if slot not in used]
    fresh: dict[Any, SampleObject] = {}
    changed = []
    for thing, row in things:
        if row is None:
            notices.append(f"{sample}: an object without a usable box was left out.")
        elif row.pk in placed:
            if _apply(placed[row.pk], _place(thing)):
                changed.append(placed[row.pk])
        elif row.pk in fresh:
            continue
        elif free:
            fresh[row.pk] = SampleObject(
                sample=sample,
                detection_object=row,
                remote_id=row.remote_id,
                slot=free.pop(0),
                **_place(thing),
            )
        else:
            notices.append(f"{sample}: more than {MAX_OBJECTS} objects; the rest is left out.")
    return list(fresh.values()), changed


def _object_rows(
    dataset: Dataset, objects: Sequence[RemoteSampleObject], images: dict[str, Image]
) -> dict[str, DetectionObject]:
    """Our copies of these objects by their id there, made or moved where needed."""
    wanted = {thing.detection_object_id: thing for thing in objects}
    rows = {
        row.remote_key or "": row
        for row in DetectionObject.objects.filter(
            remote=dataset.remote_id, remote_key__in=wanted
        ).select_related("label")
    }
    labels = _labels(dataset, objects)
    fresh = []
    for key, thing in wanted.items():
        xmin, ymin, xmax, ymax = _box(thing) or (0, 0, 1, 1)
        fields: dict[str, Any] = {
            "xmin": float(xmin),
            "ymin": float(ymin),
            "xmax": float(xmax),
            "ymax": float(ymax),
            "label_id": labels[thing.label_name].pk,
            "image_id": images[thing.image_id or ""].pk,
        }
        row = rows.get(key)
        if row is None:
            row = DetectionObject(remote_id=dataset.remote_id, remote_key=key, **fields)
            rows[key] = row
            fresh.append(row)
        elif _apply(row, fields):
            row.save(update_fields=list(fields))
    DetectionObject.objects.bulk_create(fresh, batch_size=500)
    return rows


def _labels(dataset: Dataset, objects: Sequence[RemoteSampleObject]) -> dict[str, DetectionLabel]:
    """The workspace's labels by name: a sample's objects name no label's id."""
    colors = {thing.label_name: thing.label_color for thing in objects}
    rows = DetectionLabel.objects.filter(workspace=dataset.workspace_id, name__in=colors)
    labels = {row.name: row for row in rows.order_by("-created_at")}
    for name, color in colors.items():
        if name not in labels:
            labels[name] = DetectionLabel.objects.create(
                workspace_id=dataset.workspace_id,
                name=name[: DetectionLabel.NAME_LENGTH],
                color=color if len(color) == 7 and color.startswith("#") else DEFAULT_COLOR,
            )
    return labels


def _box(thing: RemoteSampleObject) -> tuple[float, float, float, float] | None:
    """The corners, when there is an image for them and an area between them."""
    box = thing.bbox
    if box is None or thing.image_id is None or box[0] >= box[2] or box[1] >= box[3]:
        return None
    return box


def _place(attachment: RemoteSampleImage | RemoteSampleObject) -> dict[str, Any]:
    return {
        "remote_key": attachment.id,
        "order": max(attachment.order, 0),
        "text": attachment.text,
        "meta_data": attachment.meta_data,
        "remote_state": without(attachment.raw, *ADDRESSES),
    }


def _apply(row: Any, fields: dict[str, Any]) -> bool:
    """Set what differs; whether anything did."""
    changed = {name: value for name, value in fields.items() if getattr(row, name) != value}
    for name, value in changed.items():
        setattr(row, name, value)
    return bool(changed)


def _detach(model: Any, placed: dict[Any, Any], wanted: set[Any]) -> None:
    """Take out what the remote took out; what was attached here stays."""
    gone = [
        place.pk
        for key, place in placed.items()
        if key not in wanted and place.remote_key is not None
    ]
    if gone:
        model.objects.filter(pk__in=gone).delete()
