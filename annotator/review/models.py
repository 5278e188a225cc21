"""Verdicts."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.db import models
from django.utils import timezone

from annotator.accounts.models import Membership, User
from annotator.accounts.roles import Action, visible
from annotator.annotation.models import REASON_LENGTH, Answer
from annotator.datasets.models import Dataset, Sample
from annotator.leases import Leased, LeasedQuerySet


class Review(models.Model):
    """One person's verdict on one revision of one answer. Never changed."""

    class Decision(models.TextChoices):
        """The verdict."""

        APPROVED = "approved", "Approved"
        RETURNED = "returned", "Returned"
        REOPENED = "reopened", "Re-opened"
        FIRST = "first", "Approved first"  # another reviewer decides
        CLOSED = "closed", "Closed"  # skipped, and nobody can label it

    sample = models.ForeignKey(Sample, on_delete=models.CASCADE, related_name="reviews")
    answer = models.ForeignKey(Answer, on_delete=models.CASCADE, null=True, related_name="reviews")
    answer_rev = models.PositiveIntegerField(default=0)
    reviewer = models.ForeignKey(
        User,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        db_index=False,  # review_by_time begins with it
    )
    decision = models.CharField(max_length=8, choices=Decision)
    reason = models.CharField(max_length=REASON_LENGTH, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    @property
    def is_approval(self) -> bool:
        """Whether it accepted the values."""
        return self.decision == self.Decision.APPROVED

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["reviewer", "created_at"], name="review_by_time")]
        constraints = [
            models.UniqueConstraint(
                fields=["answer", "answer_rev"],
                condition=models.Q(decision__in=["approved", "returned"]),
                name="review_one_verdict_per_revision",
            )
        ]


class AcceptanceQuerySet(LeasedQuerySet["Acceptance"]):
    """Acceptances by who may see them and whether there is something to do."""

    def visible_to(self, member: Membership) -> AcceptanceQuerySet:
        """Those in datasets of the member's workspace."""
        rows = self.filter(dataset__workspace=member.workspace_id, dataset__removed_at=None)
        return visible(rows, member, Action.LABEL)

    def active(self) -> AcceptanceQuerySet:
        """Those that a worker has to go on with."""
        return self.filter(state__in=Acceptance.ACTIVE_STATES)


class Acceptance(Leased):
    """One job that accepts many suggestions at once, or takes that back."""

    LEASE = timedelta(seconds=60)

    class Mode(models.TextChoices):
        """What the suggestions become."""

        REVIEW = "review", "Answers that a reviewer sees"
        ACCEPTED = "accepted", "Accepted values at once"

    class State(models.TextChoices):
        """Where it stands."""

        RUNNING = "running", "Accepting"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        UNDOING = "undoing", "Undoing"
        UNDONE = "undone", "Undone"

    ACTIVE_STATES = [State.RUNNING, State.UNDOING]

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="+")
    filter = models.TextField()  # of the gallery, as in its address
    mode = models.CharField(max_length=8, choices=Mode)
    state = models.CharField(max_length=7, choices=State, default=State.RUNNING)
    started_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    after = models.UUIDField(null=True, blank=True)  # the checkpoint: the last sample dealt with
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)  # samples
    accepted = models.PositiveIntegerField(default=0)  # suggestions
    undone = models.PositiveIntegerField(default=0)
    kept = models.PositiveIntegerField(default=0)  # reviewed or changed since: an undo leaves them
    error = models.TextField(blank=True)

    objects = AcceptanceQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "id"]
        indexes = [models.Index(fields=["state", "created_at"], name="acceptance_by_state")]

    @property
    def is_active(self) -> bool:
        """Whether a worker goes on with it."""
        return self.state in self.ACTIVE_STATES
