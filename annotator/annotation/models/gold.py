"""What people gave for gold samples, who is paused for it, and who has qualified."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils import timezone

from annotator.accounts.models import Membership, User
from annotator.accounts.roles import Action, visible
from annotator.datasets.models import Dataset, Sample, Variable


class GoldResultQuerySet(models.QuerySet["GoldResult"]):
    """Results by who may read them."""

    def visible_to(self, member: Membership) -> GoldResultQuerySet:
        """Those of the member's workspace. Who is tested sees their own where they are told of each at once:
        elsewhere a score that moves would tell which samples are gold.
        """
        rows = self.filter(dataset__workspace=member.workspace_id, dataset__removed_at=None)
        if member.tested_id:
            own = rows.filter(user=member.user_id, dataset__gold_feedback=True)
            return visible(own, member)
        return visible(rows, member, Action.READ_GOLD)

    def of_period(self, begins_at: datetime | None) -> GoldResultQuerySet:
        """Those of answers since then; None: from the beginning."""
        return self if begins_at is None else self.filter(answered_at__gte=begins_at)


class GoldResult(models.Model):
    """Whether one person's first answer to a gold sample held the known value of one variable."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="+", db_index=False)
    sample = models.ForeignKey(
        Sample,
        on_delete=models.CASCADE,
        related_name="gold_results",
        db_index=False,  # goldresult_first_answer begins with it
    )
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    variable = models.ForeignKey(Variable, on_delete=models.PROTECT, related_name="+")
    given = models.JSONField(null=True)  # null: nothing
    is_right = models.BooleanField()
    answered_at = models.DateTimeField(default=timezone.now)

    objects = GoldResultQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["sample", "user", "variable"], name="goldresult_first_answer"
            )
        ]
        indexes = [
            models.Index(fields=["dataset", "user", "answered_at"], name="goldresult_of_person")
        ]


class GoldPauseQuerySet(models.QuerySet["GoldPause"]):
    """Pauses by who may read them and whether they last."""

    def visible_to(self, member: Membership) -> GoldPauseQuerySet:
        """Those of the member's workspace; none for people who are tested."""
        rows = self.filter(dataset__workspace=member.workspace_id, dataset__removed_at=None)
        return visible(rows, member, Action.READ_GOLD)

    def lasting(self) -> GoldPauseQuerySet:
        """Those that nobody has lifted."""
        return self.filter(lifted_at=None)


class GoldPause(models.Model):
    """That a person gets no more samples of a dataset, because too few of their gold values were right."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="gold_pauses")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="gold_pauses")
    paused_at = models.DateTimeField(default=timezone.now)
    right = models.PositiveIntegerField()  # values
    asked = models.PositiveIntegerField()  # values
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")

    objects = GoldPauseQuerySet.as_manager()

    class Meta:
        ordering = ["-paused_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["dataset", "user"],
                condition=Q(lifted_at=None),
                name="goldpause_one_lasting",
            )
        ]


class QualificationQuerySet(models.QuerySet["Qualification"]):
    """Attempts by who may read them."""

    def visible_to(self, member: Membership) -> QualificationQuerySet:
        """The member's own; all of the workspace for those who may read scores."""
        rows = self.filter(dataset__workspace=member.workspace_id, dataset__removed_at=None)
        if member.tested_id:
            return visible(rows.filter(user=member.user_id), member, Action.LABEL)
        return rows


class Qualification(models.Model):
    """One attempt of a person at the gold samples that come before a dataset's real work."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="qualifications")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="qualifications")
    started_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)  # None: it goes on
    is_passed = models.BooleanField(default=False)
    right = models.PositiveIntegerField(default=0)  # values
    asked = models.PositiveIntegerField(default=0)  # values
    # Who let the person work without having passed.
    granted_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")

    objects = QualificationQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["dataset", "user"],
                condition=Q(ended_at=None),
                name="qualification_one_open",
            )
        ]
