"""One worker at a time on the values of a sample: one lease on all its due deliveries."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from annotator.connections.models import Remote
from annotator.datasets.models import Sample
from annotator.leases import LOSSES_MESSAGE
from annotator.push.models import Delivery, DeliveryQuerySet


@dataclass(frozen=True)
class Claim:
    """The deliveries of one sample that this worker alone may send until the lease ends."""

    lease_id: uuid.UUID
    sample: Sample
    remote: Remote
    deliveries: Sequence[Delivery]

    def renew(self) -> None:
        """Hold all deliveries for another lease, before each call. Raises LeaseLost."""
        Delivery.objects.filter(lease_id=self.lease_id).renew(self.lease_id)

    def write(self, delivery: Delivery, **fields: Any) -> None:
        """Change one delivery while it is leased to us. Raises LeaseLost."""
        Delivery.objects.filter(pk=delivery.pk).renew(self.lease_id, **fields)

    def release(self) -> None:
        """Let others take what is still leased to us."""
        Delivery.objects.filter(lease_id=self.lease_id).release(self.lease_id)


@transaction.atomic
def claim(sample_id: Any) -> Claim | None:
    """Lease all due deliveries of a sample; None when there are none, or another worker holds the sample.

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
    deliveries = Delivery.objects.filter(value_row__sample=sample)
    if deliveries.exclude(pk__in=deliveries.free()).exists():
        return None
    park_exhausted(deliveries)
    due = list(deliveries.due().values_list("pk", flat=True))
    lease_id = Delivery.objects.filter(pk__in=due).take()
    if lease_id is None:
        return None
    leased = Delivery.objects.filter(lease_id=lease_id).select_related("value_row__variable")
    return Claim(lease_id, sample, sample.dataset.remote, list(leased))


def park_exhausted(deliveries: DeliveryQuerySet) -> int:
    """Leave to a person what lost too many workers, perhaps because of this very value; how many."""
    return deliveries.end_exhausted(
        state=Delivery.State.PARKED, problem=Delivery.Problem.LOST, last_error=LOSSES_MESSAGE
    )
