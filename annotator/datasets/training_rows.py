"""The samples that a task trains and tests on, with what keeps the others out. Also what exports write."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Prefetch

from annotator.datasets.models import Dataset, Sample, SampleImage, Variable, VariableValue
from annotator.images.models import Image

CHUNK = 500  # samples read at once: memory does not grow with the dataset


@dataclass
class TrainingRow:
    """One sample with its stored images in order and its values by variable name.

    `problem` says why it has to be left out; empty when it can be used.
    """

    sample: Sample
    images: list[Image]
    values: dict[str, Any] = field(default_factory=dict)
    problem: str = ""


def training_rows(
    dataset: Dataset, *, approved_only: bool = False, test: bool | None = None
) -> Iterator[TrainingRow]:
    """Every sample of the dataset (of one split), in order, a few queries per CHUNK.

    A sample is left out when a required value is missing, a value is no longer allowed, it has none at
    all, or a picture's file is not here.
    """
    variables = list(dataset.variables.live())
    samples = Sample.objects.in_dataset(dataset).order_by("created_at", "id")
    if approved_only:
        samples = samples.filter(state=Sample.State.APPROVED)
    if test is not None:
        samples = samples.filter(test=test)
    relations = SampleImage.objects.select_related("image").order_by("order", "id")
    values = VariableValue.objects.filter(is_set=True, variable__removed_at=None)
    samples = samples.prefetch_related(
        Prefetch("sample_images", queryset=relations), Prefetch("values", queryset=values)
    )
    for sample in samples.iterator(chunk_size=CHUNK):
        sample.dataset = dataset
        yield _row(sample, variables)


def _row(sample: Sample, variables: Iterable[Variable]) -> TrainingRow:
    given = {value.variable_id: value for value in sample.values.all()}
    images = [relation.image for relation in sample.sample_images.all()]
    row = TrainingRow(sample, images)
    for variable in variables:
        value = given.get(variable.pk)
        if value is None:
            if variable.required and not row.problem:
                row.problem = f"{variable.name} is required and missing"
        elif value.invalid_since is not None:
            row.problem = row.problem or f"{variable.name}: {value.invalid_reason}"
        else:
            row.values[variable.name] = value.value
    if not row.values:
        row.problem = row.problem or "it has no values"
    if any(image.state != Image.State.STORED for image in images):
        row.problem = row.problem or "an image's file is not here"
    elif not images:
        row.problem = row.problem or "it has no images"
    return row
