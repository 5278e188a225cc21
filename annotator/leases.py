"""Leases, so that one worker at a time works on a row, and the waits between retries.

A worker takes a row with one conditional UPDATE, renews the lease while it works and releases it at the end.
A worker that was killed releases nothing: its lease expires, a sweep finds the row, and whoever takes it
next counts a loss. After MAX_LOSSES without progress the row is taken by nobody; its room fails it.

Times come from the clock of this machine. A time further ahead than it is ever set was written before the
clock was set back, so it counts as reached: otherwise a row would rest for as long as the clock was wrong.
"""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self, TypeVar

from django.db import models
from django.db.models import Case, F, Q, When
from django.utils import timezone

MAX_LOSSES = 5  # workers that may be lost at one place
LOSSES_MESSAGE = (
    f"The worker stopped unexpectedly {MAX_LOSSES} times while working on this, so it is not tried again by "
    "itself. The server may be short of memory: see its log."
)
# By which the clocks of two servers may differ, and 20 s that a statement may wait for SQLite's one writer:
# by then somebody else may have set a lease that ends later than any could when the statement was made.
CLOCK_TOLERANCE = timedelta(seconds=30)
# Of every wait before a retry. Below an hour, so that a clock set back by one, a wrong time zone, is noticed.
LONGEST_WAIT = timedelta(minutes=55)
HOLD_SECONDS = 5.0  # between two renewals of a lease by a loop
ACTIVE_STATES = ("queued", "running")  # of what a person may stop
Row = TypeVar("Row", bound="Leased")


class LeaseLost(Exception):
    """The lease expired and another worker took the row, or a person ended it: write nothing more."""


def reached(column: str, *, longest: timedelta = LONGEST_WAIT) -> Q:
    """Whether the time in `column` has come. `longest` is how far ahead the column is ever set."""
    now = timezone.now()
    return Q(**{f"{column}__lte": now}) | Q(**{f"{column}__gt": now + longest + CLOCK_TOLERANCE})


def ahead(column: str, *, longest: timedelta = LONGEST_WAIT) -> Q:
    """The opposite of `reached`, for rows whose `column` is set: a lease that still holds."""
    now = timezone.now()
    return Q(**{f"{column}__gt": now, f"{column}__lte": now + longest + CLOCK_TOLERANCE})


def is_reached(moment: datetime | None, *, longest: timedelta = LONGEST_WAIT) -> bool:
    """As `reached`, for a time at hand; None is reached."""
    now = timezone.now()
    return moment is None or moment <= now or moment > now + longest + CLOCK_TOLERANCE


def backoff_seconds(
    attempts: int, *, first: float, longest: float, at_least: float | None = None
) -> float:
    """How long to wait after `attempts` earlier failures: by chance from 0 to `first` × 2^attempts.

    All in seconds. No more than `longest`, but at least `at_least`, which a server asked for; never more than
    LONGEST_WAIT. Waits chosen by chance keep many workers from coming back at the same moment.
    """
    upper = min(longest, first * 2 ** min(attempts, 30))
    seconds = max(at_least or 0.0, random.uniform(0, upper))  # noqa: S311  # guards no secret
    return min(seconds, LONGEST_WAIT.total_seconds())


def at_intervals(seconds: float, do: Callable[[], object]) -> Callable[[], None]:
    """`do`, but once in so many seconds at most: for each turn of a long loop that holds a lease."""
    done_at = time.monotonic()

    def do_if_due() -> None:
        nonlocal done_at
        if time.monotonic() - done_at >= seconds:
            do()
            done_at = time.monotonic()

    return do_if_due


