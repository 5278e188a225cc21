"""How much is left for one person, and how long it will take them."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import BigIntegerField, UUIDField

from annotator.accounts.models import Membership
from annotator.accounts.roles import Action, may
from annotator.annotation.models import Answer
from annotator.annotation.queries.figures import NOTHING, FiguresByDataset, figures
from annotator.annotation.work import COUNTED_AT_MOST, PACE_OF, Progress, progress_of
from annotator.compiled import CompiledQuery, Given
from annotator.datasets.models import Dataset

LATEST = CompiledQuery(
    lambda: (
        Answer.objects.filter(
            author_id=Given("author", BigIntegerField()),
            dataset_id=Given("dataset", UUIDField()),
            submitted_at__isnull=False,
        )
        .order_by("-submitted_at")
        .values_list("submitted_at")[:PACE_OF]
    )
)


@dataclass(frozen=True)
class Waiting:
    """A dataset with what waits in it for one person."""

    dataset: Dataset
    fresh: int = 0
    returned: int = 0

    @property
    def left(self) -> int:
        """Everything that waits."""
        return self.fresh + self.returned


def progress(member: Membership, dataset: Dataset, *, ahead: int = 0) -> Progress:
    """How far the person is; `ahead` answers are on their way and count as done. Two queries."""
    counted = figures(member, dataset).get(dataset.pk, NOTHING)
    left = counted.fresh + counted.returned if may(member, Action.LABEL) else 0
    latest = [at for (at,) in LATEST.rows(author=member.user_id, dataset=dataset.pk)]
    return progress_of(counted.done, min(left, COUNTED_AT_MOST), ahead=ahead, latest=latest)


def left_by_dataset(
    member: Membership, counted: FiguresByDataset | None = None
) -> dict[UUID, dict[str, int]]:
    """How many samples are left for this person, {"fresh", "returned"} by dataset.

    One query, none with the member's `counted` figures.
    """
    if not may(member, Action.LABEL):
        return {}
    return {
        pk: {"fresh": each.fresh, "returned": each.returned}
        for pk, each in (figures(member) if counted is None else counted).items()
        if each.fresh or each.returned
    }


def waiting(member: Membership) -> list[Waiting]:
    """Every dataset with something left for this person, returned work first. Two queries."""
    left = left_by_dataset(member)
    datasets = Dataset.objects.visible_to(member).filter(pk__in=left)
    entries = [Waiting(dataset, **left[dataset.pk]) for dataset in datasets]
    return sorted(entries, key=lambda each: (-each.returned, each.dataset.name.casefold()))
