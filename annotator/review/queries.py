"""What the screens of the room show."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils import timezone

from annotator.accounts.models import Membership
from annotator.accounts.roles import Action, may, visible
from annotator.annotation.comparing import compare
from annotator.annotation.models import Answer, AnswerQuerySet
from annotator.annotation.queries import FiguresByDataset, figures
from annotator.annotation.work import COUNTED_AT_MOST, PACE_OF, Progress, progress_of
from annotator.datasets.models import Dataset, Sample, Variable
from annotator.paging import keyset_page
from annotator.review.models import Review
from annotator.suggestions.models import Suggestion
from annotator.suggestions.queries import current_for

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
    return submitted(member).exclude(_closed_to(member))


def _own(member: Membership) -> Q:
    """What the member answered alone, or with others who are reviewed together."""
    among = Answer.objects.filter(sample=OuterRef("sample"), author=member.user_id)
    collected = Exists(among.filter(state=Answer.State.COLLECTED))
    return (Q(author=member.user_id) | Q(collected)) & Q(sample__dataset__self_review_allowed=False)


def _closed_to(member: Membership) -> Q:
    """The member's own, and those that another reviewer has to decide."""
    is_second = Q(first_reviewer__isnull=False) & Q(first_reviewer=member.user_id)
    return _own(member) | is_second


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
        own = counted[dataset.pk].closed_to_reviewer
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
    left = {pk: each.awaiting - each.closed_to_reviewer for pk, each in counted.items()}
    return {pk: number for pk, number in left.items() if number > 0}


def history(sample: Sample) -> list[Review]:
    """The verdicts on a sample, the newest first."""
    return list(sample.reviews.select_related("reviewer", "answer__author"))


def suggestions_of(sample: Sample, member: Membership) -> Mapping[uuid.UUID, Sequence[Suggestion]]:
    """What models and scripts proposed, by variable, the newest first; none for a test sample. One query.

    Test samples have them where the dataset says so.
    """
    if sample.test and not sample.dataset.suggests_test_samples:
        return {}
    return current_for([sample], member).get(sample.pk, {})


def done_by_others(answer: Answer) -> tuple[list[Answer], list[Answer]]:
    """What others made of the answer's sample: those who skipped it, with their reasons, and who answered it
    too. One query."""
    done = Answer.objects.filter(sample=answer.sample_id, state__in=Answer.DONE_STATES)
    answers = list(done.select_related("author").order_by("submitted_at", "created_at"))
    skipped = [each for each in answers if each.state == Answer.State.SKIPPED]
    collected = [each for each in answers if each.state == Answer.State.COLLECTED]
    return skipped, [each for each in collected if each.pk != answer.pk]


def differing_variables(answer: Answer) -> list[Variable]:
    """The variables in which the people who answered its sample differ. Three queries."""
    answers = [answer, *done_by_others(answer)[1]]
    return compare(list(answer.sample.dataset.variables.live()), answers).differing


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
    """The longest waiting answers of a dataset, PAGE at a time. Four queries, and that of `_own_among`."""
    return _page_of(submitted(member), member, dataset, cursor=cursor)


def accepted_by_rule(member: Membership, dataset: Dataset, *, cursor: str | None) -> ListPage:
    """The answers of a dataset that were accepted without a reviewer, the newest first: as `list_page`."""
    answers = Answer.objects.visible_to(member).filter(
        is_self_accepted=True, state=Answer.State.APPROVED
    )
    answers = visible(answers, member, Action.REVIEW)
    return _page_of(answers, member, dataset, cursor=cursor, newest_first=True)


def _page_of(
    answers: AnswerQuerySet,
    member: Membership,
    dataset: Dataset,
    *,
    cursor: str | None,
    newest_first: bool = False,
) -> ListPage:
    answers = answers.filter(dataset=dataset)
    answers = answers.select_related("sample").prefetch_related("author", "values")
    page = keyset_page(
        answers,
        order=("submitted_at", "id"),
        cursor=cursor,
        size=PAGE,
        newest_first=newest_first,
    )
    for answer in page.rows:
        answer.sample.dataset = dataset
    variables = Variable.objects.asked_in(dataset)
    own = _own_among(member, page.rows)
    rows = [_row(answer, variables, is_own=answer.pk in own) for answer in page.rows]
    pager = {
        "previous_query": f"?page={page.previous_cursor}" if page.previous_cursor else "",
        "next_query": f"?page={page.next_cursor}" if page.next_cursor else "",
    }
    return ListPage(variables, rows, pager)


def _own_among(member: Membership, answers: Collection[Answer]) -> set[uuid.UUID]:
    """The ids of those that somebody else must review. One query where several are asked, else none."""
    others = [answer for answer in answers if not answer.needs_another_reviewer(member.user_id)]
    own = {answer.pk for answer in answers} - {answer.pk for answer in others}
    own |= {answer.pk for answer in others if answer.first_reviewer_id == member.user_id}
    several = [answer.pk for answer in others if answer.sample.asks_several]
    if several:
        own.update(Answer.objects.filter(_own(member), pk__in=several).values_list("pk", flat=True))
    return own


def _row(answer: Answer, variables: list[Variable], *, is_own: bool) -> AnswerRow:
    values = {row.variable_id: row.value for row in answer.values.all()}
    cells = [(variable, variable.spec.display(values.get(variable.pk))) for variable in variables]
    return AnswerRow(answer, cells, is_own)


def answers_by_id(member: Membership, dataset: Dataset, ids: Collection[Any]) -> list[Answer]:
    """The named answers of a dataset, wherever they stand by now, the longest waiting first."""
    answers = Answer.objects.visible_to(member).filter(sample__dataset=dataset, pk__in=list(ids))
    answers = answers.select_related("author", "sample__dataset__workspace")
    return list(answers.order_by("submitted_at", "id"))
