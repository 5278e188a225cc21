"""Endpoints of models elsewhere, and the jobs in which a model predicts values for many samples."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from annotator.accounts.models import Membership, User, Workspace
from annotator.accounts.roles import Action, visible
from annotator.datasets.models import Dataset
from annotator.leases import Cancellable, CancellableQuerySet
from annotator.training.models import ModelVersion, Task


class EndpointQuerySet(models.QuerySet["Endpoint"]):
    """Endpoints by who may see them."""

    def visible_to(self, member: Membership) -> EndpointQuerySet:
        """The endpoints of the member's workspace that are not deleted."""
        rows = self.filter(workspace=member.workspace_id, removed_at=None)
        return visible(rows, member, Action.TRAIN)


class Endpoint(models.Model):
    """A server with the OpenAI API for chats, and one model on it. Its key is encrypted and never shown."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="endpoints")
    name = models.CharField(max_length=200)
    base_url = models.CharField(max_length=500)  # without /chat/completions
    model = models.CharField(max_length=200)
    encrypted_key = models.BinaryField(blank=True, default=b"", editable=False)
    concurrency = models.PositiveSmallIntegerField(
        default=2, validators=[MinValueValidator(1), MaxValueValidator(16)]
    )  # calls at the same time
    image_px = models.PositiveIntegerField(
        default=1024, validators=[MinValueValidator(128), MaxValueValidator(1600)]
    )  # the longer side of a picture that is sent
    # Caps of one job; 0: none. Cost is per million tokens, in the workspace's own currency.
    max_calls = models.PositiveIntegerField(default=10_000)
    max_tokens = models.PositiveBigIntegerField(default=0)
    max_cost = models.DecimalField(max_digits=12, decimal_places=4, default=0)
    input_price = models.DecimalField(max_digits=12, decimal_places=4, default=0)
    output_price = models.DecimalField(max_digits=12, decimal_places=4, default=0)
    created_at = models.DateTimeField(default=timezone.now)
    removed_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = EndpointQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name

    @property
    def has_key(self) -> bool:
        """Whether a key is stored."""
        return bool(self.encrypted_key)


class PredictionQuerySet(CancellableQuerySet["Prediction"]):
    """Predictions by who may see them and whether they have ended."""

    def visible_to(self, member: Membership) -> PredictionQuerySet:
        """The predictions for datasets of the member's workspace."""
        rows = self.filter(dataset__workspace=member.workspace_id, dataset__removed_at=None)
        return visible(rows, member, Action.TRAIN)


class Prediction(Cancellable):
    """One job: a model predicts the values of many samples, in the order of their ids."""

    LEASE = timedelta(
        seconds=180
    )  # longer than one call of an endpoint, which the worker cannot renew in

    class State(models.TextChoices):
        """Where it stands."""

        QUEUED = "queued", "Queued"
        RUNNING = "running", "Predicting"
        DONE = "done", "Done"
        PAUSED = "paused", "Stopped"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="predictions")
    version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, null=True, related_name="+")
    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, null=True, related_name="+")
    task = models.ForeignKey(
        Task, on_delete=models.SET_NULL, null=True, related_name="+"
    )  # its prompts
    filter = models.TextField(blank=True)  # of the gallery, as in its address
    is_unlabeled_only = models.BooleanField(default=True)
    # A try-out: a few samples whose answers are shown, and nothing is suggested.
    is_trial = models.BooleanField(default=False)
    answers = models.JSONField(default=list, blank=True)  # of a try-out
    state = models.CharField(max_length=9, choices=State, default=State.QUEUED)
    requested_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    # The checkpoint: the last sample that was dealt with. A lost or stopped job goes on after it.
    after = models.UUIDField(null=True, blank=True)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)  # samples
    suggested = models.PositiveIntegerField(default=0)  # values that are new
    invalid = models.PositiveIntegerField(default=0)  # values that the variable does not allow
    failed = models.PositiveIntegerField(default=0)  # samples without a usable answer or picture
    calls = models.PositiveIntegerField(default=0)  # of an endpoint
    input_tokens = models.PositiveBigIntegerField(default=0)
    output_tokens = models.PositiveBigIntegerField(default=0)
    message = models.CharField(max_length=500, blank=True)
    error = models.TextField(blank=True)

    objects = PredictionQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(version=None) ^ Q(endpoint=None), name="prediction_by_one_model"
            ),
        ]
        indexes = [models.Index(fields=["state", "created_at"], name="prediction_by_state")]

    @property
    def can_resume(self) -> bool:
        """Whether a person may let it go on after its checkpoint."""
        return self.state in {self.State.PAUSED, self.State.FAILED, self.State.CANCELLED}
