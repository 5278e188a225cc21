"""Verdicts."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from annotator.accounts.models import User
from annotator.annotation.models import Answer
from annotator.datasets.models import Sample


class Review(models.Model):
    """One person's verdict on one revision of one answer. Never changed."""

    class Decision(models.TextChoices):
        """The verdict."""

        APPROVED = "approved", "Approved"
        RETURNED = "returned", "Returned"
        REOPENED = "reopened", "Re-opened"

    sample = models.ForeignKey(Sample, on_delete=models.CASCADE, related_name="reviews")
    answer = models.ForeignKey(Answer, on_delete=models.CASCADE, null=True, related_name="reviews")
    answer_rev = models.PositiveIntegerField(default=0)
    reviewer = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, related_name="+"
    )  # None: no review needed
    decision = models.CharField(max_length=8, choices=Decision)
    reason = models.CharField(max_length=1000, blank=True)
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
