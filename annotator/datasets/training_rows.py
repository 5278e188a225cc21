"""The samples that a task trains and tests on, with what keeps the others out.

Exports, the preflight, their counts and training read them here, so that all agree on what can be used.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any
from uuid import UUID

from django.db.models import Count, Q

from annotator.datasets.models import Dataset, Sample, SampleQuerySet, Variable
from annotator.datasets.queries.row_data import GivenValue, SampleData, sample_data
from annotator.datasets.rendering import WHOLE, Rendered, render_sample
from annotator.datasets.texts import HasPrompts
from annotator.images.models import Image

COUNTED = 5_000  # samples that a page renders to count them: about a second
NAMED = 5  # reasons and samples that a page names


@dataclass(frozen=True)
class RowChoice:
    """What rows are made for: by default every sample, with all its variables, in the splits as stored."""

    narrow: Callable[[SampleQuerySet], SampleQuerySet] | None = None
    variables: frozenset[str] | None = None
    """By name; the others are treated as if nobody asked for them."""
    is_test: Callable[[UUID], bool] | None = None
    """To which split a sample belongs, by its id, in place of what is stored."""

    def samples(self, dataset: Dataset) -> SampleQuerySet:
        """The dataset's samples that are chosen."""
        samples = Sample.objects.in_dataset(dataset)
        return self.narrow(samples) if self.narrow else samples

    def split_variables(self, dataset: Dataset) -> tuple[list[Variable], list[Variable]]:
        """The live variables that are chosen, in order, and the others."""
        live = list(dataset.variables.live())
        if self.variables is None:
            return live, []
        chosen = [each for each in live if each.name in self.variables]
        return chosen, [each for each in live if each.name not in self.variables]


ALL = RowChoice()


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
    given: tuple[GivenValue, ...] = ()
    """The values with who set them and when, in the order of the variables."""


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
    choice: RowChoice = ALL,
    needs_files: bool = True,
    watch: Callable[[TrainingRow], None] | None = None,
) -> RowCounts:
    """Count by rendering, as an export or a training will; a few queries per CHUNK.

    `watch` is called with every row that is rendered.
    """
    counts = RowCounts()
    rows = training_rows(dataset, task, choice=choice, needs_files=needs_files)
    for number, row in enumerate(islice(rows, COUNTED), start=1):
        counts.add(row)
        if watch is not None:
            watch(row)
        if number == COUNTED:
            _count_rest(counts, dataset, row.sample, choice)
    return counts


def _count_rest(counts: RowCounts, dataset: Dataset, last: Sample, choice: RowChoice) -> None:
    """Add the samples after `last` by their values alone; a template that is refused fails them all."""
    later = Q(created_at__gt=last.created_at) | Q(created_at=last.created_at, id__gt=last.pk)
    rest = choice.samples(dataset).filter(later).order_by()
    variables, hidden = choice.split_variables(dataset)
    complete = rest.complete(variables if hidden else None)
    counts.reasons["a required value is missing or invalid"] += rest.count() - complete.count()
    names = frozenset(each.name for each in hidden)
    example = render_sample(Sample(dataset=dataset), {}, variables=variables, hidden=names)
    if WHOLE in example.problems:
        without = complete.filter(own_result_template=None)
        counts.reasons[example.problem] += without.count()
        complete = complete.exclude(own_result_template=None)
    train, test = _split_counts(complete, choice)
    counts.train += train
    counts.test += test
    counts.unrendered += train + test
    counts.reasons = +counts.reasons  # without zeros


def _split_counts(samples: SampleQuerySet, choice: RowChoice) -> tuple[int, int]:
    """How many are for training and for testing."""
    if choice.is_test is None:
        is_test = Q(test=True)
        counts = samples.aggregate(
            train=Count("pk", filter=~is_test), test=Count("pk", filter=is_test)
        )
        return counts["train"], counts["test"]
    ids = samples.values_list("pk", flat=True).iterator()
    by_split = Counter(map(choice.is_test, ids))
    return by_split[False], by_split[True]


def training_rows(
    dataset: Dataset,
    task: HasPrompts | None = None,
    *,
    choice: RowChoice = ALL,
    test: bool | None = None,
    needs_files: bool = True,
    with_objects: bool = False,
) -> Iterator[TrainingRow]:
    """Every chosen sample of the dataset (of one split), in order, a few queries per CHUNK.

    A sample has a problem when a required value is missing, a value is no longer allowed, it has none at
    all, a picture's file is not here (unless the trainer has its own), or its answer can't be rendered.
    `with_objects` reads the detection objects of the pictures with their labels, too.
    """
    data = sample_data(
        dataset,
        choice.samples(dataset),
        is_test=choice.is_test,
        test=test,
        with_objects=with_objects,
    )
    variables, hidden = choice.split_variables(dataset)
    return rows_of(data, variables, task, hidden=hidden, needs_files=needs_files)


def rows_of(
    data: Iterable[SampleData],
    variables: Sequence[Variable],
    task: HasPrompts | None = None,
    *,
    hidden: Sequence[Variable] = (),
    needs_files: bool = True,
) -> Iterator[TrainingRow]:
    """A row of each sample. `hidden` are the variables that the dataset has beside `variables`."""
    keys = [(str(variable.pk), variable) for variable in variables]
    names = frozenset(variable.name for variable in hidden)
    for each in data:
        yield _row(each, keys, variables, task, hidden=names, needs_files=needs_files)


def _row(
    data: SampleData,
    keys: Sequence[tuple[str, Variable]],
    variables: Sequence[Variable],
    task: HasPrompts | None,
    *,
    hidden: frozenset[str],
    needs_files: bool,
) -> TrainingRow:
    """The row; its problem is the first of: its values, its images, its texts."""
    values, problems, given = {}, [], []
    for key, variable in keys:
        value = data.values.get(key)
        if value is None:
            if variable.required:
                problems.append(f"{variable.name} is required and missing")
            continue
        given.append(value)
        if value.refused:
            problems.append(f"{variable.name}: {value.refused}")
        else:
            values[variable.name] = value.value
    if not values:
        problems.append("it has no values")
    if needs_files:
        problems += _image_problems(data.images)
    rendered = render_sample(data.sample, values, task, variables=variables, hidden=hidden)
    problems.append(rendered.problem)
    problem = next(filter(None, problems), "")
    return TrainingRow(data.sample, data.images, rendered, values, problem, tuple(given))


def _image_problems(images: Sequence[Image]) -> list[str]:
    if not images:
        return ["it has no images"]
    is_here = all(image.state == Image.State.STORED for image in images)
    return [] if is_here else ["an image's file is not here"]
