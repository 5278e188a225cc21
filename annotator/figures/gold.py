"""How people answered the gold samples of datasets, for those who may read it. Loads NumPy."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncDate

from annotator.agreement.intervals import Estimate, estimate_mean
from annotator.agreement.shares import NOTHING, Share
from annotator.annotation.models import GoldResult
from annotator.ui.words import percent

COUNTED = {"right": Count("pk", filter=Q(is_right=True)), "asked": Count("pk")}


@dataclass(frozen=True)
class GoldScore:
    """The mean share of right values per gold sample, and the right ones of those asked by variable."""

    estimate: Estimate
    variables: Mapping[UUID, Share] = field(default_factory=dict)

    @property
    def interval_text(self) -> str:
        """Between which shares the mean lies with 95 % confidence; empty below ten samples."""
        if self.estimate.low is None or self.estimate.high is None:
            return ""
        return f"{percent(self.estimate.low)} – {percent(self.estimate.high)}"

    def share_in(self, variable_id: UUID) -> Share:
        """The right values of one variable."""
        return self.variables.get(variable_id, NOTHING)


def gold_scores(results: QuerySet[GoldResult], key: str) -> dict[Any, GoldScore]:
    """The score by `key`, which is "user" or "dataset". Two queries, whatever their number."""
    results = results.order_by()
    shares: dict[Any, list[float]] = defaultdict(list)
    by_sample = results.values(key, "sample").annotate(**COUNTED)
    for each, right, asked in by_sample.values_list(key, "right", "asked"):
        shares[each].append(right / asked)
    variables: dict[Any, dict[UUID, Share]] = defaultdict(dict)
    for each, variable, right, asked in results.values_list(key, "variable").annotate(**COUNTED):
        variables[each][variable] = Share(right, asked)
    return {each: GoldScore(estimate_mean(row), variables[each]) for each, row in shares.items()}


def of_everybody(scores: Mapping[Any, GoldScore]) -> dict[UUID, Share]:
    """The right values by variable, of all people together."""
    right: Counter[UUID] = Counter()
    asked: Counter[UUID] = Counter()
    for score in scores.values():
        for variable, share in score.variables.items():
            right[variable] += share.count
            asked[variable] += share.total
    return {variable: Share(right[variable], number) for variable, number in asked.items()}


def gold_by_day(results: QuerySet[GoldResult], key: str) -> dict[tuple[Any, date], Share]:
    """The right values by `key` and day (UTC). One query."""
    by_day = results.order_by().annotate(day=TruncDate("answered_at")).values_list(key, "day")
    return {
        (each, day): Share(right, asked) for each, day, right, asked in by_day.annotate(**COUNTED)
    }
