"""Suggestions get their result when a person has decided about the values."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from django.db.models import Case, Exists, OuterRef, Q, Value, When
from django.utils import timezone

from annotator.accounts.models import User
from annotator.datasets.models import Sample, Variable
from annotator.suggestions.models import Suggestion, SuggestionQuerySet

State = Suggestion.State


def settle(
    sample: Sample,
    values: Mapping[Variable, Any],
    *,
    by: User | None,
    shown: Collection[int] | None = None,
    batch: UUID | None = None,
) -> int:
    """Mark the sample's open suggestions for these variables, in one statement; says how many.

    `values` are the submitted values in their canonical form, None for none. An equal suggestion is
    accepted. One that differs is edited, or rejected when the person gave no value or it is not among
    `shown`, the ids that filled the form (None: all did). A second call marks nothing.
    """
    if not values:
        return 0
    result = Case(*_results(values, shown), default=Value(State.EDITED))
    waiting = Suggestion.objects.open().filter(sample=sample, variable__in=list(values))
    return waiting.update(state=result, settled_at=timezone.now(), settled_by=by, batch=batch)


def _results(values: Mapping[Variable, Any], shown: Collection[int] | None) -> list[When]:
    equal = [
        When(variable=variable, value=value, then=Value(State.ACCEPTED))
        for variable, value in values.items()
        if value is not None
    ]
    empty = [variable for variable, value in values.items() if value is None]
    rejected = Q(variable__in=empty) if empty else Q(pk__in=[])
    if shown is not None:
        rejected |= ~Q(pk__in=list(shown))
    return [*equal, When(rejected, then=Value(State.REJECTED))]


def reopen(settled: SuggestionQuerySet) -> int:
    """Make settled suggestions open again, after an undo; says how many.

    One whose source has proposed something newer stays as it is.
    """
    newer = Suggestion.objects.filter(
        sample=OuterRef("sample"),
        variable=OuterRef("variable"),
        source=OuterRef("source"),
        pk__gt=OuterRef("pk"),
    )
    decided = settled.filter(state__in=[State.ACCEPTED, State.EDITED, State.REJECTED])
    return decided.filter(~Exists(newer)).update(
        state=State.OPEN, settled_at=None, settled_by=None, batch=None
    )
