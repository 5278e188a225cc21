"""Skipped samples that a reviewer has not decided about, and why they were skipped."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import Count, Exists, OuterRef, Subquery

from annotator.accounts.models import Membership
from annotator.accounts.roles import Action, visible
from annotator.annotation.models import Answer
from annotator.datasets.models import Dataset, Sample, SampleCount, SampleQuerySet
from annotator.datasets.queries.sample_cards import SampleCard, sample_cards
from annotator.paging import KeysetPage, keyset_page
from annotator.review.models import Review

PAGE = 50  # samples
EARLIEST = datetime(1, 1, 2, tzinfo=UTC)


@dataclass(frozen=True)
class SkippedRow:
    """A skipped sample, and who skipped it why."""

    card: SampleCard
    answers: list[Answer]


def skipped(member: Membership, *, is_closed: bool = False) -> SampleQuerySet:
    """The workspace's skipped samples that nobody has closed since they last changed, or those closed."""
    samples = Sample.objects.visible_to(member).filter(state=Sample.State.SKIPPED)
    closed = Exists(
        Review.objects.filter(
            sample=OuterRef("pk"),
            decision=Review.Decision.CLOSED,
            created_at__gte=OuterRef("updated_at"),
        )
    )
    return visible(samples.filter(closed if is_closed else ~closed), member, Action.REVIEW)


def skipped_by_dataset(member: Membership) -> list[tuple[Dataset, int]]:
    """The datasets in which skipped samples wait for a decision, and how many. One query."""
    # A bound of their times: without, SQLite would not take the index by state but go through all samples.
    waiting = skipped(member).filter(dataset=OuterRef("pk"), created_at__gt=EARLIEST).order_by()
    number = waiting.values("dataset").annotate(number=Count("pk")).values("number")
    kept = SampleCount.objects.filter(dataset=OuterRef("pk"), state=Sample.State.SKIPPED)
    datasets = Dataset.objects.visible_to(member).filter(Exists(kept.filter(number__gt=0)))
    counted = datasets.annotate(skipped_number=Subquery(number))
    return [(each, each.skipped_number) for each in counted if each.skipped_number]


def skipped_page(
    member: Membership, dataset: Dataset, *, cursor: str | None, is_closed: bool
) -> tuple[KeysetPage[Sample], list[SkippedRow]]:
    """A page of a dataset's skipped samples, the oldest first. Four queries."""
    samples = skipped(member, is_closed=is_closed).filter(dataset=dataset)
    page = keyset_page(samples, order=("created_at", "id"), cursor=cursor, size=PAGE)
    answers = defaultdict(list)
    by_sample = Answer.objects.filter(sample__in=page.rows, state=Answer.State.SKIPPED)
    for answer in by_sample.select_related("author"):
        answers[answer.sample_id].append(answer)
    return page, [SkippedRow(card, answers[card.sample.pk]) for card in sample_cards(page.rows, [])]
