"""Tasks, their training runs and the model versions these leave."""

from __future__ import annotations

import time
import uuid
from datetime import timedelta

from django.db import models
from django.utils import timezone

from annotator.accounts.models import Membership, User, Workspace
from annotator.accounts.roles import visible
from annotator.connections.models import MirroredModel, one_copy
from annotator.datasets.models import Dataset, Prompt
from annotator.leases import Leased, LeasedQuerySet
from annotator.names import NameField, SearchableName


class TaskQuerySet(models.QuerySet["Task"]):
    """Tasks by who may see them."""

    def visible_to(self, member: Membership) -> TaskQuerySet:
        """The tasks of the member's workspace that are not deleted."""
        return visible(self.filter(workspace=member.workspace_id, removed_at=None), member)


class Task(SearchableName, MirroredModel):
    """What gets fine-tuned: prompts, datasets and parameters."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="tasks")
    name = NameField(max_length=200)
    description = models.TextField(blank=True, default="")
    auto_deploy = models.BooleanField(default=True)
    deploy_if_not_worse = models.BooleanField(default=False)  # a limit of auto_deploy, only here
    production_version = models.PositiveIntegerField(default=0)  # 0: none yet (R-T4)
    production_pinned = models.BooleanField(default=False)  # no new version takes its place
    production_reason = models.CharField(max_length=500, blank=True)  # why it is in production
    last_version = models.PositiveIntegerField(default=0)
    max_tokens = models.PositiveIntegerField(default=1000)  # of the model's output
    datasets = models.ManyToManyField(Dataset, related_name="tasks", blank=True)
    training_params = models.JSONField(default=dict, blank=True)
    training_time = models.PositiveIntegerField(default=0)  # seconds, of the last training
    system_prompt = models.ForeignKey(
        Prompt, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    user_prompt = models.ForeignKey(
        Prompt, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    backend = models.CharField(max_length=40, default="baseline")  # of a local task
    created_at = models.DateTimeField(default=timezone.now)
    removed_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = TaskQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [one_copy("task")]

    def __str__(self) -> str:
        return self.name


REMOTE = "remote"  # the backend of a mirrored task's runs and versions: its remote trains them


class TrainingRunQuerySet(LeasedQuerySet["TrainingRun"]):
    """Runs by who may see them, where they are done and whether they have ended."""

    def visible_to(self, member: Membership) -> TrainingRunQuerySet:
        """The runs of the member's workspace."""
        return visible(self.filter(task__workspace=member.workspace_id), member)

    def active(self) -> TrainingRunQuerySet:
        """Those that have not ended."""
        return self.filter(state__in=ACTIVE_STATES)

    def local(self) -> TrainingRunQuerySet:
        """Those that a worker here does."""
        return self.exclude(backend=REMOTE)

    def remote(self) -> TrainingRunQuerySet:
        """Those that a remote does."""
        return self.filter(backend=REMOTE)


ACTIVE_STATES = [
    "queued",
    "preparing",
    "training",
    "evaluating",
    "packaging",
    "requested",
    "accepted",
    "unknown",
]


