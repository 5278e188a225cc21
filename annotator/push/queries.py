"""What the screen of deliveries shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Min

from annotator.accounts.models import Membership
from annotator.datasets.models import Dataset
from annotator.paging import KeysetPage, keyset_page
from annotator.push.compare import Held, base_of, ours_of
from annotator.push.models import Delivery, DeliveryQuerySet
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


def deliveries(datasets: Sequence[Dataset]) -> DeliveryQuerySet:
    """The deliveries of these datasets. Named one by one, so that the index by dataset can be used."""
    return Delivery.objects.filter(dataset__in=[dataset.pk for dataset in datasets])


def summary(deliveries: DeliveryQuerySet) -> Summary:
    """Two queries, whatever the number of deliveries."""
    rows = deliveries.order_by().values_list("state").annotate(number=Count("pk"))
    counts = dict.fromkeys(Delivery.State.values, 0) | dict(rows)
    oldest = deliveries.filter(state=Delivery.State.PENDING).aggregate(at=Min("created_at"))["at"]
    return Summary(counts, oldest)


def problems(deliveries: DeliveryQuerySet) -> list[dict[str, Any]]:
    """Why deliveries are parked, the most frequent reason first."""
    parked = deliveries.filter(state=Delivery.State.PARKED).order_by()
    rows = parked.values("problem").annotate(number=Count("pk")).order_by("-number")
    examples = [
        (row, Delivery(state=Delivery.State.PARKED, problem=row["problem"])) for row in rows
    ]
    return [
        row
        | {
            "words": example.get_problem_display(),
            "can_retry": example.can_retry,
            "needs_overwrite": example.needs_overwrite,
        }
        for row, example in examples
    ]


def page_of(
    deliveries: DeliveryQuerySet, *, state: str, cursor: str | None
) -> KeysetPage[Delivery]:
    """A page in one state: what was confirmed last comes first, of the others what waits longest."""
    rows = deliveries.filter(state=state).select_related(
        "dataset", "value_row__sample", "value_row__variable__dataset"
    )
    return keyset_page(
        rows,
        order=("created_at", "id"),
        cursor=cursor,
        size=PAGE_SIZE,
        newest_first=state == Delivery.State.CONFIRMED,
    )


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
