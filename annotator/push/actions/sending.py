"""Sends the values of one sample: look, send what is ours alone, look again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from django.db import transaction
from django.db.models import Case, F, Value, When
from django.db.models.functions import Greatest
from django.utils import timezone

from annotator.connections.actions import client_for, note_available, note_unavailable, pause
from annotator.datasets.models import Origin, ValueRevision, VariableValue
from annotator.errors import InvalidResponse, RemoteRefused, RemoteUnauthorized, RemoteUnavailable
from annotator.leases import LeaseLost, backoff_seconds, is_reached
from annotator.push.actions.claiming import Claim, claim
from annotator.push.actions.outbox import CLEARED
from annotator.push.compare import (
    Held,
    Verdict,
    alike,
    base_of,
    canonical,
    held,
    ours_of,
    state_of,
    theirs_of,
    verdict,
)
from annotator.push.models import LONGEST_WAIT, QUIET, Delivery
from annotator.remote.client import RemoteClient
from annotator.remote.shapes import RemoteSample
from annotator.remote.values import RemoteValue

State, Problem = Delivery.State, Delivery.Problem
FIRST_WAIT_SECONDS = 0.5
Values = Mapping[str, RemoteValue]


def push(sample_id: object) -> bool:
    """Send what is due of one sample; whether there was anything. Idempotent, also when run twice at once.

    Every outcome is in the rows when this returns; nothing is raised for what a remote did.
    """
    claimed = claim(sample_id)
    if claimed is None:
        return False
    try:
        with client_for(claimed.remote) as client:
            _send_all(claimed, client)
    except LeaseLost:
        return True
    except RemoteUnauthorized as error:
        pause(claimed.remote, reason=str(error), by=None)
    claimed.release()
    return True


def _send_all(claimed: Claim, client: RemoteClient) -> None:
    try:
        seen = client.samples.get(claimed.sample.remote_key or "")
    except RemoteUnavailable as error:
        postpone(claimed, list(claimed.deliveries), error, in_flight=None)
        return
    except RemoteRefused as error:
        gone = error.status == 404
        _refused(
            claimed, list(claimed.deliveries), error, Problem.GONE if gone else Problem.REFUSED
        )
        return
    note_available(claimed.remote)
    sent = []
    waiting = list(claimed.deliveries)
    while waiting:
        delivery = waiting[0]
        try:
            if _send_one(claimed, client, delivery, seen):
                sent.append(delivery)
        except RemoteUnavailable as error:
            postpone(claimed, waiting, error, in_flight=delivery)
            break
        except RemoteRefused as error:
            _refused(claimed, [delivery], error, Problem.REFUSED)
        waiting.pop(0)
    if sent and seen.values is not None:
        _read_back(claimed, client, sent)


def _send_one(claimed: Claim, client: RemoteClient, delivery: Delivery, seen: RemoteSample) -> bool:
    """Send the delivery's value unless there is a reason not to; whether it was sent."""
    row = delivery.value_row
    if _park_if_unsendable(claimed, delivery, row) or _park_if_unseen(claimed, delivery, seen):
        return False
    ours = ours_of(row.variable, row)
    if seen.values is not None:
        theirs = theirs_of(row.variable, seen.values)
        outcome = verdict(base=base_of(row.variable, row), ours=ours, theirs=theirs)
        if outcome is Verdict.SAME:
            _had(claimed, delivery, ours, read_back=True)
            return False
        ours_before = delivery.recheck_at is not None and _was_ours(row, theirs)
        if outcome is Verdict.THEIRS and not ours_before:
            _had(claimed, delivery, base_of(row.variable, row), read_back=False)
            return False  # nothing of ours to send: mirroring brings what changed there
        if outcome is Verdict.BOTH and not ours_before:
            claimed.write(
                delivery, state=State.CONFLICT, theirs=theirs.as_json(), problem="", recheck_at=None
            )
            return False
    claimed.renew()
    # Left behind by a worker that is killed during the call: what the remote holds then may be ours.
    claimed.write(delivery, recheck_at=timezone.now() + QUIET)
    client.set_value(claimed.sample.remote_key or "", row.variable.remote_key or "", row.value)
    _had(claimed, delivery, ours, read_back=False)
    return True


def _park_if_unsendable(claimed: Claim, delivery: Delivery, row: VariableValue) -> bool:
    if row.invalid_since is not None:
        park(claimed, delivery, Problem.INVALID, row.invalid_reason)
    elif not row.is_set:
        park(claimed, delivery, Problem.CANNOT_CLEAR, CLEARED)
    else:
        return False
    return True


