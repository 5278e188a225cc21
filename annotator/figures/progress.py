"""What the pages about work show: how far a dataset is and who did what; what one person did where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import Count, Exists, Min, OuterRef, Q, Sum
from django.utils import timezone

from annotator.accounts.models import Membership, User
from annotator.agreement.shares import FEWEST, NOTHING, Share
from annotator.annotation.models import Answer, AnswerCount, AnswerValue
from annotator.annotation.models.count import AnswerCountQuerySet
from annotator.annotation.queries import left_by_dataset
from annotator.datasets.models import Dataset, Origin, Sample, Variable
from annotator.datasets.queries import DatasetCard, dataset_cards
from annotator.figures.work import PACE_DAYS, Pace, Period, Work, added_up, total

if TYPE_CHECKING:
    from annotator.figures.gold import GoldScore  # loads NumPy
    from annotator.figures.report import Report


def share(of: int, part: int) -> float | None:
    """As 0.0 to 1.0; None with fewer than FEWEST."""
    return part / of if of >= FEWEST else None


@dataclass(frozen=True)
class Outlook:
    """How many answers are left in a dataset, and when they are there at the pace of the last days."""

    left: int
    pace: Pace

    @property
    def done_on(self) -> date | None:
        """The day of the last answer at this pace."""
        return self.pace.forecast(self.left)


@dataclass(frozen=True)
class Row:
    """The work of one person, or in one dataset."""

    key: Any
    name: str
    work: Work
    compared: int = 0  # values with others' values
    agreeing: int = 0  # of those
    is_member: bool = True  # still
    left: int = 0  # samples that wait for the person
    gold: GoldScore | None = None  # where gold samples were answered, for those who may read it

    @property
    def agreeing_share(self) -> float | None:
        """Of the compared ones; None with fewer than FEWEST, which say nothing."""
        return share(self.compared, self.agreeing)

    @property
    def gold_share(self) -> float | None:
        """Of right values in gold samples; None with fewer than FEWEST samples, which say nothing."""
        if self.gold is None or self.gold.estimate.is_too_few:
            return None
        return self.gold.estimate.value


@dataclass(frozen=True)
class VariableRow:
    """What reviewers changed of a variable's values, and how many agree with those of others."""

    variable: Variable
    changed: int
    reviewed: int
    compared: int = 0  # with others' values
    agreeing: int = 0  # of those
    gold: Share = NOTHING  # right values in gold samples

    @property
    def changed_share(self) -> float | None:
        """Of the reviewed answers."""
        return min(1.0, self.changed / self.reviewed) if self.reviewed else None

    @property
    def agreeing_share(self) -> float | None:
        """Of the compared ones; None with fewer than FEWEST, which say nothing."""
        return share(self.compared, self.agreeing)

    @property
    def gold_share(self) -> float | None:
        """Of right values in gold samples; None with fewer than FEWEST, which say nothing."""
        return share(self.gold.total, self.gold.count)


@dataclass(frozen=True)
class DatasetProgress:
    """A dataset's samples by state, what is left, and the work of a period by day and by person."""

    card: DatasetCard
    outlook: Outlook
    days: Mapping[date, Work]
    people: Sequence[Row]

    @cached_property
    def all(self) -> Work:
        """The work of everybody."""
        return total(self.days)

    def people_with(self, report: Report, scores: Mapping[int, GoldScore]) -> list[Row]:
        """The people with how far each agrees with the others and with gold samples."""
        return [
            replace(row, compared=compared, agreeing=agreeing, gold=scores.get(row.key))
            for row in self.people
            for compared, agreeing in [report.share_of(row.key)]
        ]


def dataset_progress(dataset: Dataset, period: Period) -> DatasetProgress:
    """Five queries, whatever the number of samples."""
    counts = period.of(AnswerCount.objects.filter(dataset=dataset))
    [card] = dataset_cards(Dataset.objects.filter(pk=dataset.pk))
    people = _people(dataset, added_up(counts, "author"))
    return DatasetProgress(card, _outlook(dataset, card), added_up(counts, "day"), people)


def _people(dataset: Dataset, parts: Mapping[int, Work]) -> list[Row]:
    memberships = Membership.objects.filter(user=OuterRef("pk"), workspace=dataset.workspace_id)
    users = User.objects.filter(pk__in=parts).annotate(is_member=Exists(memberships))
    rows = [
        Row(user.pk, user.display_name, parts[user.pk], is_member=user.is_member) for user in users
    ]
    return sorted(rows, key=lambda row: (-row.work.submitted, row.name.casefold()))


