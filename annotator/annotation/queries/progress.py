"""How much is left for one person, and how long it will take them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import BigIntegerField, UUIDField

from annotator.accounts.models import Membership
from annotator.accounts.roles import Action, may
from annotator.annotation.models import Answer, AnswerQuerySet
from annotator.annotation.queries.figures import NOTHING, FiguresByDataset, figures
from annotator.annotation.work import COUNTED_AT_MOST, PACE_OF, Progress, progress_of
from annotator.compiled import CompiledQuery, Given
from annotator.datasets.models import Dataset, Sample, is_overdue

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
    assigned: int = 0  # of the fresh ones, to this person alone or with others
    due_on: date | None = None  # when the first of these are due

    @property
    def is_overdue(self) -> bool:
        """Whether assigned ones are left though their last day is over."""
        return is_overdue(self.due_on)

    @property
    def left(self) -> int:
        """Everything that waits."""
        return self.fresh + self.returned


def progress(member: Membership, dataset: Dataset, *, ahead: int = 0) -> Progress:
    """How far the person is; `ahead` answers are on their way and count as done. Two queries."""
    counted = figures(member, dataset).get(dataset.pk, NOTHING)
    left = counted.fresh + counted.returned if may(member, Action.LABEL) else 0
    latest = [at for (at,) in LATEST.rows(author=member.user_id, dataset=dataset.pk)]
    how_far = progress_of(counted.done, min(left, COUNTED_AT_MOST), ahead=ahead, latest=latest)
    assigned = max(0, counted.assigned - ahead)
    return replace(how_far, assigned=assigned, due_on=counted.due_on if assigned else None)


def left_by_dataset(
    member: Membership, counted: FiguresByDataset | None = None
) -> dict[UUID, dict[str, Any]]:
    """How many samples are left for this person, {"fresh", "returned", "assigned", "due_on"} by dataset.

    One query, none with the member's `counted` figures.
    """
    if not may(member, Action.LABEL):
        return {}
    return {
        pk: {
            "fresh": each.fresh,
            "returned": each.returned,
            "assigned": each.assigned,
            "due_on": each.due_on,
        }
        for pk, each in (figures(member) if counted is None else counted).items()
        if each.fresh or each.returned
    }


def returned_to(member: Membership) -> AnswerQuerySet:
    """The member's answers that a reviewer returned to them: also what a notification tells."""
    mine = Answer.objects.visible_to(member).filter(author=member.user_id)
    return mine.filter(state=Answer.State.RETURNED, sample__state=Sample.State.RETURNED)


def waiting(member: Membership) -> list[Waiting]:
    """Every dataset with something left for this person: returned work first, then assigned. Two queries."""
    left = left_by_dataset(member)
    datasets = Dataset.objects.visible_to(member).filter(pk__in=left)
    entries = [Waiting(dataset, **left[dataset.pk]) for dataset in datasets]
    return sorted(
        entries,
        key=lambda each: (
            -each.returned,
            each.due_on or date.max,
            not each.assigned,
            each.dataset.name.casefold(),
        ),
    )
