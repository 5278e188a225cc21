"""Reads of suggestions for screens."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from annotator.accounts.models import Membership
from annotator.datasets.models import Sample
from annotator.suggestions.models import Suggestion
from annotator.variables import ValueRefused

BySample = dict[UUID, dict[UUID, list[Suggestion]]]


def open_for(samples: Iterable[Sample], member: Membership) -> BySample:
    """The open suggestions of these samples by sample id and variable id, in one query.

    The newest of several sources comes first. One that its variable does not allow any more is left out.
    Each has its `source` and `variable` at hand.
    """
    rows = (
        Suggestion.objects.visible_to(member)
        .open()
        .filter(sample__in=[sample.pk for sample in samples])
        .select_related("source", "variable")
        .defer("raw_text")
        .order_by("-created_at", "-pk")
    )
    by_sample: BySample = {}
    for row in rows:
        if is_legal(row):
            by_variable = by_sample.setdefault(row.sample_id, {})
            by_variable.setdefault(row.variable_id, []).append(row)
    return by_sample


def is_legal(suggestion: Suggestion) -> bool:
    """Whether the variable allows the value today; it may have changed since."""
    try:
        return suggestion.variable.spec.check(suggestion.value) is not None
    except ValueRefused:
        return False
