"""The samples that a task trains and tests on, with what keeps the others out.

Exports, the preflight, their counts and training read them here, so that all agree on what can be used.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS
from django.db.models import Count, Q, UUIDField, prefetch_related_objects

from annotator.compiled import CompiledQuery, Given
from annotator.datasets.models import (
    Dataset,
    Sample,
    SampleImage,
    SampleQuerySet,
    Variable,
    VariableValue,
)
from annotator.datasets.rendering import WHOLE, Rendered, render_sample
from annotator.datasets.texts import HasPrompts
from annotator.images.models import Image

CHUNK = 500  # samples read at once: memory does not grow with the dataset
COUNTED = 5_000  # samples that a page renders to count them: about two seconds
NAMED = 5  # reasons and samples that a page names
# What rows are made of; other attributes would be read one by one.
SAMPLE = (
    *("dataset", "name", "description", "test", "type", "state", "created_at"),
    *("input_meta_data", "meta_data", "own_user_prompt", "own_result_template"),
)
IMAGE = (
    *("id", "workspace_id", "state", "sha256", "source_sha256", "format"),
    *("width_px", "height_px", "size_bytes", "name", "path"),
)
GIVEN_SAMPLES = Given("samples", UUIDField(), many=True)
VALUES = CompiledQuery(
    lambda: (
        VariableValue.objects.counted()
        .filter(sample_id__in=GIVEN_SAMPLES)
        .values_list("sample_id", "variable_id", "value", "invalid_since", "invalid_reason")
    )
)
IMAGES = CompiledQuery(
    lambda: (
        SampleImage.objects.filter(sample_id__in=GIVEN_SAMPLES)
        .order_by("order", "id")
        .values_list("sample_id", *(f"image__{name}" for name in IMAGE))
    )
)


@dataclass
class TrainingRow:
    """One sample with its stored images in order, its values by variable name and its texts.

    `problem` says why it has to be left out; empty when it can be used.
    """

    sample: Sample
    images: list[Image]
    rendered: Rendered
    values: dict[str, Any] = field(default_factory=dict)
    problem: str = ""


@dataclass
class RowCounts:
    """How many samples can be used, and why the others cannot.

    `reasons` and `empty_places` count samples, by reason and by the prompt's place that nothing fills;
    `left_out` names some samples. Of a large dataset the samples after the first COUNTED are
    `unrendered`: they are counted by their values alone.
    """

    train: int = 0
    test: int = 0
    unrendered: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    empty_places: Counter[str] = field(default_factory=Counter)
    left_out: list[dict[str, str]] = field(default_factory=list)

    def add(self, row: TrainingRow) -> None:
        """Count one more."""
        if row.problem:
            self.reasons[row.problem] += 1
            if len(self.left_out) < NAMED:
                self.left_out.append({"name": str(row.sample), "reason": row.problem})
            return
        self.empty_places.update(row.rendered.empty_places)
        if row.sample.test:
            self.test += 1
        else:
            self.train += 1

    @property
    def excluded(self) -> int:
        """The samples that cannot be used."""
        return self.reasons.total()

    @property
    def unfilled(self) -> list[tuple[str, int]]:
        """Each place of the prompts that nothing fills, with its number of samples."""
        return sorted(self.empty_places.items())

    @property
    def commonest(self) -> list[tuple[str, int]]:
        """The most frequent reasons, each with its number of samples."""
        return self.reasons.most_common(NAMED)


def count_rows(
    dataset: Dataset,
    task: HasPrompts | None = None,
    *,
    approved_only: bool = False,
    needs_files: bool = True,
    watch: Callable[[TrainingRow], None] | None = None,
) -> RowCounts:
    """Count by rendering, as an export or a training will; a few queries per CHUNK.

    `watch` is called with every row that is rendered.
    """
    counts = RowCounts()
    rows = training_rows(dataset, task, approved_only=approved_only, needs_files=needs_files)
    for number, row in enumerate(islice(rows, COUNTED), start=1):
        counts.add(row)
        if watch is not None:
            watch(row)
        if number == COUNTED:
            _count_rest(counts, dataset, row.sample, approved_only=approved_only)
    return counts


def _count_rest(counts: RowCounts, dataset: Dataset, last: Sample, *, approved_only: bool) -> None:
    """Add the samples after `last` by their values alone; a template that is refused fails them all."""
    later = Q(created_at__gt=last.created_at) | Q(created_at=last.created_at, id__gt=last.pk)
    rest = _samples(dataset, approved_only=approved_only).filter(later).order_by()
    complete = rest.complete()
    counts.reasons["a required value is missing or invalid"] += rest.count() - complete.count()
    example = render_sample(Sample(dataset=dataset), {})
    if WHOLE in example.problems:
        without = complete.filter(own_result_template=None)
        counts.reasons[example.problem] += without.count()
        complete = complete.exclude(own_result_template=None)
    by_split = complete.aggregate(
        train=Count("pk", filter=Q(test=False)), test=Count("pk", filter=Q(test=True))
    )
    counts.train += by_split["train"]
    counts.test += by_split["test"]
    counts.unrendered += by_split["train"] + by_split["test"]
    counts.reasons = +counts.reasons  # without zeros


def _samples(dataset: Dataset, *, approved_only: bool) -> SampleQuerySet:
    samples = Sample.objects.in_dataset(dataset)
    return samples.filter(state=Sample.State.APPROVED) if approved_only else samples


def training_rows(
    dataset: Dataset,
    task: HasPrompts | None = None,
    *,
    approved_only: bool = False,
    test: bool | None = None,
    needs_files: bool = True,
    with_objects: bool = False,
) -> Iterator[TrainingRow]:
    """Every sample of the dataset (of one split), in order, a few queries per CHUNK.

    A sample has a problem when a required value is missing, a value is no longer allowed, it has none at
    all, a picture's file is not here (unless the trainer has its own), or its answer can't be rendered.
    `with_objects` reads the detection objects of the pictures with their labels, too.
    """
    variables = list(dataset.variables.live())
    samples = _samples(dataset, approved_only=approved_only).order_by("created_at", "id")
    if test is not None:
        samples = samples.filter(test=test)
    iterator = samples.only(*SAMPLE).iterator(chunk_size=CHUNK)
    while chunk := list(islice(iterator, CHUNK)):
        ids = [sample.pk for sample in chunk]
        values, images = _values(ids), _images(ids, with_objects=with_objects)
        for sample in chunk:
            sample.dataset = dataset
            own = images.get(sample.pk, [])
            given = values.get(sample.pk, {})
            yield _row(sample, own, given, variables, task, needs_files=needs_files)


def _values(sample_ids: Sequence[UUID]) -> dict[UUID, dict[UUID, Sequence[Any]]]:
    """By the ids of sample and variable: the value, and since when and why it is not allowed any more."""
    values: dict[UUID, dict[UUID, Sequence[Any]]] = {}
    for sample, variable, *value in VALUES.rows(samples=sample_ids):
        values.setdefault(sample, {})[variable] = value
    return values


def _images(sample_ids: Sequence[UUID], *, with_objects: bool) -> dict[UUID, list[Image]]:
    """The images of each sample, in order."""
    images: dict[UUID, list[Image]] = {}
    for sample, *columns in IMAGES.rows(samples=sample_ids):
        image = Image.from_db(DEFAULT_DB_ALIAS, IMAGE, columns)
        images.setdefault(sample, []).append(image)
    if with_objects:
        read = [image for of_sample in images.values() for image in of_sample]
        prefetch_related_objects(read, "detection_objects__label")
    return images


def _row(
    sample: Sample,
    images: list[Image],
    given: Mapping[UUID, Sequence[Any]],
    variables: Sequence[Variable],
    task: HasPrompts | None,
    *,
    needs_files: bool,
) -> TrainingRow:
    """The row; its problem is the first of: its values, its images, its texts."""
    values, problems = {}, []
    for variable in variables:
        if variable.pk not in given:
            if variable.required:
                problems.append(f"{variable.name} is required and missing")
            continue
        value, invalid_since, reason = given[variable.pk]
        if invalid_since is not None:
            problems.append(f"{variable.name}: {reason}")
        else:
            values[variable.name] = value
    if not values:
        problems.append("it has no values")
    if needs_files:
        problems += _image_problems(images)
    rendered = render_sample(sample, values, task, variables=variables)
    problems.append(rendered.problem)
    return TrainingRow(sample, images, rendered, values, next(filter(None, problems), ""))


def _image_problems(images: Sequence[Image]) -> list[str]:
    if not images:
        return ["it has no images"]
    is_here = all(image.state == Image.State.STORED for image in images)
    return [] if is_here else ["an image's file is not here"]
