"""What people decide: which side of a conflict holds, and what is tried again."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from annotator.accounts import audit
from annotator.accounts.models import User, Workspace
from annotator.datasets.actions import set_value
from annotator.datasets.models import Origin, VariableValue
from annotator.errors import WrongState
from annotator.push.models import Delivery, DeliveryQuerySet

State, Problem = Delivery.State, Delivery.Problem

RETRYABLE = [problem for problem in Problem if problem not in ("", Problem.CANNOT_CLEAR)]


@transaction.atomic
def keep_ours(delivery: Delivery, *, by: User | None) -> None:
    """Ours holds: it is sent, over theirs. Raises WrongState when somebody was faster."""
    _end_conflict(
        delivery,
        state=State.PENDING,
        want_rev=delivery.value_row.rev,
        # Theirs may be an older revision of ours: this one is sent in any case.
        have_rev=min(delivery.have_rev, delivery.value_row.rev - 1),
        attempts=0,
        next_at=timezone.now(),
        confirmed_at=None,
    )
    theirs = delivery.theirs or {}
    seen = {"value": theirs.get("value")} if theirs.get("is_set") else None
    _record(delivery, chosen="ours", by=by)
    VariableValue.objects.filter(pk=delivery.value_row_id).update(remote_state=seen)


@transaction.atomic
def take_theirs(delivery: Delivery, *, by: User | None) -> None:
    """Theirs holds: it becomes our value, ours stays in the history.

    Raises WrongState when somebody was faster or the value was changed meanwhile, BadInput when the
    variable does not allow it.
    """
    row, theirs = delivery.value_row, delivery.theirs or {}
    value = theirs.get("value") if theirs.get("is_set") else None
    _record(delivery, chosen="theirs", by=by)
    new = set_value(
        row.sample,
        row.variable,
        value,
        origin=Origin.MIRRORED,
        by=by,
        expected_rev=row.rev,
        reason="Conflict: the remote's value was taken.",
    )
    seen = None if value is None else {"value": new.value}
    VariableValue.objects.filter(pk=row.pk).update(remote_state=seen)
    _end_conflict(
        delivery,
        state=State.CONFIRMED,
        want_rev=new.rev,
        have_rev=new.rev,
        confirmed_at=timezone.now(),
    )


def _end_conflict(delivery: Delivery, **fields: Any) -> None:
    mine = Delivery.objects.filter(pk=delivery.pk, state=State.CONFLICT, theirs=delivery.theirs)
    if not mine.update(**fields, theirs=None, problem="", last_error=""):
        raise WrongState(
            "This conflict is no longer open, or the remote's value has changed. Reload."
        )


def _record(delivery: Delivery, *, chosen: str, by: User | None) -> None:
    """All three versions stay readable for ever."""
    row = delivery.value_row
    audit.record(
        "conflict.resolve",
        workspace=delivery.dataset.workspace,
        by=by,
        target=row.sample,
        variable=row.variable.name,
        chosen=chosen,
        base=row.remote_state,
        ours={"is_set": row.is_set, "value": row.value, "rev": row.rev},
        theirs=delivery.theirs,
    )


@transaction.atomic
def retry(
    deliveries: DeliveryQuerySet, *, workspace: Workspace, by: User | None, overwrite: bool = False
) -> int:
    """Try parked deliveries again, and waiting ones at once; says how many.

    `overwrite` also sends over answers on the remote that cannot be read. A value that still may not be
    sent is parked again with the same words.
    """
    again = deliveries.filter(state__in=[State.PARKED, State.PENDING]).exclude(
        problem=Problem.CANNOT_CLEAR
    )
    fields: dict[str, Any] = {"overwrite": True} if overwrite else {}
    changed = again.update(
        state=State.PENDING,
        problem="",
        last_error="",
        attempts=0,
        losses=0,
        next_at=timezone.now(),
        **fields,
    )
    if changed:
        audit.record(
            "delivery.retry", workspace=workspace, by=by, count=changed, overwrite=overwrite
        )
    return changed
