"""How much is left for one person, and how long it will take them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Any

from django.db.models import Count, Q

from annotator.accounts.models import Membership
from annotator.annotation.models import Answer
from annotator.datasets.models import Dataset, Sample, SampleQuerySet

COUNTED_AT_MOST = 1000  # beyond it the exact number helps nobody, and counting it would cost
PACE_OF = 20  # the last answers that the estimate is made from
PAUSE = timedelta(minutes=5)  # a longer gap between two answers was no work on the second


@dataclass(frozen=True)
class Progress:
    """One person's way through one dataset. `seconds_left` is None while nobody can tell."""

    done: int
    left: int
    seconds_left: float | None = None

    @property
    def total(self) -> int:
        """Everything that this person can do here."""
        return self.done + self.left

    @property
    def is_more(self) -> bool:
        """Whether more is left than was counted."""
        return self.left >= COUNTED_AT_MOST


@dataclass(frozen=True)
class Waiting:
    """A dataset with what waits in it for one person."""

    dataset: Dataset
    fresh: int
    returned: int

    @property
    def left(self) -> int:
        """Everything that waits."""
        return self.fresh + self.returned


def left_for(member: Membership) -> SampleQuerySet:
    """What this person may still label: returned to them, or nobody's."""
    mine = Answer.objects.filter(author=member.user_id)
    returned = mine.filter(state=Answer.State.RETURNED)
    done = mine.exclude(state=Answer.State.DRAFT)
    return Sample.objects.visible_to(member).filter(
        Q(state=Sample.State.RETURNED, pk__in=returned.values("sample"))
        | Q(state=Sample.State.UNLABELED) & ~Q(pk__in=done.values("sample"))
    )


def progress(member: Membership, dataset: Dataset, *, ahead: int = 0) -> Progress:
    """How far the person is; `ahead` answers are on their way and count as done."""
    handed_in = Answer.objects.filter(
        author=member.user_id, sample__dataset=dataset, sample__removed_at=None
    ).exclude(state__in=[Answer.State.DRAFT, Answer.State.RETURNED])
    left = left_for(member).filter(dataset=dataset).order_by()[:COUNTED_AT_MOST].count()
    left, done = max(0, left - ahead), handed_in.count() + ahead
    pace = _seconds_each(handed_in)
    return Progress(done, left, None if pace is None else pace * left)


def _seconds_each(answers: Any) -> float | None:
    """The usual time between two answers; None before there are three of them in a row."""
    moments = list(
        answers.filter(submitted_at__isnull=False)
        .order_by("-submitted_at")
        .values_list("submitted_at", flat=True)[:PACE_OF]
    )
    gaps = [later - earlier for later, earlier in pairwise(moments) if later - earlier <= PAUSE]
    if len(gaps) < 2:
        return None
    return sum(gaps, timedelta()).total_seconds() / len(gaps)


def waiting(member: Membership) -> list[Waiting]:
    """Every dataset with something left for this person, returned work first. Two queries."""
    counts = {
        row["dataset"]: row
        for row in left_for(member)
        .order_by()
        .values("dataset")
        .annotate(
            fresh=Count("pk", filter=Q(state=Sample.State.UNLABELED)),
            returned=Count("pk", filter=Q(state=Sample.State.RETURNED)),
        )
    }
    datasets = Dataset.objects.visible_to(member).filter(pk__in=counts)
    found = [
        Waiting(dataset, counts[dataset.pk]["fresh"], counts[dataset.pk]["returned"])
        for dataset in datasets
    ]
    return sorted(found, key=lambda each: (-each.returned, each.dataset.name.casefold()))
