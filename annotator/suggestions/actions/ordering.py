"""How sure the least sure open suggestion of a sample is, kept with the sample for the order of labeling."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from uuid import UUID

from django.db import transaction
from django.db.models import Min, OuterRef, Subquery
from django.db.models.functions import Coalesce

from annotator.datasets.models import NO_SUGGESTION, Sample
from annotator.suggestions.models import Suggestion

BATCH = 500  # ids of one statement: SQLite takes only so many parameters


def keep_least_confidence(sample_ids: Iterable[UUID]) -> None:
    """Write it for these samples when the transaction is committed, in statements of their own.

    Not along with the suggestions: who submits locks the sample before its suggestions, so that whoever
    locked them the other way round would wait for them for ever.
    """
    ids = sorted(set(sample_ids))
    for start in range(0, len(ids), BATCH):
        write = partial(_write, ids[start : start + BATCH])
        transaction.on_commit(write, robust=True)  # an order is no reason to lose suggestions


@transaction.atomic
def _write(ids: Sequence[UUID]) -> None:
    samples = Sample.objects.filter(pk__in=ids)
    list(samples.select_for_update().order_by("pk").values_list("pk"))
    waiting = Suggestion.objects.open().filter(sample=OuterRef("pk")).order_by().values("sample")
    least = waiting.annotate(least=Min(Coalesce("confidence", 1.0))).values("least")
    samples.update(least_confidence=Coalesce(Subquery(least), NO_SUGGESTION))
