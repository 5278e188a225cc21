"""What became of the suggestions of each source, counted and kept: counting millions takes seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db.models import Count, Q

from annotator.datasets.models import Dataset, SampleCount
from annotator.kept import Kept, make_and_keep, read, read_or_make
from annotator.suggestions.models import Source, Suggestion

SHAPE = 1  # of what is kept: grows when it changes, so that nobody reads an older one
AT_ONCE_SAMPLES = 50_000  # of a dataset with more nothing is counted while a page waits
States = Mapping[str, int]  # by state; `invalid` are those that their variable did not allow
NO_STATES: States = dict.fromkeys([*Suggestion.State.values, "invalid"], 0)


@dataclass(frozen=True, kw_only=True)
class SourceCounts(Kept):
    """How many suggestions of each source are in which state."""

    by_source: Mapping[int, States]

    def of(self, source: Source) -> States | None:
        """What became of those of a source; None where it may be newer than the counts."""
        return self.by_source.get(source.pk, None if self.is_old else NO_STATES)


def counts_in(dataset: Dataset) -> SourceCounts | None:
    """What is kept, counted anew where that is quick; None: nothing is, and a job must count. Two queries."""
    samples, made_from = _state_of(dataset)
    if samples > AT_ONCE_SAMPLES:
        kept: SourceCounts | None = read(key_of(dataset), made_from)
        return kept
    return read_or_make(key_of(dataset), made_from, partial(count, dataset, made_from=made_from))


def count(dataset: Dataset, *, made_from: str | None = None) -> SourceCounts:
    """Count all but those of gold copies, which repeat those of their gold sample; and keep it."""
    made_from = made_from or _state_of(dataset)[1]
    return make_and_keep(
        key_of(dataset), SourceCounts, made_from, lambda: {"by_source": _by_source(dataset)}
    )


def _by_source(dataset: Dataset) -> dict[int, States]:
    shown = Suggestion.objects.filter(
        sample__dataset=dataset,
        sample__removed_at=None,
        sample__only_for=None,
        variable__removed_at=None,
    )
    legal = Q(invalid_reason="")
    states = {
        state: Count("pk", filter=legal & Q(state=state)) for state in Suggestion.State.values
    } | {"invalid": Count("pk", filter=~legal)}
    rows: Any = shown.order_by().values("source").annotate(**states)
    return {row.pop("source"): row for row in rows}


def key_of(dataset: Dataset) -> str:
    """Under which they are kept."""
    return f"sources:{SHAPE}:{dataset.pk}"


def _state_of(dataset: Dataset) -> tuple[int, str]:
    """How many samples there are, and a text that changes with new suggestions and with what is submitted."""
    newest = Suggestion.objects.order_by("-pk").values_list("pk", flat=True).first()
    numbers = SampleCount.objects.filter(dataset=dataset).order_by("state", "test", "pk")
    samples = list(numbers.values_list("state", "test", "number"))
    return sum(number for *_, number in samples), repr((newest, samples))
