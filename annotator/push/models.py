"""What is to be sent to the remote, and what was."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone

from annotator.accounts.models import Membership
from annotator.datasets.models import Dataset, VariableValue


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    """Deliveries by who may see them and whether their time has come."""

    def visible_to(self, member: Membership) -> DeliveryQuerySet:
        """The deliveries of the member's workspace."""
        return self.filter(dataset__workspace=member.workspace_id)

    def due(self) -> DeliveryQuerySet:
        """Those to be sent now, that no worker holds."""
        now = timezone.now()
        return self.filter(
            state=Delivery.State.PENDING, want_rev__gt=models.F("have_rev"), next_at__lte=now
        ).filter(models.Q(leased_until=None) | models.Q(leased_until__lte=now))


class Delivery(models.Model):
    """The outbox line of one value: due while `want_rev` is above `have_rev`.

    The row is the truth; a Celery message only rings. One worker at a time holds its lease.
    """

    class State(models.TextChoices):
        """Where it stands."""

        PENDING = "pending", "Waiting"
        CONFIRMED = "confirmed", "Confirmed"
        PARKED = "parked", "Parked"  # refused: a person must look
        CONFLICT = "conflict", "Conflict"  # changed on both sides: a person must choose

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    value_row = models.OneToOneField(
        VariableValue, on_delete=models.CASCADE, related_name="delivery"
    )
    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="deliveries")
    state = models.CharField(max_length=9, choices=State, default=State.PENDING)
    want_rev = models.PositiveIntegerField(default=0)
    have_rev = models.PositiveIntegerField(default=0)
    attempts = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField(default=timezone.now)
    leased_until = models.DateTimeField(null=True, blank=True)
    lease_id = models.UUIDField(null=True, blank=True)
    last_error = models.CharField(max_length=1000, blank=True)
    theirs = models.JSONField(
        null=True, blank=True
    )  # {"value": …}: what the remote holds, in a conflict
    created_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "id"]
        indexes = [
            models.Index(
                fields=["next_at"], condition=models.Q(state="pending"), name="delivery_due"
            ),
            models.Index(fields=["dataset", "state", "created_at"], name="delivery_by_state"),
        ]
