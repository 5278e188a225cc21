"""Suggestions get their result when a person has decided about the values."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db.models import (
    BigIntegerField,
    Case,
    DateTimeField,
    Exists,
    JSONField,
    OuterRef,
    Q,
    UUIDField,
    Value,
    When,
)
from django.utils import timezone

from annotator.accounts.models import User
from annotator.compiled import CompiledUpdate, Given
from annotator.datasets.models import Sample, Variable
from annotator.suggestions.models import Suggestion, SuggestionQuerySet

State = Suggestion.State


def close_suggestions(
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
    given = [(variable, value) for variable, value in values.items() if value is not None]
    empty = [variable.pk for variable, value in values.items() if value is None]
    closing = _closing(len(given), bool(empty), None if shown is None else bool(shown))
    named = {f"variable_{n}": variable.pk for n, (variable, _) in enumerate(given)}
    named |= {f"value_{n}": value for n, (_, value) in enumerate(given)}
    return closing.run(
        sample=sample.pk,
        variables=[variable.pk for variable in values],
        empty=empty,
        shown=[*(shown or ())],
        now=timezone.now(),
        by=by and by.pk,
        batch=batch,
        **named,
    )


@lru_cache(maxsize=200)
def _closing(number: int, some_empty: bool, some_shown: bool | None) -> CompiledUpdate:
    """The UPDATE for so many given values: whether any are empty, and suggestions shown (None: all)."""
    shown = Q(pk__in=Given("shown", BigIntegerField(), many=True) if some_shown else [])
    rejected = Q(variable__in=Given("empty", UUIDField(), many=True) if some_empty else [])
    if some_shown is not None:
        rejected |= ~shown
    equal = [
        When(
            variable=Given(f"variable_{n}", UUIDField()),
            value=Given(f"value_{n}", JSONField()),
            then=Value(State.ACCEPTED),
        )
        for n in range(number)
    ]
    changes = {
        "state": Case(
            *equal, When(rejected, then=Value(State.REJECTED)), default=Value(State.EDITED)
        ),
        "closed_at": Given("now", DateTimeField()),
        "closed_by": Given("by", BigIntegerField()),
        "was_shown": Value(True)
        if some_shown is None
        else Case(When(shown, then=Value(True)), default=Value(False)),
        "batch": Given("batch", UUIDField()),
    }
    waiting = Suggestion.objects.open().filter(
        sample_id=Given("sample", UUIDField()),
        variable__in=Given("variables", UUIDField(), many=True),
    )
    return CompiledUpdate(lambda: (waiting, changes))


def reopen(closed: SuggestionQuerySet) -> int:
    """Make closed suggestions open again, after an undo; says how many.

    One whose source has proposed something newer stays as it is.
    """
    newer = Suggestion.objects.filter(
        sample=OuterRef("sample"),
        variable=OuterRef("variable"),
        source=OuterRef("source"),
        pk__gt=OuterRef("pk"),
    )
    decided = closed.filter(state__in=[State.ACCEPTED, State.EDITED, State.REJECTED])
    return decided.filter(~Exists(newer)).update(
        state=State.OPEN, closed_at=None, closed_by=None, was_shown=None, batch=None
    )
