"""What is to be sent to the remote, and what was."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone

from annotator.accounts.models import Membership
from annotator.accounts.roles import visible
from annotator.connections.models import Remote
from annotator.datasets.models import Dataset, Sample, VariableValue
from annotator.leases import Leased, LeasedQuerySet, reached

# After which a call whose answer was lost has taken effect, or never will.
QUIET = timedelta(seconds=60)
LONGEST_WAIT = timedelta(minutes=5)  # of a delivery before its next try


class DeliveryQuerySet(LeasedQuerySet["Delivery"]):
    """Deliveries by who may see them and whether their time has come."""

    def visible_to(self, member: Membership) -> DeliveryQuerySet:
        """The deliveries of the member's workspace."""
        return visible(self.filter(dataset__workspace=member.workspace_id), member)

    def sent_since(
        self, at: datetime | models.OuterRef, sample_id: uuid.UUID | models.OuterRef
    ) -> DeliveryQuerySet:
        """Those of a sample that the remote may have got since.

        Whoever took one and has not released it, a worker at work or a lost one, may have sent it.
        """
        is_sent = models.Q(sent_at__gte=at) | models.Q(lease_id__isnull=False)
        return self.filter(is_sent, value_row__sample=sample_id)

    def due(self) -> DeliveryQuerySet:
        """Those to be sent, or looked at again, now: approved, reachable, and held by no worker."""
        waiting = models.Q(state=Delivery.State.PENDING, want_rev__gt=models.F("have_rev"))
        unsure = models.Q(state=Delivery.State.CONFIRMED) & reached("recheck_at", longest=QUIET)
        return self.free().filter(
            waiting & reached("next_at", longest=LONGEST_WAIT) | unsure,
            dataset__removed_at=None,
            dataset__remote__in=Remote.objects.reachable(),
            value_row__sample__state=Sample.State.APPROVED,
            value_row__sample__removed_at=None,
        )


class Delivery(Leased):
    """The outbox row of one value: due while `want_rev` is above `have_rev`.

    The row decides, a job only says that there is work. One worker at a time holds the lease on all
    deliveries of a sample. In a conflict the base is the value's `remote_state`, which stays until it is
    resolved.
    """

    LEASE = timedelta(seconds=settings.PUSH_LEASE_SECONDS)

    class State(models.TextChoices):
        """Where it stands."""

        PENDING = "pending", "Waiting"
        CONFIRMED = "confirmed", "Confirmed"
        PARKED = "parked", "Parked"  # refused: a person must look
        CONFLICT = "conflict", "Conflict"  # changed on both sides: a person must choose

    class Problem(models.TextChoices):
        """Why it was not sent, or not yet: what can be retried together."""

        NONE = "", "No problem"
        UNREACHABLE = "unreachable", "The remote did not answer"
        GARBLED = "garbled", "The remote answered something unusable"
        REFUSED = "refused", "Refused by the remote"
        GONE = "gone", "The sample was removed on the remote"
        INVALID = "invalid", "The variable does not allow the value"
        CANNOT_CLEAR = "cannot_clear", "Cannot be cleared on the remote"
        UNSEEN = "unseen", "The remote holds answers that cannot be read"
        DIFFERS = "differs", "The remote shows another value than was sent"
        LOST = "lost", "Workers were lost while sending it"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    value_row = models.OneToOneField(
        VariableValue, on_delete=models.CASCADE, related_name="delivery"
    )
    dataset = models.ForeignKey(
        Dataset,
        on_delete=models.CASCADE,
        related_name="deliveries",
        db_index=False,  # delivery_by_state begins with it
    )
    state = models.CharField(max_length=9, choices=State, default=State.PENDING)
    problem = models.CharField(max_length=12, choices=Problem, blank=True, default=Problem.NONE)
    want_rev = models.PositiveIntegerField(default=0)
    have_rev = models.PositiveIntegerField(default=0)
    attempts = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField(default=timezone.now)
    last_error = models.CharField(max_length=1000, blank=True)
    # {"is_set": …, "value": …}: what the remote holds, in a conflict
    theirs = models.JSONField(null=True, blank=True)
    # A call whose answer was lost may still take effect: when to look at the remote once more.
    recheck_at = models.DateTimeField(null=True, blank=True)
    # A person said that unseen answers on the remote may be overwritten.
    overwrite = models.BooleanField(default=False)
    # Whether the remote showed the value after it was sent; None: not sent yet.
    read_back = models.BooleanField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)

    objects = DeliveryQuerySet.as_manager()

    @property
    def can_retry(self) -> bool:
        """Whether a person may ask for another try now."""
        if self.is_parked:
            return self.problem != self.Problem.CANNOT_CLEAR
        return self.state == self.State.PENDING and self.attempts > 0

    @property
    def is_parked(self) -> bool:
        """Whether nothing happens before somebody asks for a retry."""
        return self.state == self.State.PARKED

    @property
    def needs_overwrite(self) -> bool:
        """Whether a retry must say that values nobody could read may be overwritten."""
        return self.problem == self.Problem.UNSEEN

    class Meta:
        ordering = ["-created_at", "id"]
        indexes = [
            models.Index(
                fields=["next_at"], condition=models.Q(state="pending"), name="delivery_due"
            ),
            models.Index(
                fields=["recheck_at"],
                condition=models.Q(recheck_at__isnull=False),
                name="delivery_recheck",
            ),
            models.Index(fields=["dataset", "state", "created_at", "id"], name="delivery_by_state"),
            models.Index(fields=["state", "created_at", "id"], name="delivery_in_order"),
        ]


class DeliveryCountQuerySet(models.QuerySet["DeliveryCount"]):
    """Counts of deliveries by who may see them."""

    def visible_to(self, member: Membership) -> DeliveryCountQuerySet:
        """Those of the member's workspace."""
        return visible(self.filter(dataset__workspace=member.workspace_id), member)

    def by_state(self) -> dict[str, int]:
        """How many deliveries are in which state, 0 for those without any. One query."""
        rows = self.order_by().values_list("state").annotate(models.Sum("number"))
        return dict.fromkeys(Delivery.State.values, 0) | dict(rows)


class DeliveryCount(models.Model):
    """A part of the number of a dataset's deliveries in one state: the rows of a key add up.

    Read only: triggers write it (annotator/push/counting.py).
    """

    # Without a constraint, as that of `SampleCount`.
    dataset = models.ForeignKey(
        Dataset, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    state = models.CharField(max_length=9)
    problem = models.CharField(max_length=12)
    number = models.BigIntegerField()

    objects = DeliveryCountQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["dataset", "state", "problem"], name="deliverycount_by_key")
        ]
