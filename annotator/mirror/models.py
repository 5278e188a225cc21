"""The mirroring of one remote dataset, as far as it has come."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone

from annotator.accounts.models import Membership, User
from annotator.accounts.roles import visible
from annotator.connections.models import Remote
from annotator.datasets.models import Dataset
from annotator.leases import ACTIVE_STATES, Leased, LeasedQuerySet, reached


class MirrorRunQuerySet(LeasedQuerySet["MirrorRun"]):
    """Runs by who may see them and whether they have ended."""

    def visible_to(self, member: Membership) -> MirrorRunQuerySet:
        """The runs of the member's workspace."""
        return visible(self.filter(source__workspace=member.workspace_id), member)

    def active(self) -> MirrorRunQuerySet:
        """Those that have not come to an end."""
        return self.filter(state__in=ACTIVE_STATES)

    def due(self) -> MirrorRunQuerySet:
        """Those to work on now, that no worker holds."""
        return (
            self.active().free().filter(reached("next_at"), source__in=Remote.objects.reachable())
        )


class MirrorRun(Leased):
    """Brings one dataset of a remote here, page by page; each page is a checkpoint.

    A worker holds a lease while it works; when it is killed, another one continues from the checkpoint.
    """

    LEASE = timedelta(seconds=settings.MIRROR_LEASE_SECONDS)

    class State(models.TextChoices):
        """Where it stands."""

        QUEUED = "queued", "Queued"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        INCOMPLETE = "incomplete", "Incomplete"  # the remote changed while it was read, three times
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    class Stage(models.TextChoices):
        """The parts of a run, in their order."""

        SCHEMA = "schema", "Variables and prompts"
        SAMPLES = "samples", "Samples"
        CLOSING = "closing", "Checking what was removed"
        TASKS = "tasks", "Tasks"
        IMAGES = "images", "Image files"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    source = models.ForeignKey(Remote, on_delete=models.CASCADE, related_name="mirror_runs")
    remote_dataset_id = models.CharField(max_length=64)
    remote_dataset_name = models.CharField(max_length=Dataset.NAME_LENGTH, blank=True)
    dataset = models.ForeignKey(
        Dataset, on_delete=models.SET_NULL, null=True, blank=True, related_name="mirror_runs"
    )
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    # What a worker does or will do next; empty before the start and after the end.
    stage = models.CharField(max_length=20, choices=Stage, blank=True)
    position = models.JSONField(default=dict, blank=True)  # the checkpoint: where to continue
    done = models.PositiveIntegerField(default=0)  # samples
    total = models.PositiveIntegerField(null=True, blank=True)
    report = models.JSONField(
        default=dict, blank=True
    )  # counts: new, changed, same, removed, conflicts, …
    attempts = models.PositiveIntegerField(default=0)  # since the last step that succeeded
    next_at = models.DateTimeField(default=timezone.now)
    error = models.CharField(max_length=1000, blank=True)
    cancel_requested_at = models.DateTimeField(null=True, blank=True)
    started_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = MirrorRunQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "remote_dataset_id"],
                condition=models.Q(state__in=ACTIVE_STATES),
                name="mirrorrun_one_active_per_dataset",
            )
        ]

    def __str__(self) -> str:
        return self.remote_dataset_name or self.remote_dataset_id

    @property
    def is_active(self) -> bool:
        """Whether it has not come to an end."""
        return self.state in ACTIVE_STATES
