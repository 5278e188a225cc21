"""The values of an answer and their history."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone

from annotator.accounts.models import User
from annotator.compiled import CompiledQuery, Given
from annotator.datasets.models import Origin, Variable


class AnswerValue(models.Model):
    """The value of one variable in one answer. Compare-and-swap on `rev` decides who may write."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    answer = models.ForeignKey(
        "annotation.Answer",
        on_delete=models.CASCADE,
        related_name="values",
        db_index=False,  # answervalue_once begins with it
    )
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
        indexes = [
            models.Index(
                fields=["variable", "answer"],
                condition=models.Q(origin=Origin.REVIEWED),
                name="answervalue_reviewed",
            )
        ]


VALUES = CompiledQuery(
    lambda: AnswerValue.objects.filter(answer_id=Given("answer", models.UUIDField()))
)


class AnswerRevision(models.Model):
    """One revision of an answer's value. Append-only; one per operation."""

    answer_value = models.ForeignKey(
        AnswerValue,
        on_delete=models.CASCADE,
        related_name="history",
        db_index=False,  # answerrevision_once begins with it
    )
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
