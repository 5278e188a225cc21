"""Jobs that assign many samples at once."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.db import models
from django.utils import timezone

from annotator.accounts.models import Membership, User
from annotator.accounts.roles import Action, visible
from annotator.datasets.models import Dataset, Sample
from annotator.leases import Leased, LeasedQuerySet


class DistributionQuerySet(LeasedQuerySet["Distribution"]):
    """Distributions by who may see them and whether there is something to do."""

    def visible_to(self, member: Membership) -> DistributionQuerySet:
        """Those in datasets of the member's workspace."""
        rows = self.filter(dataset__workspace=member.workspace_id, dataset__removed_at=None)
        return visible(rows, member, Action.ASSIGN)

    def active(self) -> DistributionQuerySet:
        """Those that a worker has to go on with."""
        return self.filter(state=Distribution.State.RUNNING)


class Distribution(Leased):
    """One job that assigns the samples of a filter, or those picked, to people, or to nobody again."""

    LEASE = timedelta(seconds=60)

    class State(models.TextChoices):
        """Where it stands."""

        RUNNING = "running", "Assigning"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="distributions")
    filter = models.TextField(blank=True)  # of the gallery, as in its address
    sample_ids = models.JSONField(null=True)  # those picked; None: all in the filter
    shares = models.JSONField(default=list)  # [person's id, weight] of each; none: nobody
    most_each = models.PositiveIntegerField(null=True)  # samples for one person; None: no limit
    due_on = models.DateField(null=True)
    # What keeps samples together: "", "name", or "meta:" with a key of their metadata.
    grouping = models.CharField(max_length=220, blank=True)
    # Whether samples that are assigned already are assigned anew.
    includes_assigned = models.BooleanField(default=False)
    state = models.CharField(max_length=7, choices=State, default=State.RUNNING)
    started_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)
    after = models.UUIDField(null=True)  # the checkpoint: the last sample dealt with
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)  # samples that were dealt with
    assigned = models.PositiveIntegerField(default=0)  # of those, samples that changed hands
    given = models.JSONField(default=dict)  # by the person's id, as text: samples that they got
    error = models.TextField(blank=True)

    objects = DistributionQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "id"]
        indexes = [models.Index(fields=["state", "created_at"], name="distribution_by_state")]

    @property
    def is_active(self) -> bool:
        """Whether a worker goes on with it."""
        return self.state == self.State.RUNNING

    @property
    def takes_back(self) -> bool:
        """Whether it makes the samples free for all."""
        return not self.shares

    @property
    def left_out(self) -> int:
        """Samples that stayed as they were: open somewhere, or nobody was there who could take them."""
        return self.done - self.assigned

    def group_of(self, sample: Sample) -> Any:
        """What the sample is kept together with, None for nothing."""
        if self.grouping == NAME:
            return name_start(sample.name or "") or None
        key = self.grouping.removeprefix(METADATA)
        value = {**sample.meta_data, **sample.input_meta_data}.get(key) if key else None
        return None if value in (None, "") else str(value)


NAME, METADATA = "name", "meta:"
SEPARATORS = "_-./ "


def name_start(name: str) -> str:
    """The name up to its last separator: “card7_front” begins with “card7”; all of it without one."""
    cut = max(name.rfind(separator) for separator in SEPARATORS)
    return name[:cut] if cut > 0 else name