class LeasedQuerySet(models.QuerySet[Row]):
    """Rows by whether a worker holds them, and the UPDATEs that change it."""

    def free(self) -> Self:
        """Those that no worker holds: never taken, released, or expired."""
        return self.filter(Q(leased_until=None) | reached("leased_until", longest=self.model.LEASE))

    def lost(self) -> Self:
        """Those whose lease expired before it was released: the worker was killed, or is far too slow."""
        return self.free().filter(lease_id__isnull=False)

    def exhausted(self) -> Self:
        """Those that have now lost MAX_LOSSES workers, and are not to be taken again."""
        return self.lost().filter(losses__gte=MAX_LOSSES - 1)

    def take(self, **fields: Any) -> uuid.UUID | None:
        """Lease all of these that can be taken and write `fields`: the lease's id, or None if there are none.

        Of several workers one succeeds. The conditions may be on columns of the rows alone: PostgreSQL does
        not look again at a joined table after it has waited for the other worker.
        """
        if self.query.count_active_tables() > 1:
            raise ValueError("take() on a queryset with joins can lease a row twice.")
        lease_id = uuid.uuid4()
        is_lost = When(lease_id__isnull=False, then=F("losses") + 1)
        takeable = self.free().filter(Q(lease_id=None) | Q(losses__lt=MAX_LOSSES - 1))
        taken = takeable.update(
            lease_id=lease_id,
            leased_until=timezone.now() + self.model.LEASE,
            losses=Case(is_lost, default=F("losses"), output_field=models.IntegerField()),
            **fields,
        )
        return lease_id if taken else None

    def take_one(self, **fields: Any) -> Row | None:
        """As `take`, of one row at the most: the row as it then is, or None if it can't be taken.

        The filters must hold of it still once `fields` are written and it is leased.
        """
        lease_id = self.take(**fields)
        return None if lease_id is None else self.get(lease_id=lease_id)

    def renew(self, lease_id: uuid.UUID | None, **fields: Any) -> None:
        """Write `fields` to those leased with `lease_id`, and hold them for another full lease.

        Raises LeaseLost when none is. Pass `losses=0` where the work made progress.
        """
        until = timezone.now() + self.model.LEASE
        held = self.filter(lease_id=lease_id)
        if lease_id is None or not held.update(leased_until=until, **fields):
            raise LeaseLost

    def release(self, lease_id: uuid.UUID | None, **fields: Any) -> bool:
        """Write `fields` and let others take them; whether any was still leased with `lease_id`."""
        if lease_id is None:
            return False
        held = self.filter(lease_id=lease_id)
        return bool(held.update(lease_id=None, leased_until=None, losses=0, **fields))

    def end_exhausted(self, **fields: Any) -> int:
        """Write `fields`, the state of failure, to the exhausted ones; how many."""
        return self.exhausted().update(
            lease_id=None, leased_until=None, losses=MAX_LOSSES, **fields
        )

    def fail_exhausted(self) -> int:
        """Give the exhausted ones the state failed, with why and when; how many."""
        return self.end_exhausted(state="failed", error=LOSSES_MESSAGE, ended_at=timezone.now())


class Leased(models.Model):
    """A row that one worker at a time works on. Its manager comes from a LeasedQuerySet."""

    LEASE: ClassVar[timedelta]  # longer than a worker ever goes without renewing

    lease_id = models.UUIDField(null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    # Workers that were lost since the last progress.
    losses = models.PositiveSmallIntegerField(default=0)

    class Meta:
        abstract = True

    def renew(self, **fields: Any) -> None:
        """As LeasedQuerySet.renew, with the lease of this object, which gets the fields too."""
        self._row().renew(self.lease_id, **fields)
        for name, value in fields.items():
            setattr(self, name, value)

    def release(self, **fields: Any) -> bool:
        """As LeasedQuerySet.release, with the lease of this object."""
        return self._row().release(self.lease_id, **fields)

    def _row(self) -> LeasedQuerySet[Self]:
        return LeasedQuerySet(type(self)).filter(pk=self.pk)


class CancellableQuerySet(LeasedQuerySet[Row]):
    """Leased rows by whether they have ended. Their model is a Cancellable."""

    def active(self) -> Self:
        """Those that have not ended."""
        return self.filter(state__in=ACTIVE_STATES)

    def request_cancel(self) -> bool:
        """Want these to stop; what no worker has ends at once. False when there is none to stop."""
        now = timezone.now()
        active = self.active()
        if not active.filter(cancel_requested_at=None).update(cancel_requested_at=now):
            return False
        active.free().update(state="cancelled", ended_at=now)
        return True

    def end_lost(self) -> None:
        """For a sweep: end those that lost their worker, where they are to stop or have lost too many."""
        now = timezone.now()
        active = self.active()
        active.lost().filter(cancel_requested_at__isnull=False).update(
            state="cancelled", ended_at=now, lease_id=None, leased_until=None
        )
        active.fail_exhausted()


class Cancellable(Leased):
    """A leased row that a person may stop. Its manager comes from a CancellableQuerySet.

    It has the states queued, running, cancelled and failed, and an `error`.
    """

    state: models.CharField[Any, Any]
    ended_at = models.DateTimeField(null=True, blank=True)
    cancel_requested_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True

    @property
    def is_active(self) -> bool:
        """Whether it has not ended."""
        return self.state in ACTIVE_STATES

    def is_cancel_requested(self) -> bool:
        """Whether a person wants it to stop by now: asks the database, not this object."""
        return self._row().filter(cancel_requested_at__isnull=False).exists()

    def request_cancel(self) -> bool:
        """As CancellableQuerySet.request_cancel."""
        return self._row().request_cancel()

    def _row(self) -> CancellableQuerySet[Self]:
        return CancellableQuerySet(type(self)).filter(pk=self.pk)
