"""How far a run has come: only the worker that holds its lease writes that."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Case, F, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from annotator.errors import InvalidResponse, RemoteUnavailable
from annotator.leases import backoff_seconds
from annotator.mirror.models import MirrorRun

State = MirrorRun.State
MAX_INVALID_RESPONSES = 8  # in a row at one step
MAX_ATTEMPTS = 200  # failures of any kind at one step: some eight hours
FIRST_WAIT_SECONDS = 2.0
LONGEST_WAIT_SECONDS = 300.0


def take(run_id: Any) -> MirrorRun | None:
    """The run, leased to this worker; None when there is nothing to do for it now."""
    now = timezone.now()
    is_new = When(stage="", state=State.QUEUED, then=Value(MirrorRun.Stage.SCHEMA))
    lease_id = (
        MirrorRun.objects.due()
        .filter(pk=run_id)
        .take(
            state=State.RUNNING,
            stage=Case(is_new, default=F("stage")),
            started_at=Coalesce("started_at", Value(now)),
        )
    )
    if lease_id is None:
        end_exhausted()
        return None
    runs = MirrorRun.objects.select_related("source__workspace", "dataset", "started_by")
    return runs.filter(pk=run_id, lease_id=lease_id).first()  # None: it was cancelled just now


def end_exhausted() -> int:
    """Fail the runs that lost too many workers at one step; how many."""
    return MirrorRun.objects.active().fail_exhausted()


def checkpoint(run: MirrorRun, **fields: Any) -> None:
    """Write how far it has come and renew the lease. Raises LeaseLost.

    Call it in the transaction that wrote the rows of the step, so that both are kept or neither.
    """
    run.renew(attempts=0, losses=0, error="", **fields)


def postpone(run: MirrorRun, error: Exception) -> None:
    """Retry the step later: after a longer wait each time, or when the remote asked for it."""
    attempts = run.attempts + 1
    limit = MAX_INVALID_RESPONSES if isinstance(error, InvalidResponse) else MAX_ATTEMPTS
    if attempts >= limit:
        end(run, State.FAILED, error=str(error))
        return
    asked = error.retry_after_seconds if isinstance(error, RemoteUnavailable) else None
    seconds = backoff_seconds(
        run.attempts, first=FIRST_WAIT_SECONDS, longest=LONGEST_WAIT_SECONDS, at_least=asked
    )
    next_at = timezone.now() + timedelta(seconds=seconds)
    run.release(attempts=attempts, next_at=next_at, error=str(error)[:1000])


def end(run: MirrorRun, state: str, *, error: str = "") -> None:
    """The run is over, unless another worker has taken it or a person has cancelled it."""
    run.release(state=state, error=error[:1000], ended_at=timezone.now())
