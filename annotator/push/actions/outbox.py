"""The outbox: deliveries of values that the remote does not have yet, and what mirroring saw of others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from annotator.datasets.models import Origin, Sample, VariableValue
from annotator.push.compare import Held, Verdict, alike, base_of, ours_of, verdict
from annotator.push.models import Delivery

State, Problem = Delivery.State, Delivery.Problem
CLEARED = (
    "The answer was cleared here. A remote's answer cannot be cleared: it still holds the old one."
)


def pushable() -> QuerySet[VariableValue]:
    """The values of approved mirrored samples whose variable the remote knows."""
    return VariableValue.objects.filter(
        sample__state=Sample.State.APPROVED,
        sample__removed_at=None,
        sample__remote_key__isnull=False,
        variable__remote_key__isnull=False,
        variable__removed_at=None,
    )


def without_delivery() -> QuerySet[VariableValue]:
    """Those without a delivery of their revision. What came from the remote needs none."""
    return pushable().filter(
        Q(delivery=None) & ~Q(origin=Origin.MIRRORED) | Q(delivery__want_rev__lt=F("rev"))
    )


def samples_touched_since(since: datetime, *, limit: int) -> list[UUID]:
    """Ids of samples with a new value of ours, or lately approved: the newest ones, read from an index.

    The slower sweep reads what a burst pushes out of the limit.
    """
    values = VariableValue.objects.filter(set_at__gte=since).exclude(origin=Origin.MIRRORED)
    by_value = values.order_by("-set_at").values_list("sample_id", flat=True)[:limit]
    approved = Sample.objects.filter(
        updated_at__gte=since, state=Sample.State.APPROVED, remote_key__isnull=False
    )
    by_state = approved.order_by("-updated_at").values_list("pk", flat=True)[:limit]
    return list({*by_value, *by_state})


def samples_without_deliveries(*, limit: int) -> list[UUID]:
    """Ids of samples with values without a delivery, wherever they are: reads every value."""
    sample_ids = without_delivery().order_by().values_list("sample_id", flat=True)[: 4 * limit]
    return list(dict.fromkeys(sample_ids))[:limit]


@transaction.atomic
def enqueue_deliveries(sample_ids: Sequence[Any]) -> int:
    """Enqueue what of the samples the remote does not have yet; says how many deliveries changed.

    Idempotent; samples that are not mirrored or not approved are passed over.
    """
    rows = (
        without_delivery()
        .filter(sample_id__in=sample_ids)
        .select_related("variable", "sample", "delivery")
    )
    fresh, changed = [], 0
    for row in rows:
        delivery = getattr(row, "delivery", None)
        fields = _first_state(row)
        if delivery is None:
            fresh.append(Delivery(value_row=row, dataset_id=row.sample.dataset_id, **fields))
            continue
        if delivery.state == State.CONFLICT:
            fields = {"want_rev": row.rev}  # waits for a person's choice
        mine = Delivery.objects.filter(pk=delivery.pk, want_rev__lt=row.rev)
        changed += mine.update(**fields)
    # Another worker may enqueue the same value at this moment.
    Delivery.objects.bulk_create(fresh, ignore_conflicts=True, batch_size=500)
    return changed + len(fresh)


def _first_state(row: VariableValue) -> dict[str, Any]:
    """How the delivery of this revision begins."""
    fields: dict[str, Any] = {
        "want_rev": row.rev,
        "state": State.PENDING,
        "problem": Problem.NONE,
        "last_error": "",
        "attempts": 0,
        "losses": 0,
        "next_at": timezone.now(),
    }
    if alike(ours_of(row.variable, row), base_of(row.variable, row)):
        return fields | {"state": State.CONFIRMED, "have_rev": row.rev}
    if not row.is_set:
        return fields | _parked(Problem.CANNOT_CLEAR, CLEARED)
    if row.invalid_since is not None:
        return fields | _parked(Problem.INVALID, row.invalid_reason)
    return fields


def _parked(problem: str, words: str) -> dict[str, Any]:
    return {"state": State.PARKED, "problem": problem, "last_error": words[:1000]}


# What mirroring has seen ---------------------------------------------------------------------


def reconcile_delivery(row: VariableValue, *, theirs: Held) -> bool:
    """Bring the delivery of a value in accord with what the remote was seen to hold; whether it changed.

    Call it after the value itself was updated. A conflict gets a delivery, whatever there was before; one
    that has ended on its own goes on by itself.
    """
    delivery = getattr(row, "delivery", None)
    ours, base = ours_of(row.variable, row), base_of(row.variable, row)
    outcome = verdict(base=base, ours=ours, theirs=theirs)
    if outcome is Verdict.BOTH:
        return _mark_conflict(row, delivery, theirs)
    if delivery is None:
        return False
    if outcome is Verdict.SAME:
        fields: dict[str, Any] = {"state": State.CONFIRMED, "have_rev": row.rev, "read_back": True}
    elif delivery.state == State.CONFLICT:
        fields = _first_state(row)
    else:
        return False
    fields |= {"want_rev": row.rev, "problem": fields.get("problem", ""), "theirs": None}
    fields |= {"last_error": fields.get("last_error", ""), "confirmed_at": timezone.now()}
    if delivery.state == fields["state"] and delivery.have_rev == row.rev == delivery.want_rev:
        return False
    return bool(Delivery.objects.filter(pk=delivery.pk).update(**fields))


def _mark_conflict(row: VariableValue, delivery: Delivery | None, theirs: Held) -> bool:
    fields = {"state": State.CONFLICT, "theirs": theirs.as_json(), "want_rev": row.rev}
    if delivery is None:
        dataset_id = row.sample.dataset_id
        Delivery.objects.get_or_create(value_row=row, defaults={**fields, "dataset_id": dataset_id})
        return True
    if all(getattr(delivery, name) == value for name, value in fields.items()):
        return False
    return bool(Delivery.objects.filter(pk=delivery.pk).update(**fields, problem="", last_error=""))


def park_gone(samples: Iterable[Any]) -> int:
    """The remote no longer has these samples: nothing of them is sent. Says how many deliveries ended."""
    deliveries = Delivery.objects.filter(value_row__sample__in=samples, state=State.PENDING)
    words = "The sample is no longer on the remote."
    return deliveries.update(state=State.PARKED, problem=Problem.GONE, last_error=words)


def revive(samples: Iterable[Any]) -> int:
    """The remote has these samples again: what waited for them goes on."""
    deliveries = Delivery.objects.filter(value_row__sample__in=samples, problem=Problem.GONE)
    return deliveries.update(
        state=State.PENDING, problem="", last_error="", attempts=0, next_at=timezone.now()
    )
