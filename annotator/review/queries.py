"""What the screens of the room show."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import OuterRef, Q, Subquery
from django.utils import timezone

from annotator.accounts.models import Membership
from annotator.accounts.roles import Action, may, visible
from annotator.annotation.models import Answer, AnswerQuerySet
from annotator.annotation.queries import FiguresByDataset, figures
from annotator.annotation.work import COUNTED_AT_MOST, PACE_OF, Progress, progress_of
from annotator.datasets.models import Dataset, Sample, Variable
from annotator.paging import keyset_page
from annotator.review.models import Review

PAGE = 50  # answers in a page of the list
PACE_AMONG = 200  # a person's last verdicts, among which those of one dataset give the pace


@dataclass(frozen=True)
class Waiting:
    """A dataset with what awaits a verdict in it, since when, and how many of those are one's own."""

    dataset: Dataset
    number: int
    oldest: datetime | None
    own: int


def submitted(member: Membership) -> AnswerQuerySet:
    """Every answer of the workspace that nobody has reviewed, one's own among them."""
    answers = Answer.objects.visible_to(member).filter(
        state=Answer.State.SUBMITTED, sample__state=Sample.State.SUBMITTED
    )
    return visible(answers, member, Action.REVIEW)


def awaiting(member: Membership) -> AnswerQuerySet:
    """Those that this person may review."""
    return submitted(member).exclude(_own(member))


def _own(member: Membership) -> Q:
    return Q(author=member.user_id, sample__dataset__self_review_allowed=False)


def waiting(member: Membership, counted: FiguresByDataset | None = None) -> list[Waiting]:
    """Every dataset with something to review, where one has waited longest first.

    Two queries, one with the member's `counted` figures.
    """
    if not may(member, Action.REVIEW):
        return []
    counted = figures(member) if counted is None else counted
    counted = {pk: each for pk, each in counted.items() if each.awaiting}
    answers = awaiting(member).filter(dataset=OuterRef("pk")).order_by("submitted_at")
    datasets = Dataset.objects.visible_to(member).filter(pk__in=counted)
    entries = []
    for dataset in datasets.annotate(oldest=Subquery(answers.values("submitted_at")[:1])):
        number = counted[dataset.pk].awaiting
        own = 0 if dataset.self_review_allowed else counted[dataset.pk].own_awaiting
        entries.append(Waiting(dataset, number - own, dataset.oldest, own))
    return sorted(entries, key=lambda each: (each.oldest is None, each.oldest or each.dataset.name))


def progress(member: Membership, dataset: Dataset, *, ahead: int = 0) -> Progress:
    """How many verdicts were given today (UTC) and how many are left; `ahead` are on their way."""
    today = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    verdicts = Review.objects.filter(reviewer=member.user_id, answer__isnull=False).exclude(
        decision=Review.Decision.REOPENED
    )
    mine = verdicts.filter(sample__dataset=dataset, created_at__gte=today)
    done = mine.order_by().values("answer").distinct().count()
    # Of all datasets: however long ago the last verdict in this one was, no more is read.
    latest = verdicts.order_by("-created_at").values("pk")[:PACE_AMONG]
    mine_lately = Review.objects.filter(pk__in=latest, sample__dataset=dataset).order_by(
        "-created_at"
    )
    left = left_by_dataset(member, figures(member, dataset)).get(dataset.pk, 0)
    return progress_of(
        done,
        min(left, COUNTED_AT_MOST),
        ahead=ahead,
        latest=list(mine_lately.values_list("created_at", flat=True)[:PACE_OF]),
    )


def left_by_dataset(member: Membership, counted: FiguresByDataset) -> dict[uuid.UUID, int]:
    """How many answers `awaiting` has by dataset, where there are any, of the member's `figures`."""
    if not may(member, Action.REVIEW):
        return {}
    left = {
        pk: each.awaiting - (0 if each.self_review_allowed else each.own_awaiting)
        for pk, each in counted.items()
    }
    return {pk: number for pk, number in left.items() if number > 0}


def history(sample: Sample) -> list[Review]:
    """The verdicts on a sample, the newest first."""
    return list(sample.reviews.select_related("reviewer", "answer__author"))


def skips(sample: Sample) -> list[Answer]:
    """Those who put the sample aside, with their reasons."""
    skipped = Answer.objects.filter(sample=sample, state=Answer.State.SKIPPED)
    return list(skipped.select_related("author"))


@dataclass(frozen=True)
class AnswerRow:
    """One row of the list: the answer, its values in the order of the columns, whether it is one's own."""

    answer: Answer
    cells: list[tuple[Variable, str]]
    is_own: bool


@dataclass(frozen=True)
class ListPage:
    """A page of the list with its columns and the links to its neighbours."""

    variables: list[Variable]
    rows: list[AnswerRow]
    pager: dict[str, str]


def list_page(member: Membership, dataset: Dataset, *, cursor: str | None) -> ListPage:
    """The longest waiting answers of a dataset, PAGE at a time. Three queries."""
    answers = submitted(member).filter(dataset=dataset)
    answers = answers.select_related("author", "sample__dataset").prefetch_related("values")
    page = keyset_page(answers, order=("submitted_at", "id"), cursor=cursor, size=PAGE)
    variables = list(dataset.variables.live())
    rows = [_row(answer, variables, member) for answer in page.rows]
    pager = {
        "previous_query": f"?page={page.previous_cursor}" if page.previous_cursor else "",
        "next_query": f"?page={page.next_cursor}" if page.next_cursor else "",
    }
    return ListPage(variables, rows, pager)


def _row(answer: Answer, variables: list[Variable], member: Membership) -> AnswerRow:
    values = {row.variable_id: row.value for row in answer.values.all()}
    cells = [(variable, variable.spec.display(values.get(variable.pk))) for variable in variables]
    return AnswerRow(answer, cells, is_own=answer.needs_another_reviewer(member.user_id))


def answers_by_id(member: Membership, dataset: Dataset, ids: Collection[Any]) -> list[Answer]:
    """The named answers of a dataset, wherever they stand by now, the longest waiting first."""
    answers = Answer.objects.visible_to(member).filter(sample__dataset=dataset, pk__in=list(ids))
    return list(answers.select_related("sample__dataset").order_by("submitted_at", "id"))
