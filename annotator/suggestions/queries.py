"""Reads of suggestions for screens."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Q

from annotator.accounts.models import Membership
from annotator.datasets.models import Dataset, Sample
from annotator.suggestions.models import Source, Suggestion
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


@dataclass(frozen=True)
class SourceCounts:
    """A source, and what became of its suggestions in one dataset."""

    source: Source
    open: int
    accepted: int
    edited: int
    rejected: int
    superseded: int
    invalid: int  # not allowed by their variable: kept, and shown to nobody


def source_counts(dataset: Dataset, member: Membership) -> list[SourceCounts]:
    """The sources of the dataset's suggestions, the newest first, in two queries."""
    states = Suggestion.State
    shown = Suggestion.objects.visible_to(member).filter(sample__dataset=dataset)
    legal = Q(invalid_reason="")
    counts = {state: Count("pk", filter=legal & Q(state=state)) for state in states.values} | {
        "invalid": Count("pk", filter=~legal)
    }
    rows: Any = list(shown.order_by().values("source").annotate(**counts))
    sources = Source.objects.visible_to(member).in_bulk([row["source"] for row in rows])
    named = [
        SourceCounts(source=sources[row["source"]], **{name: row[name] for name in counts})
        for row in rows
    ]
    return sorted(named, key=lambda each: each.source.created_at, reverse=True)
