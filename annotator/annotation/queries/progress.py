"""How much is left for one person, and how long it will take them."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Q

from annotator.accounts.models import Membership
from annotator.annotation.models import Answer
from annotator.annotation.work import Progress, count_up_to_limit, progress_of
from annotator.datasets.models import Dataset, Sample


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
    """How far the person is; `ahead` answers are on their way and count as done."""
    given = Answer.objects.filter(
        author=member.user_id, sample__dataset=dataset, sample__removed_at=None
    ).exclude(state__in=[Answer.State.DRAFT, Answer.State.RETURNED])
    # What has to be labelled again is left, not done.
    done = given.exclude(~Q(state=Answer.State.SKIPPED), sample__state=Sample.State.UNLABELED)
    left = Answer.objects.samples_to_label(member).filter(dataset=dataset)
    return progress_of(
        done.count(),
        count_up_to_limit(left),
        ahead=ahead,
        work=given,
        time_field="submitted_at",
    )


def left_by_dataset(member: Membership) -> dict[UUID, dict[str, int]]:
    """How many samples are left for this person, {"fresh", "returned"} by dataset; one query."""
    rows = (
        Answer.objects.samples_to_label(member)
        .order_by()
        .values("dataset")
        .annotate(
            fresh=Count("pk", filter=Q(state=Sample.State.UNLABELED)),
            returned=Count("pk", filter=Q(state=Sample.State.RETURNED)),
        )
    )
    return {row["dataset"]: {"fresh": row["fresh"], "returned": row["returned"]} for row in rows}


def waiting(member: Membership) -> list[Waiting]:
    """Every dataset with something left for this person, returned work first. Two queries."""
    left = left_by_dataset(member)
    datasets = Dataset.objects.visible_to(member).filter(pk__in=left)
    entries = [Waiting(dataset, **left[dataset.pk]) for dataset in datasets]
    return sorted(entries, key=lambda each: (-each.returned, each.dataset.name.casefold()))
