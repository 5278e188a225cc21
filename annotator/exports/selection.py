"""What goes into an export, read from an address: filter, states, splits, variables, pictures.

state, split, q, by, v.NAME …   the gallery's filter: datasets/queries/filters.py
states=approved                 once for each state whose samples go in; none: all of them
approved=1                      the same as states=approved, in kept addresses
variable=grade                  once for each variable that goes in; none: all of them
test_percent=20  seed=1         the splits are made anew: so many of a hundred samples are for tests
pictures=links  longest_px=1024 see `Pictures`
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial

from django.db import models
from django.db.models import Count
from django.http import QueryDict

from annotator.datasets.models import Dataset, Sample, SampleImage, SampleQuerySet, Variable
from annotator.datasets.queries.filters import GalleryFilter, one_each, read_filter
from annotator.datasets.queries.row_data import SampleData
from annotator.datasets.training_rows import RowChoice
from annotator.snapshots.files import SnapshotFile

LONGEST_SEED = 100  # characters
SMALLEST_PX, LARGEST_PX = 16, 20_000
HASHED = 1 << 64  # a hash lies below it


class Pictures(models.TextChoices):
    """How an export gives the pictures of its samples."""

    COPIES = "copies", "Copies in the export"
    LINKS = "links", "Links to this server"
    NAMES = "names", "Their names only"


@dataclass(frozen=True)
class Selection:
    """What goes into an export; with `problems` nothing does."""

    filter: GalleryFilter = field(default_factory=GalleryFilter)
    states: tuple[str, ...] = ()
    variables: frozenset[str] | None = None  # by name; None: all
    test_percent: int | None = None  # None: the splits as stored
    seed: str = "1"
    pictures: str = Pictures.COPIES
    longest_px: int | None = None  # of a picture's longer side; None: as stored
    problems: tuple[str, ...] = ()
    query: str = ""
    """The address that it was read from, the same for the same selection."""

    def narrow(self, samples: SampleQuerySet) -> SampleQuerySet:
        """The samples that are chosen."""
        if self.problems:
            return samples.none()
        samples = self.filter.apply(samples)
        return samples.filter(state__in=self.states) if self.states else samples

    def count(self, dataset: Dataset) -> int:
        """How many samples are chosen; some of them may be left out for a reason."""
        return self.narrow(Sample.objects.in_dataset(dataset)).count()

    def data_of(self, snapshot: SnapshotFile, *, test: bool) -> Iterator[SampleData]:
        """The chosen samples of a split of a snapshot, in order."""
        is_test = None
        if self.test_percent is not None:
            pairs = (
                (each.sample.pk, image.sha256) for each in snapshot.data() for image in each.images
            )
            is_test = partial(
                in_test_split, percent=self.test_percent, seed=self.seed, groups=groups_of(pairs)
            )
        for each in snapshot.data():
            if is_test is not None:
                each.sample.test = is_test(each.sample.pk)
            if each.sample.test == test and (not self.states or each.sample.state in self.states):
                yield each

    def choice(self, dataset: Dataset) -> RowChoice:
        """For reading the rows. Costs a query when the splits are made anew."""
        is_test = None
        if self.test_percent is not None:
            groups = picture_groups(dataset)
            is_test = partial(
                in_test_split, percent=self.test_percent, seed=self.seed, groups=groups
            )
        return RowChoice(narrow=self.narrow, variables=self.variables, is_test=is_test)


def in_test_split(
    sample: uuid.UUID, *, percent: int, seed: str, groups: dict[uuid.UUID, uuid.UUID]
) -> bool:
    """Whether a sample is for testing, by a hash: it stays so whatever samples are added.

    Samples of one group are on the same side. About `percent` of a hundred are for tests, not exactly.
    """
    group = groups.get(sample, sample)
    digest = hashlib.sha256(f"{seed}:{group}".encode()).digest()
    return int.from_bytes(digest[:8]) * 100 < percent * HASHED


def picture_groups(dataset: Dataset) -> dict[uuid.UUID, uuid.UUID]:
    """The first of a group by its sample, for samples that share a picture, also by way of others.

    Memory grows with the number of such samples only.
    """
    rows = SampleImage.objects.filter(
        sample__dataset=dataset, sample__removed_at=None, sample__only_for=None
    )
    shared = (
        rows.exclude(image__sha256="")
        .values("image__sha256")
        .annotate(number=Count("sample", distinct=True))
        .filter(number__gt=1)
        .values("image__sha256")
    )
    pairs = rows.filter(image__sha256__in=shared).order_by("sample", "image__sha256")
    return groups_of(pairs.values_list("sample_id", "image__sha256").iterator())


def groups_of(pairs: Iterable[tuple[uuid.UUID, str]]) -> dict[uuid.UUID, uuid.UUID]:
    """As `picture_groups`, of samples and the hashes of their pictures."""
    first_of: dict[uuid.UUID, uuid.UUID] = {}  # by sample; follow it up to one that has none
    known: dict[str, uuid.UUID] = {}  # a sample by its picture's hash
    for sample, sha256 in pairs:
        if not sha256:
            continue
        other = known.setdefault(sha256, sample)
        least, most = sorted((_root(first_of, other), _root(first_of, sample)))
        if least != most:
            first_of[most] = least
    return {sample: _root(first_of, sample) for sample in first_of}


def _root(first_of: dict[uuid.UUID, uuid.UUID], sample: uuid.UUID) -> uuid.UUID:
    while sample in first_of:
        sample = first_of[sample]
    return sample


def read_selection(params: QueryDict, variables: list[Variable]) -> Selection:
    """Read the address; what makes no sense is told in `problems`, and then nothing goes in."""
    narrowed = read_filter(one_each(params), variables)
    problems = list(narrowed.problems)
    states = params.getlist("states") or (["approved"] if params.get("approved") == "1" else [])
    unknown = [state for state in states if state not in Sample.State.values]
    problems += [f"There is no state “{state}”." for state in unknown]
    names = {variable.name for variable in variables}
    chosen = params.getlist("variable")
    problems += [f"There is no variable “{name}”." for name in chosen if name not in names]
    pictures = params.get("pictures") or Pictures.COPIES
    if pictures not in Pictures.values:
        problems.append("Pictures are copies, links or names.")
    has_all = not names - set(chosen) or not chosen
    return Selection(
        filter=narrowed,
        states=tuple(state for state in Sample.State.values if state in states),
        variables=None if has_all else frozenset(chosen),
        test_percent=_number(params, "test_percent", 0, 100, problems),
        seed=(params.get("seed") or "1")[:LONGEST_SEED],
        pictures=pictures,
        longest_px=_number(params, "longest_px", SMALLEST_PX, LARGEST_PX, problems),
        problems=tuple(problems),
        query=canonical_query(params, has_all_variables=has_all),
    )


def _number(params: QueryDict, name: str, least: int, most: int, problems: list[str]) -> int | None:
    """A whole number from the address, None where none is given."""
    text = params.get(name, "").strip()
    if not text:
        return None
    if text.isascii() and text.isdigit() and least <= int(text[:9]) <= most:
        return int(text[:9])
    problems.append(f"{name} is a whole number from {least} to {most:,}.")
    return None


# What the page's form has inputs for.
FORM_FIELDS = (
    *("format", "states", "variable", "approved", "test_percent", "seed"),
    *("pictures", "longest_px"),
)
# What an address says besides.
OTHER = ("format", "order", "after", "at", "csrfmiddlewaretoken", "name", "approved", "snapshot")


def canonical_query(params: QueryDict, *, has_all_variables: bool = False) -> str:
    """The part of an address that says what goes in, in one order; what says nothing is left out."""
    kept = QueryDict(mutable=True)
    for name in sorted(set(params) - set(OTHER)):
        if values := sorted({value for value in params.getlist(name) if value}):
            kept.setlist(name, values)
    if params.get("approved") == "1" and "states" not in kept:
        kept["states"] = Sample.State.APPROVED
    if has_all_variables:
        kept.pop("variable", None)
    if "test_percent" not in kept:
        kept.pop("seed", None)
    if kept.get("pictures") == Pictures.COPIES:
        del kept["pictures"]
    return kept.urlencode()
