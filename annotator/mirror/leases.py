"""One worker at a time on a run, and a checkpoint after each step that only its holder can write."""

from __future__ import annotations

import random
import uuid
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import F
from django.utils import timezone

from annotator.errors import InvalidResponse, RemoteUnavailable
from annotator.mirror.models import MirrorRun

State = MirrorRun.State
MAX_LOSSES = 5  # workers that may die at one step
MAX_GARBLED = 8  # unusable answers in a row at one step
MAX_ATTEMPTS = 100  # of any kind at one step: some eight hours
FIRST_WAIT_SECONDS = 1.0
LONGEST_WAIT_SECONDS = 300.0


class LeaseLost(Exception):
    """It took longer than the lease, or a person ended the run: nothing more may be written."""


def take(run_id: Any) -> MirrorRun | None:
    """The run, for this worker alone until the lease ends; None when it is not to be worked at now."""
    seen = MirrorRun.objects.due().filter(pk=run_id).first()
    if seen is None:
        return None
    lost = seen.lease_id is not None  # its last holder never gave it back
    if lost and seen.losses + 1 >= MAX_LOSSES:
        end(seen, State.FAILED, error=f"{MAX_LOSSES} workers were lost at the same place.")
        return None
    lease_id, now = uuid.uuid4(), timezone.now()
    mine = MirrorRun.objects.due().filter(pk=run_id, lease_id=seen.lease_id)
    taken = mine.update(
        lease_id=lease_id,
        leased_until=now + timedelta(seconds=settings.MIRROR_LEASE_SECONDS),
        losses=F("losses") + int(lost),
        state=State.RUNNING,
        stage=seen.stage or (MirrorRun.Stage.SCHEMA if seen.state == State.QUEUED else ""),
        started_at=seen.started_at or now,
    )
    if not taken:
        return None
    return MirrorRun.objects.select_related("source__workspace", "dataset", "started_by").get(
        pk=run_id, lease_id=lease_id
    )


def checkpoint(run: MirrorRun, **fields: Any) -> None:
    """Write how far it has come and hold on for another lease. Raises LeaseLost.

    Call it in the transaction that wrote the rows of the step, so that both stand or fall together.
    """
    fields |= {"attempts": 0, "losses": 0, "error": ""}
    _write(run, **fields)


def keep(run: MirrorRun) -> None:
    """Hold on for another lease, in the middle of a long step. Raises LeaseLost."""
    _write(run)


def _write(run: MirrorRun, **fields: Any) -> None:
    fields["leased_until"] = timezone.now() + timedelta(seconds=settings.MIRROR_LEASE_SECONDS)
    mine = MirrorRun.objects.filter(pk=run.pk, lease_id=run.lease_id, state=State.RUNNING)
    if not mine.update(**fields):
        raise LeaseLost
    for name, value in fields.items():
        setattr(run, name, value)


def release(run: MirrorRun) -> None:
    """Let others go on with it."""
    MirrorRun.objects.filter(pk=run.pk, lease_id=run.lease_id).update(
        lease_id=None, leased_until=None
    )


def postpone(run: MirrorRun, error: Exception) -> None:
    """Try the step again later: longer each time, or when the remote said."""
    attempts = run.attempts + 1
    most = MAX_GARBLED if isinstance(error, InvalidResponse) else MAX_ATTEMPTS
    if attempts >= most:
        end(run, State.FAILED, error=str(error))
        return
    asked = error.retry_after_seconds if isinstance(error, RemoteUnavailable) else None
    longest = min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2 ** min(attempts, 20))
    seconds = max(asked or 0, longest * random.uniform(0.5, 1))  # noqa: S311
    MirrorRun.objects.filter(pk=run.pk, lease_id=run.lease_id).update(
        attempts=attempts,
        next_at=timezone.now() + timedelta(seconds=seconds),
        error=str(error)[:1000],
        lease_id=None,
        leased_until=None,
    )


def end(run: MirrorRun, state: str, *, error: str = "") -> None:
    """The run is over, whatever its worker still does."""
    MirrorRun.objects.filter(pk=run.pk, lease_id=run.lease_id).active().update(
        state=state,
        error=error[:1000],
        ended_at=timezone.now(),
        lease_id=None,
        leased_until=None,
    )
