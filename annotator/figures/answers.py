"""What kept figures of answers are made from."""

from __future__ import annotations

from typing import Any

from django.db.models import OuterRef, Subquery, Sum

from annotator.annotation.models import Answer, AnswerCount
from annotator.datasets.models import Dataset
from annotator.figures.given import COUNTED


def answers_state(dataset: Dataset) -> tuple[list[Any], list[Any]]:
    """Changes when an answer that counts is submitted, withdrawn or returned. Two queries.

    Numbers by state and by whether it was returned, and the moments of the latest.
    """
    counts = AnswerCount.objects.filter(dataset=dataset).order_by("state", "was_returned")
    numbers = counts.values_list("state", "was_returned").annotate(Sum("number"))
    latest = {
        state.value: Subquery(
            Answer.objects.filter(dataset=OuterRef("pk"), state=state)
            .order_by("-submitted_at")
            .values("submitted_at")[:1]
        )
        for state in COUNTED
    }
    moments = Dataset.objects.filter(pk=dataset.pk).values_list(*latest.values())
    return list(numbers), list(moments)
