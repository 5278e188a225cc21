"""How an attempt at a qualification went."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q

from annotator.annotation.models import GoldResult, Qualification


@dataclass(frozen=True)
class VariableScore:
    """Of one variable, how many values were right of those that were asked."""

    name: str
    right: int
    asked: int


def attempt_by_variable(attempt: Qualification) -> list[VariableScore]:
    """The scores of an attempt that has ended, in the order of the form; none while it goes on. One query."""
    if attempt.ended_at is None:
        return []
    results = GoldResult.objects.filter(
        dataset=attempt.dataset_id,
        user=attempt.user_id,
        answered_at__range=(attempt.started_at, attempt.ended_at),
    )
    rows = results.order_by("variable__position", "variable__created_at").values(
        "variable__name", "variable__position", "variable__created_at"
    )
    counted = rows.annotate(right=Count("pk", filter=Q(is_right=True)), asked=Count("pk"))
    return [VariableScore(row["variable__name"], row["right"], row["asked"]) for row in counted]
