"""What each person answered, before it is anybody's truth."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone

from annotator.accounts.models import Membership, User
from annotator.accounts.roles import Action, may, visible
from annotator.datasets.models import Origin, Sample, Variable


class AnswerQuerySet(models.QuerySet["Answer"]):
    """Answers by who may see them and where they stand."""

    def visible_to(self, member: Membership) -> AnswerQuerySet:
        """The member's own answers; all of the workspace for those who may read them."""
        answers = self.filter(
            sample__dataset__workspace=member.workspace_id,
            sample__dataset__removed_at=None,
            sample__removed_at=None,
        )
        if may(member, Action.READ_OTHERS_ANSWERS):
            return answers
        return visible(answers.filter(author=member.user_id), member, Action.LABEL)

    def returned_to(self, user: User) -> AnswerQuerySet:
        """Those that a reviewer sent back to this person, the longest waiting first."""
        return self.filter(author=user, state=Answer.State.RETURNED).order_by("returned_at", "id")


class Answer(models.Model):
    """One person's set of values for one sample. Others' answers stay hidden from an annotator."""

    class State(models.TextChoices):
        """Where it stands."""

        DRAFT = "draft", "Draft"
        SUBMITTED = "submitted", "Submitted"
        RETURNED = "returned", "Returned"
        APPROVED = "approved", "Approved"
        SKIPPED = "skipped", "Skipped"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sample = models.ForeignKey(Sample, on_delete=models.CASCADE, related_name="answers")
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="answers")
    state = models.CharField(max_length=9, choices=State, default=State.DRAFT)
    rev = models.PositiveIntegerField(default=0)  # grows with every change of any of its values
    skip_reason = models.CharField(max_length=500, blank=True)
    return_reason = models.CharField(max_length=1000, blank=True)
    return_variable = models.ForeignKey(
        Variable, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    submitted_at = models.DateTimeField(null=True, blank=True)
    returned_at = models.DateTimeField(null=True, blank=True)

    objects = AnswerQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["sample", "author"], name="answer_once_per_person")
        ]
        indexes = [
            models.Index(fields=["state", "submitted_at"], name="answer_by_state"),
            models.Index(fields=["author", "state"], name="answer_by_author"),
        ]


class AnswerValue(models.Model):
    """The value of one variable in one answer. Compare-and-swap on `rev` decides who may write."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    answer = models.ForeignKey(Answer, on_delete=models.CASCADE, related_name="values")
    variable = models.ForeignKey(Variable, on_delete=models.PROTECT, related_name="+")
    value = models.JSONField(null=True)
    is_set = models.BooleanField(default=True)
    rev = models.PositiveIntegerField(default=1)
    origin = models.CharField(max_length=9, choices=Origin, default=Origin.TYPED)
    unsure = models.BooleanField(default=False)
    saved_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    saved_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["answer", "variable"], name="answervalue_once")
        ]


class AnswerRevision(models.Model):
    """One line of the history of an answer's value. Append-only; one line per operation."""

    answer_value = models.ForeignKey(AnswerValue, on_delete=models.CASCADE, related_name="history")
    rev = models.PositiveIntegerField()
    value = models.JSONField(null=True)
    is_set = models.BooleanField(default=True)
    origin = models.CharField(max_length=9, choices=Origin)
    operation_id = models.UUIDField(
        unique=True
    )  # made by the browser: the same twice is one revision
    saved_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    saved_at = models.DateTimeField(default=timezone.now)
    reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["rev"]
        constraints = [
            models.UniqueConstraint(fields=["answer_value", "rev"], name="answerrevision_once")
        ]
