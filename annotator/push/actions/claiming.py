"""One worker at a time on the values of a sample: a lease in the rows, taken by one UPDATE."""

from __future__ import annotations

import random
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from annotator.connections.models import Remote
from annotator.datasets.models import Sample
from annotator.push.models import Delivery

MAX_LOSSES = 5  # workers that may die over one value before it is left to a person
FIRST_WAIT_SECONDS = 0.5
LONGEST_WAIT_SECONDS = 300.0


class LeaseLost(Exception):
    """It took longer than the lease: another worker may be at it. Nothing more may be written."""


@dataclass(frozen=True)
class Claim:
    """The lines of one sample that this worker alone may send until the lease ends."""

    lease_id: uuid.UUID
    sample: Sample
    remote: Remote
    lines: Sequence[Delivery]

    def keep(self) -> None:
        """Hold on for another lease, before each call. Raises LeaseLost."""
        until = timezone.now() + timedelta(seconds=settings.PUSH_LEASE_SECONDS)
        if not Delivery.objects.filter(lease_id=self.lease_id).update(leased_until=until):
            raise LeaseLost

    def write(self, line: Delivery, **fields: Any) -> None:
        """Change one line while it is ours. Raises LeaseLost."""
        mine = Delivery.objects.filter(pk=line.pk, lease_id=self.lease_id)
        if not mine.update(**fields):
            raise LeaseLost

    def release(self) -> None:
        """Let others at what is still ours."""
        mine = Delivery.objects.filter(lease_id=self.lease_id)
        mine.update(lease_id=None, leased_until=None)


@transaction.atomic
def claim(sample_id: Any) -> Claim | None:
    """Take all due lines of a sample; None when there are none, or another worker is at the sample.

    The lock on the sample's row lets one claim in at a time (SQLite lets only one transaction write).
    """
    sample = (
        Sample.objects.select_for_update(of=("self",))
        .select_related("dataset__remote", "dataset__workspace")
        .filter(pk=sample_id)
        .first()
    )
    if sample is None or sample.dataset.remote is None:
        return None
    lines = Delivery.objects.filter(value_row__sample=sample)
    now = timezone.now()
    if lines.filter(leased_until__gt=now).exists():
        return None
    found = list(lines.due().select_related("value_row__variable"))
    for line in [line for line in found if line.lease_id is not None]:
        _count_loss(line)
    taken = [line for line in found if line.state != Delivery.State.PARKED]
    if not taken:
        return None
    lease_id = uuid.uuid4()
    Delivery.objects.filter(pk__in=[line.pk for line in taken]).update(
        lease_id=lease_id, leased_until=now + timedelta(seconds=settings.PUSH_LEASE_SECONDS)
    )
    return Claim(lease_id, sample, sample.dataset.remote, taken)


def _count_loss(line: Delivery) -> None:
    """The last worker never gave the lease back: it died, perhaps because of this very value."""
    line.losses += 1
    fields: dict[str, Any] = {"losses": line.losses}
    if line.losses >= MAX_LOSSES:
        line.state = Delivery.State.PARKED
        fields |= {
            "state": line.state,
            "problem": Delivery.Problem.LOST,
            "last_error": f"{MAX_LOSSES} workers were lost while sending this value.",
            "lease_id": None,
            "leased_until": None,
        }
    Delivery.objects.filter(pk=line.pk).update(**fields)


def wait_seconds(attempts: int, *, at_least: float | None = None) -> float:
    """How long to wait after so many attempts: doubling up to five minutes, half of it by chance."""
    longest = min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2 ** min(attempts, 20))
    return max(at_least or 0.0, longest * random.uniform(0.5, 1))  # noqa: S311
