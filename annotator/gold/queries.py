"""How people answer the gold samples of a dataset. Loads NumPy."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count

from annotator.accounts.models import Membership, User
from annotator.agreement.shares import Share
from annotator.annotation.models import GoldPause, GoldResult, Qualification
from annotator.datasets.models import Dataset, Sample, Variable
from annotator.figures.gold import COUNTED, GoldScore, gold_scores
from annotator.paging import KeysetPage, keyset_page
from annotator.ui.charts import Bar, bar_chart

PAGE_SIZE = 50  # gold samples


@dataclass(frozen=True)
class PersonScore:
    """One person: how they answered, and the right of the asked values by variable."""

    user: User
    score: GoldScore
    cells: list[tuple[str, Share]]  # (variable, right of asked)


def person_scores(
    dataset: Dataset, variables: Sequence[Variable], member: Membership
) -> list[PersonScore]:
    """Everybody who has answered gold samples, the weakest first. Three queries, whatever their number."""
    scores = gold_scores(GoldResult.objects.visible_to(member).filter(dataset=dataset), "user")
    users = User.objects.in_bulk(list(scores))
    rows = [
        PersonScore(users[pk], score, [(each.name, score.share_in(each.pk)) for each in variables])
        for pk, score in scores.items()
    ]
    return sorted(rows, key=lambda row: (row.score.estimate.value or 0, row.user.pk))


def score_chart(scores: Sequence[PersonScore]) -> list[Bar]:
    """The shares as bars."""
    return bar_chart(
        [(each.user.display_name, 100 * (each.score.estimate.value or 0)) for each in scores],
        highest=100,
        text=lambda percent: f"{percent:.0f} %",
    )


@dataclass(frozen=True)
class HeldUp:
    """Somebody who gets no sample here, and why."""

    user: User
    words: str
    since: Any


def held_up(dataset: Dataset, member: Membership) -> list[HeldUp]:
    """Who is paused, then who has failed the qualification and is not trying again. Two queries."""
    pauses = GoldPause.objects.visible_to(member).lasting().filter(dataset=dataset)
    rows = [
        HeldUp(each.user, f"{each.right} of {each.asked} values right", each.paused_at)
        for each in pauses.select_related("user")
    ]
    if not dataset.qualification_samples:
        return rows
    latest: dict[int, Qualification] = {}
    attempts = Qualification.objects.visible_to(member).filter(dataset=dataset)
    for attempt in attempts.select_related("user").order_by("started_at", "pk"):
        latest[attempt.user_id] = attempt
    return rows + [
        HeldUp(
            each.user, f"Not qualified: {each.right} of {each.asked} values right", each.ended_at
        )
        for each in latest.values()
        if each.ended_at is not None and not each.is_passed
    ]


@dataclass(frozen=True)
class SampleScore:
    """A gold sample, what is known of it, and how often it was answered and right."""

    sample: Sample
    known: str
    people: int
    right: int
    asked: int

    @property
    def share(self) -> float | None:
        """Of right values."""
        return Share(self.right, self.asked).share


def gold_samples(
    dataset: Dataset, variables: Sequence[Variable], *, cursor: str | None
) -> tuple[list[SampleScore], KeysetPage[Sample]]:
    """A page of the gold samples, with their scores. Two queries."""
    samples = Sample.objects.in_dataset(dataset).filter(is_gold=True).select_related("gold_answer")
    page = keyset_page(samples, order=("created_at", "id"), cursor=cursor, size=PAGE_SIZE)
    rows = GoldResult.objects.filter(sample__in=[each.pk for each in page.rows]).order_by()
    counted: dict[uuid.UUID, Any] = {
        row["sample"]: row
        for row in rows.values("sample").annotate(people=Count("user", distinct=True), **COUNTED)
    }
    nothing = {"people": 0, "right": 0, "asked": 0}
    scores = []
    for sample in page.rows:
        row = counted.get(sample.pk, nothing)
        known = _known(sample, variables)
        scores.append(SampleScore(sample, known, row["people"], row["right"], row["asked"]))
    return scores, page


def _known(sample: Sample, variables: Sequence[Variable]) -> str:
    values = sample.gold_answer.values
    return ", ".join(
        f"{variable.name}: {variable.spec.display(values[str(variable.pk)])}"
        for variable in variables
        if str(variable.pk) in values
    )
