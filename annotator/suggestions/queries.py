"""Reads of suggestions for screens."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Exists, OuterRef, UUIDField

from annotator.accounts.given import GIVEN_MEMBER, visible_instances
from annotator.accounts.models import Membership
from annotator.compiled import CompiledQuery, Given
from annotator.datasets.models import Dataset, Sample
from annotator.suggestions.models import Source, Suggestion, SuggestionQuerySet
from annotator.variables import ValueRefused

BySample = dict[UUID, dict[UUID, list[Suggestion]]]


def open_for(samples: Iterable[Sample], member: Membership) -> BySample:
    """The open suggestions of these samples by sample id and variable id, in one query.

    The newest of several sources comes first. One that its variable does not allow any more is left out.
    Each has its `source` and `variable` at hand.
    """
    return _by_sample(visible_instances(OPEN, member, samples=[each.pk for each in samples]))


def current_for(samples: Iterable[Sample], member: Membership) -> BySample:
    """As `open_for`, with those that somebody has decided about; none that its source has replaced."""
    rows = Suggestion.objects.visible_to(member).filter(invalid_reason="")
    rows = rows.exclude(state=Suggestion.State.SUPERSEDED).filter(sample__in=list(samples))
    return _by_sample(_newest_first(rows))


def _newest_first(rows: SuggestionQuerySet) -> SuggestionQuerySet:
    rows = rows.select_related("source", "variable").defer("raw_text")
    return rows.order_by("-created_at", "-pk")


OPEN = CompiledQuery(
    lambda: _newest_first(
        Suggestion.objects.visible_to(GIVEN_MEMBER)
        .open()
        .filter(sample__in=Given("samples", UUIDField(), many=True))
    )
)


def _by_sample(rows: Iterable[Suggestion]) -> BySample:
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


def sources_in(dataset: Dataset, member: Membership) -> list[Source]:
    """The sources of the dataset's suggestions, the newest first. One query."""
    own = Suggestion.objects.filter(
        source=OuterRef("pk"), variable__in=dataset.variables.live().values("pk")
    )
    return list(Source.objects.visible_to(member).filter(Exists(own)).order_by("-created_at"))