def _outlook(dataset: Dataset, card: DatasetCard) -> Outlook:
    """The pace is of the last PACE_DAYS days, or since the first answer if that is later. One query."""
    today = timezone.now().date()
    counts = AnswerCount.objects.filter(dataset=dataset).submitted()
    waiting = Q(state=Answer.State.COLLECTED, sample_state=Sample.State.UNLABELED)
    known = counts.aggregate(
        lately=Sum("number", filter=Q(day__gt=today - timedelta(days=PACE_DAYS))),
        first=Min("day"),
        waiting=Sum("number", filter=waiting),
    )
    days = min(PACE_DAYS, (today - (known["first"] or today)).days + 1)
    several = dataset.overlap_percent / 100 * (dataset.answers_per_sample - 1)
    asked = round(card.counts.get(Sample.State.UNLABELED, 0) * (1 + several))
    left = max(0, asked - (known["waiting"] or 0)) + card.counts.get(Sample.State.RETURNED, 0)
    return Outlook(left, Pace(known["lately"] or 0, max(1, days)))


def variable_rows(
    variables: Sequence[Variable],
    period: Period,
    work: Work,
    *,
    report: Report,
    author: int | None = None,
    gold: Mapping[UUID, Share],
) -> list[VariableRow]:
    """What reviewers changed of the `work` of a period, and how far people agree. One query.

    With `author` of this person's values alone.
    """
    changed = AnswerValue.objects.filter(variable__in=variables, origin=Origin.REVIEWED)
    if author is not None:
        changed = changed.filter(answer__author=author)
    if period.first is not None:
        changed = changed.filter(answer__submitted_at__gte=period.begins_at)
    numbers = dict(changed.order_by().values_list("variable").annotate(Count("pk")))
    return [
        VariableRow(
            each,
            numbers.get(each.pk, 0),
            work.reviewed,
            *report.share_in(each.pk, author),
            gold.get(each.pk, NOTHING),
        )
        for each in variables
    ]


@dataclass(frozen=True)
class PersonProgress:
    """What one person did in a workspace in a period, by day and by dataset."""

    days: Mapping[date, Work]
    datasets: Sequence[Row]

    @cached_property
    def all(self) -> Work:
        """The work in every dataset."""
        return total(self.days)

    def row_named(self, dataset_id: str) -> Row | None:
        """The dataset of an address, else the one with the most work; None without any."""
        named = [row for row in self.datasets if str(row.key.pk) == dataset_id]
        return next(iter(named or self.datasets), None)


def person_progress(
    member: Membership, period: Period, scores: Mapping[UUID, GoldScore]
) -> PersonProgress:
    """With their `scores` by dataset. Four queries, whatever the number of samples."""
    datasets = Dataset.objects.visible_to(member)
    counts = period.of(AnswerCount.objects.filter(author=member.user_id, dataset__in=datasets))
    of_dataset = added_up(counts, "dataset")
    named = datasets.filter(pk__in=of_dataset)
    left = {pk: each["fresh"] + each["returned"] for pk, each in left_by_dataset(member).items()}
    rows = [
        Row(
            each,
            each.name,
            of_dataset[each.pk],
            left=left.get(each.pk, 0),
            gold=scores.get(each.pk),
        )
        for each in named
    ]
    rows.sort(key=lambda row: (-row.work.submitted, row.name.casefold()))
    return PersonProgress(added_up(counts, "day"), rows)


def csv_rows(
    counts: AnswerCountQuerySet,
    key: str,
    names: Mapping[Any, str],
    gold: Mapping[tuple[Any, date], Share],
) -> Iterator[list[Any]]:
    """The lines of a file: day, whose or where, and the figures. One query."""
    parts = added_up(counts, key, "day")
    for which, day in sorted({*parts, *gold}, key=lambda each: (each[1], str(each[0]))):
        work, known = parts.get((which, day), Work()), gold.get((which, day), NOTHING)
        seconds = "" if work.seconds is None else round(work.seconds)
        numbers = [work.submitted, seconds, work.timed_answers, work.accepted, work.returned]
        of_gold = [known.total, known.count] if known.total else ["", ""]
        yield [day.isoformat(), names.get(which, ""), *numbers, *of_gold]
