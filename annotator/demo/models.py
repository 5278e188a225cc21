"""How far the demo has been made."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.db import models
from django.utils import timezone

from annotator.accounts.models import Membership, User, Workspace
from annotator.accounts.roles import visible
from annotator.connections.models import Remote
from annotator.datasets.models import Dataset
from annotator.leases import Leased, LeasedQuerySet, reached
from annotator.training.models import Task

LONGEST_WAIT = timedelta(minutes=1)  # between two pieces of a step


class Demo(models.Model):
    """The two workspaces: one plays the remote, the other mirrors from it. One row at the most."""

    only = models.BooleanField(default=True, unique=True, editable=False)
    platform = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    studio = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    remote = models.ForeignKey(Remote, on_delete=models.SET_NULL, null=True, related_name="+")
    admin = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)


class StepQuerySet(LeasedQuerySet["Step"]):
    """Steps by what is left of them."""

    def left(self) -> StepQuerySet:
        """Those that have not ended."""
        return self.filter(ended_at=None)

    def due(self) -> StepQuerySet:
        """Those to work on now, that no worker holds."""
        return self.left().free().filter(reached("next_at", longest=LONGEST_WAIT))

    def visible_to(self, member: Membership) -> StepQuerySet:
        """Those of the demo that has the member's workspace."""
        here = models.Q(demo__studio=member.workspace_id)
        return visible(self.filter(here | models.Q(demo__platform=member.workspace_id)), member)


class Step(Leased):
    """One part of making the demo. `done` is its checkpoint: it grows with what it counts."""

    LEASE = timedelta(seconds=60)  # longer than any one sample takes

    class Kind(models.TextChoices):
        """What is done."""

        DRAW = "draw", "Drawing"
        TRAIN = "train", "Training"
        MIRROR = "mirror", "Mirroring"
        WORK = "work", "Labelling"
        PREDICT = "predict", "Predicting"
        COMPARE = "compare", "Comparing"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    demo = models.ForeignKey(Demo, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=7, choices=Kind)
    set_key = models.CharField(max_length=40)  # which demo dataset
    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="+")
    task = models.ForeignKey(Task, on_delete=models.SET_NULL, null=True, related_name="+")
    after = models.ForeignKey("self", on_delete=models.CASCADE, null=True, related_name="+")
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField(default=timezone.now)
    error = models.CharField(max_length=500, blank=True)
    ended_at = models.DateTimeField(null=True)

    objects = StepQuerySet.as_manager()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["demo", "kind", "set_key"], name="demostep_once")
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.set_key}"

    def studio_dataset(self) -> Dataset | None:
        """The set in Studio: its own dataset, or its copy of Platform's; None where it is not there."""
        here = Dataset.objects.filter(workspace=self.demo.studio_id, removed_at=None)
        copied = models.Q(remote=self.demo.remote_id, remote_key=str(self.dataset_id))
        return here.filter(models.Q(pk=self.dataset_id) | copied).first()