class TrainingRun(Leased):
    """One training of a task: requested by a person, done by a worker here or by the remote."""

    LEASE = timedelta(seconds=60)  # which the supervisor renews about every second

    class State(models.TextChoices):
        """Its state. `requested`, `accepted` and `unknown` are those of a remote's training."""

        QUEUED = "queued", "Queued"
        PREPARING = "preparing", "Preparing"
        TRAINING = "training", "Training"
        EVALUATING = "evaluating", "Evaluating"
        PACKAGING = "packaging", "Packaging"
        REQUESTED = "requested", "Asking the remote"
        ACCEPTED = "accepted", "Training on the remote"
        UNKNOWN = "unknown", "Asked; the answer was lost"
        SUCCEEDED = "succeeded", "Done"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"
        TIMED_OUT = "timed_out", "No result in time"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="runs")
    backend = models.CharField(max_length=40)  # a name in BACKENDS, or REMOTE
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    params = models.JSONField(default=dict, blank=True)
    requested_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    requested_at = models.DateTimeField(default=timezone.now)
    worker = models.CharField(max_length=255, blank=True)  # the last that took it, by its name
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    phase_seconds = models.JSONField(default=dict, blank=True)  # by state, of all attempts
    step = models.PositiveIntegerField(default=0)  # of the present phase
    steps = models.PositiveIntegerField(default=0)  # 0: not known
    message = models.CharField(max_length=500, blank=True)
    error = models.TextField(blank=True)
    log_tail = models.TextField(blank=True)
    cancel_requested_at = models.DateTimeField(null=True, blank=True)
    # Stop training, then evaluate and keep what there is.
    early_end_requested_at = models.DateTimeField(null=True, blank=True)
    snapshot = models.JSONField(
        default=dict, blank=True
    )  # counts, hashes and excluded samples at the start
    last_version_before = models.PositiveIntegerField(default=0)
    sent_at = models.DateTimeField(
        null=True, blank=True
    )  # set before the one call to a remote's train/
    polls = models.PositiveIntegerField(default=0)  # of a remote's training
    next_poll_at = models.DateTimeField(null=True, blank=True)

    objects = TrainingRunQuerySet.as_manager()

    class Meta:
        ordering = ["-requested_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["task"],
                condition=models.Q(state__in=ACTIVE_STATES),
                name="trainingrun_one_active_per_task",
            )
        ]

    @property
    def is_active(self) -> bool:
        """Whether it has not ended."""
        return self.state in ACTIVE_STATES

    @property
    def phases(self) -> list[tuple[str, float]]:
        """The label of each phase that a worker here was in, and its seconds, in order."""
        seconds = self.phase_seconds
        return [(state.label, seconds[state]) for state in self.State if state in seconds]

    @property
    def worked_seconds(self) -> float:
        """Those of all phases and attempts; the waits before and between them are no work."""
        return float(sum(self.phase_seconds.values()))

    _counted_at: float | None = None  # on the clock of the process that does it

    def count_phase(self) -> dict[str, float]:
        """`phase_seconds`, with the time since the last call added to that of the present state."""
        now = time.monotonic()
        if self._counted_at is not None:
            passed = self.phase_seconds.get(self.state, 0) + now - self._counted_at
            self.phase_seconds = self.phase_seconds | {self.state: round(passed, 2)}
        self._counted_at = now
        return self.phase_seconds

    @property
    def is_remote(self) -> bool:
        """Whether the remote does it; such a run reports no progress and cannot be cancelled."""
        return self.backend == REMOTE


class TrainingMetric(models.Model):
    """One point of a curve."""

    run = models.ForeignKey(
        TrainingRun,
        on_delete=models.CASCADE,
        related_name="metrics",
        db_index=False,  # trainingmetric_once begins with it
    )
    step = models.PositiveIntegerField()
    name = models.CharField(max_length=100)
    value = models.FloatField()

    class Meta:
        ordering = ["step", "id"]
        constraints = [
            models.UniqueConstraint(fields=["run", "step", "name"], name="trainingmetric_once")
        ]


class ModelVersionQuerySet(models.QuerySet["ModelVersion"]):
    """Versions by who may see them."""

    def visible_to(self, member: Membership) -> ModelVersionQuerySet:
        """The model versions of the member's workspace."""
        versions = self.filter(task__workspace=member.workspace_id, task__removed_at=None)
        return visible(versions, member)


class ModelVersion(MirroredModel):
    """The result of a training: an archive with its metrics, or a reference to one on the remote."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="versions")
    version = models.PositiveIntegerField()  # from 1
    run = models.ForeignKey(
        TrainingRun, on_delete=models.SET_NULL, null=True, blank=True, related_name="versions"
    )
    backend = models.CharField(max_length=40, blank=True)
    metrics = models.JSONField(default=dict, blank=True)
    archive = models.CharField(
        max_length=300, blank=True, editable=False
    )  # relative to MODELS_ROOT
    archive_bytes = models.PositiveBigIntegerField(default=0, editable=False)
    archive_sha256 = models.CharField(max_length=64, blank=True, editable=False)
    training_seconds = models.PositiveIntegerField(default=0)
    deployment_note = models.CharField(
        max_length=500, blank=True
    )  # whether it was deployed, and why
    created_at = models.DateTimeField(default=timezone.now)

    objects = ModelVersionQuerySet.as_manager()

    class Meta:
        ordering = ["-version", "id"]
        constraints = [
            one_copy("modelversion"),
            models.UniqueConstraint(fields=["task", "version"], name="modelversion_once"),
        ]

    def __str__(self) -> str:
        return f"{self.task} version {self.version}"
