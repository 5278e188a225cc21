"""Samples come, change and go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from annotator.accounts import audit
from annotator.accounts.models import User
from annotator.compiled import CompiledInsert, unsaved
from annotator.datasets.actions.completion import hold_schema
from annotator.datasets.actions.writing import BATCH
from annotator.datasets.models import (
    MAX_OBJECTS,
    Dataset,
    Sample,
    SampleImage,
    SampleObject,
)
from annotator.errors import BadInput
from annotator.images.models import DetectionObject, Image
from annotator.names import folded, safe_name
from annotator.variables import names_in

INSERT_SAMPLES = CompiledInsert(Sample)
INSERT_IMAGES = CompiledInsert(SampleImage, ("id", "sample_id", "image_id", "order", "meta_data"))
EDITABLE = {"name", "description", "type", "meta_data", "test"}


def first_metadata(dataset: Dataset) -> dict[str, Any]:
    """What a new sample's input metadata holds when nothing is given (R-S16, Q18).

    The dataset's defaults, and an empty text for each place of the user prompt they leave out.
    """
    prompt = dataset.user_prompt.content if dataset.user_prompt else ""
    return {**dict.fromkeys(names_in(prompt), ""), **dataset.default_input_meta_data}


@transaction.atomic
def create_sample(
    dataset: Dataset,
    *,
    by: User | None,
    name: str | None = None,
    images: Sequence[Image] = (),
    input_meta_data: dict[str, Any] | None = None,
    **fields: Any,
) -> Sample:
    """A new sample with its images in order. `fields`: description, test, type, meta_data, mirrored ones."""
    if input_meta_data is None:
        input_meta_data = first_metadata(dataset)
    sample = Sample(dataset=dataset, name=name, input_meta_data=input_meta_data, **fields)
    INSERT_SAMPLES.insert([sample])
    if images:
        add_images(sample, images, by=by)
    return sample


@transaction.atomic(savepoint=False)  # SQLite keeps a copy of each page that follows one, in memory
def create_samples(
    dataset: Dataset, rows: Sequence[dict[str, Any]], *, by: User | None
) -> list[Sample]:
    """Many samples in a fixed number of queries, in the order given.

    Each row: create_sample's arguments, and `image_ids` (of this workspace) in place of the images. The
    schema stays as it is until the transaction ends, so that their values can be written in it.
    """
    hold_schema(dataset)
    metadata = first_metadata(dataset)
    now = timezone.now()
    samples: list[Sample] = []
    relations: list[tuple[Any, ...]] = []
    for number, row in enumerate(rows):
        fields = dict(row)
        image_ids = fields.pop("image_ids", ())
        given = fields.pop("input_meta_data", None)
        sample = unsaved(
            Sample,
            dataset=dataset,
            input_meta_data=dict(metadata) if given is None else given,
            # One microsecond apart, so that the order of the list stays that of the rows.
            created_at=now + timedelta(microseconds=number),
            **fields,
        )
        samples.append(sample)
        relations += [
            (uuid4(), sample.pk, image_id, order, {}) for order, image_id in enumerate(image_ids)
        ]
    INSERT_SAMPLES.insert(samples)
    INSERT_IMAGES.insert_tuples(relations)
    return samples


@transaction.atomic
def update_sample(sample: Sample, *, by: User | None, **changes: Any) -> Sample:
    """Change name, description, type, test or metadata. `input_meta_data` is merged, one level (R-S29)."""
    merged = changes.pop("input_meta_data", None)
    unknown = set(changes) - EDITABLE
    if unknown:
        raise BadInput(f"A sample has no {', '.join(sorted(unknown))} to change.")
    if merged is not None:
        locked = Sample.objects.select_for_update().get(pk=sample.pk)
        changes["input_meta_data"] = {**locked.input_meta_data, **merged}
    for name, value in changes.items():
        setattr(sample, name, value)
    sample.save(update_fields=[*changes, "updated_at"])
    return sample


def rename_samples(names: Mapping[Sample, str]) -> None:
    """Give each sample its name, in a number of queries that grows by one per BATCH samples."""
    now = timezone.now()
    for sample, name in names.items():
        sample.name, sample.updated_at = safe_name(name), now
        sample.name_folded = folded(sample.name)
    Sample.objects.bulk_update(names, ["name", "name_folded", "updated_at"], batch_size=BATCH)


def set_test(samples: Iterable[Sample], *, test: bool, by: User | None) -> int:
    """Move samples to the test split or to training; says how many moved."""
    ids = [sample.pk for sample in samples]
    return (
        Sample.objects.filter(pk__in=ids)
        .exclude(test=test)
        .update(test=test, updated_at=timezone.now())
    )


@transaction.atomic
def remove_sample(sample: Sample, *, by: User | None) -> None:
    """Take a sample out of every list; its values and history stay in the database."""
    Sample.objects.filter(pk=sample.pk, removed_at=None).update(removed_at=timezone.now())
    audit.record("sample.delete", workspace=sample.dataset.workspace, by=by, target=sample)


@transaction.atomic
def add_images(sample: Sample, images: Sequence[Image], *, by: User | None) -> int:
    """Append images; those already there are passed over. Says how many were added.

    Raises BadInput for an image of another workspace.
    """
    foreign = [image for image in images if image.workspace_id != sample.dataset.workspace_id]
    if foreign:
        raise BadInput(f"Image {foreign[0].pk} is not in this workspace.")
    Sample.objects.select_for_update().get(pk=sample.pk)
    present = set(sample.sample_images.values_list("image_id", flat=True))
    last = sample.sample_images.aggregate(last=Max("order"))["last"]
    order = 0 if last is None else last + 1
    fresh = [image for image in dict.fromkeys(images) if image.pk not in present]
    SampleImage.objects.bulk_create(
        SampleImage(sample=sample, image=image, order=order + number)
        for number, image in enumerate(fresh)
    )
    if fresh:
        touch(sample)
    return len(fresh)


@transaction.atomic
def remove_images(sample: Sample, image_ids: Iterable[Any], *, by: User | None) -> int:
    """Take images out of the sample; the images themselves stay. Says how many were taken out."""
    removed, _ = sample.sample_images.filter(image_id__in=list(image_ids)).delete()
    if removed:
        touch(sample)
    return removed


@transaction.atomic
def add_objects(sample: Sample, objects: Sequence[DetectionObject], *, by: User | None) -> int:
    """Attach detection objects, at most MAX_OBJECTS in all, however many requests come at once.

    Those already there are passed over. Raises BadInput, and adds none, when they would be too many
    or belong to another workspace. Says how many were added.
    """
    for thing in objects:
        if thing.image.workspace_id != sample.dataset.workspace_id:
            raise BadInput(f"Detection object {thing.pk} is not in this workspace.")
    Sample.objects.select_for_update().get(pk=sample.pk)
    present = {row.detection_object_id: row for row in sample.sample_objects.all()}
    fresh = [thing for thing in dict.fromkeys(objects) if thing.pk not in present]
    free = sorted(set(range(MAX_OBJECTS)) - {row.slot for row in present.values()})
    too_many = BadInput(
        f"A sample can have at most {MAX_OBJECTS} detection objects: it has {len(present)}, "
        f"{len(fresh)} more were asked for."
    )
    if len(fresh) > len(free):
        raise too_many
    last = max((row.order for row in present.values()), default=-1)
    try:
        with transaction.atomic():
            SampleObject.objects.bulk_create(
                SampleObject(
                    sample=sample, detection_object=thing, slot=slot, order=last + 1 + number
                )
                for number, (thing, slot) in enumerate(zip(fresh, free, strict=False))
            )
    except IntegrityError as error:
        raise too_many from error
    if fresh:
        touch(sample)
    return len(fresh)


@transaction.atomic
def remove_objects(sample: Sample, object_ids: Iterable[Any], *, by: User | None) -> int:
    """Detach detection objects; the objects themselves stay. Says how many were detached."""
    removed, _ = sample.sample_objects.filter(detection_object_id__in=list(object_ids)).delete()
    if removed:
        touch(sample)
    return removed


def touch(sample: Sample) -> None:
    """Note that what is attached to the sample changed just now."""
    Sample.objects.filter(pk=sample.pk).update(updated_at=timezone.now())
