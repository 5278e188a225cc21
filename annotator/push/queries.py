"""What the screen of deliveries shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Min, OuterRef, Subquery, Sum

from annotator.accounts.models import Membership
from annotator.datasets.models import Dataset
from annotator.paging import KeysetPage, keyset_page
from annotator.push.compare import Held, base_of, ours_of
from annotator.push.models import Delivery, DeliveryCount
from annotator.variables import to_json

PAGE_SIZE = 50
MAX_SHOWN = 120  # characters of a value in a table


@dataclass(frozen=True)
class DeliveryRow:
    """A delivery with both sides' values as text; None: no value there."""

    delivery: Delivery
    before: str | None
    after: str | None
    theirs: str | None


@dataclass(frozen=True)
class Summary:
    """The counts for the tabs, and since when the oldest waits."""

    counts: dict[str, int]
    oldest_at: datetime | None


def mirrored_datasets(member: Membership) -> list[Dataset]:
    """Those of the workspace that deliveries can belong to."""
    datasets = Dataset.objects.visible_to(member).filter(remote_key__isnull=False)
    return list(datasets.select_related("remote"))


def summary(datasets: Sequence[Dataset]) -> Summary:
    """Two queries, whatever the number of deliveries."""
    counts = DeliveryCount.objects.filter(dataset__in=datasets).by_state()
    pending = Delivery.objects.filter(dataset=OuterRef("pk"), state=Delivery.State.PENDING)
    first = Subquery(pending.order_by("created_at", "id").values("created_at")[:1])
    firsts = Dataset.objects.filter(pk__in=[each.pk for each in datasets]).order_by()
    return Summary(counts, firsts.aggregate(at=Min(first))["at"])


def problems(datasets: Sequence[Dataset]) -> list[dict[str, Any]]:
    """Why deliveries of these datasets are parked, the most frequent reason first."""
    parked = DeliveryCount.objects.filter(dataset__in=datasets, state=Delivery.State.PARKED)
    rows = parked.values("problem").annotate(total=Sum("number")).filter(total__gt=0)
    examples = [
        (row, Delivery(state=Delivery.State.PARKED, problem=row["problem"]))
        for row in rows.order_by("-total", "problem")
    ]
    return [
        {
            "problem": example.problem,
            "number": row["total"],
            "words": example.get_problem_display(),
            "can_retry": example.can_retry,
            "needs_overwrite": example.needs_overwrite,
        }
        for row, example in examples
    ]


def page_of(datasets: Sequence[Dataset], *, state: str, cursor: str | None) -> KeysetPage[Delivery]:
    """A page in one state: what was confirmed last comes first, of the others what waits longest."""
    by_id = {each.pk: each for each in datasets}
    # Named one by one, so that the index by dataset can be used. Of each dataset and variable there is one
    # instance for all rows.
    rows = Delivery.objects.filter(dataset__in=by_id, state=state)
    rows = rows.select_related("value_row__sample").prefetch_related("value_row__variable")
    page = keyset_page(
        rows,
        order=("created_at", "id"),
        cursor=cursor,
        size=PAGE_SIZE,
        newest_first=state == Delivery.State.CONFIRMED,
    )
    for row in page.rows:
        row.dataset = row.value_row.variable.dataset = by_id[row.dataset_id]
    return page


def delivery_rows(rows: Sequence[Delivery]) -> list[DeliveryRow]:
    """The rows with what a push changes: before → after."""
    return [_delivery_row(row) for row in rows]


def _delivery_row(row: Delivery) -> DeliveryRow:
    value = row.value_row
    theirs = row.theirs or {}
    return DeliveryRow(
        row,
        _text(base_of(value.variable, value)),
        _text(ours_of(value.variable, value)),
        _text(Held(bool(theirs.get("is_set")), theirs.get("value"))),
    )


def _text(what: Held) -> str | None:
    if not what.is_set:
        return None
    text = what.value if isinstance(what.value, str) else to_json(what.value)
    return text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 1] + "…"