def _park_if_unseen(claimed: Claim, delivery: Delivery, seen: RemoteSample) -> bool:
    """Unknown is not empty: do not overwrite what nobody here has seen, unless a person said so."""
    if seen.values is not None or delivery.overwrite or delivery.attempts:
        return False
    known = VariableValue.objects.filter(sample=claimed.sample, remote_state__isnull=False).count()
    hidden = (seen.variables_count or 0) - known
    if hidden <= 0:
        return False
    words = (
        f"The remote holds {hidden} answers of this sample that it does not show. Sending may "
        "overwrite one of them."
    )
    park(claimed, delivery, Problem.UNSEEN, words)
    return True


def _was_ours(row: VariableValue, theirs: Held) -> bool:
    """Whether the remote holds an older value of ours, which arrived late."""
    revisions = ValueRevision.objects.filter(value_row=row, is_set=True)
    values = revisions.exclude(origin=Origin.MIRRORED).values_list("value", flat=True)
    return any(alike(Held(True, canonical(row.variable, value)), theirs) for value in values)


def _had(claimed: Claim, delivery: Delivery, what: Held, *, read_back: bool) -> None:
    """The remote has this revision. One that came meanwhile keeps the delivery waiting.

    After an earlier call without an answer, the remote is looked at once more when all is quiet.
    """
    row, now = delivery.value_row, timezone.now()
    unsure = not is_reached(delivery.recheck_at, longest=QUIET)
    with transaction.atomic():
        claimed.write(
            delivery,
            want_rev=Greatest(F("want_rev"), row.rev),
            have_rev=row.rev,
            state=Case(
                When(want_rev__gt=row.rev, then=Value(State.PENDING)),
                default=Value(State.CONFIRMED),
            ),
            recheck_at=delivery.recheck_at if unsure else None,
            read_back=read_back,
            sent_at=now,
            confirmed_at=now,
            next_at=now,
            attempts=0,
            losses=0,
            overwrite=False,
            problem="",
            last_error="",
            theirs=None,
        )
        VariableValue.objects.filter(pk=row.pk).update(remote_state=state_of(what))


def _read_back(claimed: Claim, client: RemoteClient, sent: list[Delivery]) -> None:
    """Compare what the remote now shows with what was sent."""
    try:
        claimed.renew()
        values = client.samples.get(claimed.sample.remote_key or "").values
    except (RemoteUnavailable, RemoteRefused):
        return  # accepted is all that is known
    if values is None:
        return
    for delivery in sent:
        row = delivery.value_row
        theirs = theirs_of(row.variable, values)
        if alike(held(row.variable, row.value, is_set=True), theirs):
            claimed.write(delivery, read_back=True)
            continue
        shown = "nothing" if not theirs.is_set else repr(theirs.value)[:200]
        park(claimed, delivery, Problem.DIFFERS, f"After it was sent, the remote shows {shown}.")
        VariableValue.objects.filter(pk=row.pk).update(remote_state=state_of(theirs))


def park(claimed: Claim, delivery: Delivery, problem: str, words: str) -> None:
    """Leave the delivery to a person."""
    claimed.write(
        delivery, state=State.PARKED, problem=problem, last_error=words[:1000], recheck_at=None
    )


def _refused(
    claimed: Claim, deliveries: list[Delivery], error: RemoteRefused, problem: str
) -> None:
    """Park with the server's words; a token that may not do this pauses the whole remote instead."""
    if isinstance(error, RemoteUnauthorized) or error.status == 403:
        raise RemoteUnauthorized(str(error), status=error.status) from error
    for delivery in deliveries:
        park(claimed, delivery, problem, str(error))


def postpone(
    claimed: Claim,
    deliveries: list[Delivery],
    error: RemoteUnavailable,
    *,
    in_flight: Delivery | None,
) -> None:
    """Try again later. A call that may have taken effect is looked at once more when all is quiet.

    What a remote asks for holds all calls to it (`note_unavailable`), not these deliveries alone.
    """
    if not error.sent or error.retry_after_seconds:
        note_unavailable(claimed.remote, error)
    now = timezone.now()
    garbled = isinstance(error, InvalidResponse)
    for delivery in deliveries:
        seconds = backoff_seconds(
            delivery.attempts,
            first=FIRST_WAIT_SECONDS,
            longest=LONGEST_WAIT.total_seconds(),
        )
        unsure = delivery is in_flight and error.sent
        claimed.write(
            delivery,
            attempts=delivery.attempts + 1,
            next_at=now + timedelta(seconds=seconds),
            problem=Problem.GARBLED if garbled else Problem.UNREACHABLE,
            last_error=str(error)[:1000],
            recheck_at=now + QUIET if unsure else delivery.recheck_at,
        )
