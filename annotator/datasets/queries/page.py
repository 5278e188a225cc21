"""The dataset of a page: composed once, with all that the page asks of it in the same query."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.db.models import OuterRef, QuerySet, UUIDField

from annotator.accounts.given import GIVEN_MEMBER, visible_instances, visible_rows
from annotator.accounts.models import Membership, User
from annotator.compiled import CompiledQuery, Given
from annotator.datasets.models import Dataset
from annotator.datasets.models.dataset import DatasetQuerySet
from annotator.datasets.queries.assigned import KEPT_ASSIGNED, assigned_counts
from annotator.datasets.queries.facets import KEPT_COUNTS, Counts, all_counts
from annotator.datasets.queries.gold import gold_copies
from annotator.json_rows import JsonRows

NAMES = ("id", "username", "first_name", "last_name")
PEOPLE = JsonRows(User.objects.filter(memberships__workspace=OuterRef("workspace")), *NAMES)


def _shown() -> DatasetQuerySet:
    datasets = Dataset.objects.visible_to(GIVEN_MEMBER).with_prompts()
    return datasets.select_related("workspace", "remote").filter(pk=Given("dataset", UUIDField()))


DATASET = CompiledQuery(_shown)
GALLERY = CompiledQuery(
    lambda: _shown().annotate(
        kept_counts=KEPT_COUNTS,
        kept_assigned=KEPT_ASSIGNED,
        people=PEOPLE,
        copies=gold_copies(OuterRef("pk"), GIVEN_MEMBER.tested_id),
    )
)


def _counted() -> QuerySet[Dataset, tuple[Any, ...]]:
    copies = gold_copies(OuterRef("pk"), GIVEN_MEMBER.tested_id)
    counted = Dataset.objects.visible_to(GIVEN_MEMBER).annotate(kept=KEPT_COUNTS, copies=copies)
    return counted.order_by().values_list("kept", "copies")


COUNTS = CompiledQuery(_counted)
COUNTS_OF_ONE = CompiledQuery(lambda: _counted().filter(pk=Given("dataset", UUIDField())))


@dataclass(frozen=True)
class GalleryDataset:
    """A dataset with the counts of all its samples as the member is shown them, who has `gold_copies` there,
    and the people of its workspace by name alone.
    """

    dataset: Dataset
    whole: Counts
    assigned: Counter[str]  # by what the filter calls them, see `assigned_counts`
    people: list[User]
    copies: list[Any]


def dataset_to_show(member: Membership, pk: Any) -> Dataset | None:
    """The dataset with its remote and prompts; None where the member sees none of this id."""
    return next(iter(visible_instances(DATASET, member, dataset=pk)), None)


def shown_counts(member: Membership, dataset_id: Any = None) -> Counts:
    """How many samples the member is shown, exactly, of one dataset or of all; one query, at any size."""
    if dataset_id is None:
        rows = visible_rows(COUNTS, member)
    else:
        rows = visible_rows(COUNTS_OF_ONE, member, dataset=dataset_id)
    counts = Counts(Counter())
    for kept, copies in rows:
        counts.rows.update(all_counts(kept, copies).rows)
    return counts


def gallery_dataset(member: Membership, pk: Any) -> GalleryDataset | None:
    """The same with what the gallery counts; one query."""
    for dataset in visible_instances(GALLERY, member, dataset=pk):
        people = [User(**dict(zip(NAMES, row, strict=True))) for row in sorted(dataset.people)]
        whole, assigned = (
            all_counts(dataset.kept_counts, dataset.copies),
            assigned_counts(dataset.kept_assigned),
        )
        return GalleryDataset(dataset, whole, assigned, people, dataset.copies)
    return None
