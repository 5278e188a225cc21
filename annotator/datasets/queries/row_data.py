"""What rows for exports and training are made of, read for many samples in a few queries.

Reading is most of the work on a large dataset, so nothing here goes through `Model.__init__`, and ids that
only join the rows are texts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import UUIDField, prefetch_related_objects

from annotator.compiled import CompiledQuery, Given, stored
from annotator.datasets.models import (
    Dataset,
    Sample,
    SampleImage,
    SampleQuerySet,
    VariableValue,
)
from annotator.images.models import Image

CHUNK = 500  # samples read at once: memory does not grow with the dataset
# What rows are made of; other attributes would be read one by one.
SAMPLE = (
    *("id", "dataset_id", "name", "test", "type", "state", "created_at"),
    *("input_meta_data", "own_user_prompt", "own_result_template"),
)
IMAGE = (
    *("id", "state", "sha256", "source_sha256", "format"),
    *("width_px", "height_px", "size_bytes", "name", "path"),
)
GIVEN_SAMPLES = Given("samples", UUIDField(), many=True)
VALUES = CompiledQuery(
    lambda: (
        VariableValue.objects.counted()
        .filter(sample_id__in=GIVEN_SAMPLES)
        .values_list(
            *("sample_id", "variable_id", "value", "invalid_since"),
            *("invalid_reason", "rev", "set_by_id", "set_at"),
        )
    ),
    text_ids=True,
)
IMAGES = CompiledQuery(
    lambda: (
        SampleImage.objects.filter(sample_id__in=GIVEN_SAMPLES)
        .order_by("order", "id")
        .values_list("sample_id", *(f"image__{name}" for name in IMAGE))
    ),
    text_ids=True,
)


class GivenValue(NamedTuple):
    """A value that a sample has, of whatever variable; `refused` says why it is not allowed any more."""

    value: Any
    refused: str = ""
    rev: int = 1
    set_by: int | str | None = None  # a person's id, or their name in a snapshot
    set_at: datetime | None = None


@dataclass(slots=True)
class SampleData:
    """One sample with its images in order and its values by the variable's id."""

    sample: Sample
    images: list[Image] = field(default_factory=list)
    values: dict[str, GivenValue] = field(default_factory=dict)


def sample_data(
    dataset: Dataset,
    samples: SampleQuerySet,
    *,
    is_test: Callable[[UUID], bool] | None = None,
    test: bool | None = None,
    with_objects: bool = False,
) -> Iterator[SampleData]:
    """The data of the samples (of one split) in the order of creation, a few queries per CHUNK.

    `is_test` says by a sample's id to which split it belongs, in place of what is stored. `with_objects`
    reads the detection objects of the pictures with their labels, too.
    """
    samples = samples.order_by("created_at", "id")
    if test is not None and is_test is None:
        samples = samples.filter(test=test)
    for rows in CompiledQuery(lambda: samples.values_list(*SAMPLE)).chunks(CHUNK):
        chunk = [stored(Sample, SAMPLE, row) for row in rows]
        for sample in chunk:
            sample.dataset = dataset
            if is_test is not None:
                sample.test = is_test(sample.pk)
        if test is not None:
            chunk = [sample for sample in chunk if sample.test == test]
        yield from _with_values_and_images(chunk, with_objects=with_objects)


def _with_values_and_images(chunk: list[Sample], *, with_objects: bool) -> Iterator[SampleData]:
    ids = [sample.pk for sample in chunk]
    data = {str(sample.pk): SampleData(sample) for sample in chunk}
    for sample, variable, value, since, reason, rev, by, at in VALUES.rows(samples=ids):
        refused = "" if since is None else reason or "not allowed any more"
        data[sample].values[variable] = GivenValue(value, refused, rev, by, at)
    for sample, image, *columns in IMAGES.rows(samples=ids):
        data[sample].images.append(stored(Image, IMAGE, (UUID(image), *columns)))
    if with_objects:
        images = [image for each in data.values() for image in each.images]
        prefetch_related_objects(images, "detection_objects__label")
    yield from data.values()
