"""Gold samples in lists: the gallery's filter, and the copies that stand in their place for a person.

gold=yes: gold samples
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.db.models import OuterRef, Q

from annotator.accounts.models import Membership
from annotator.accounts.roles import Action
from annotator.datasets.models import Dataset, Sample, SampleQuerySet, Variable
from annotator.datasets.queries.extras import ExtraCondition
from annotator.json_rows import JsonRows

KEY, YES = "gold", "yes"
COUNTED = ("state", "test", "skip_reason")  # the keys of SampleCount


def read(given: Mapping[str, str], variables: Sequence[Variable]) -> list[ExtraCondition]:
    """The condition of an address, if any. Raises ValueError with what is wrong."""
    text = str(given.get(KEY, "")).strip()
    if text not in {"", YES}:
        raise ValueError(f"Write {KEY}={YES} for gold samples.")
    if not text:
        return []
    words = "Gold samples"
    return [ExtraCondition(KEY, words, lambda: Q(is_gold=True), action=Action.READ_GOLD)]


def gold_copies(dataset: OuterRef, tested_id: Any) -> JsonRows:
    """A person's copies in each dataset of a query, for `in_place`."""
    copies = Sample.objects.filter(dataset=dataset, only_for=tested_id, removed_at=None)
    replaced = [f"gold_of__{name}" for name in (*COUNTED, "is_gold", "removed_at")]
    return JsonRows(copies, *COUNTED, *replaced)


def in_place(copies: Iterable[Sequence[Any]]) -> Iterator[tuple[Any, Any, Any, int]]:
    """Rows as of SampleCount that put each copy in the place of its gold sample, as `shown_to` does."""
    for state, test, reason, gold_state, gold_test, gold_reason, is_gold, removed_at in copies:
        yield state, test, _reason(state, reason), 1
        if is_gold and gold_state == Sample.State.APPROVED and removed_at is None:
            yield gold_state, gold_test, _reason(gold_state, gold_reason), -1


def _reason(state: str, reason: str) -> str:
    return reason if state == Sample.State.SKIPPED else ""


def shown_in(dataset: Dataset, member: Membership, copies: Sequence[Any]) -> SampleQuerySet:
    """The dataset's samples as the member is shown them, who has these `gold_copies` there."""
    if not copies:
        return Sample.objects.in_dataset(dataset)
    return Sample.objects.filter(Sample.objects.shown_to(member), dataset=dataset, removed_at=None)
