"""The kept counts of answers."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from annotator.accounts.models import User
from annotator.annotation.models.answer import Answer
from annotator.datasets.models import Assignment, Dataset

# Submitted by their author, whatever became of them since.
SUBMITTED_STATES = [
    Answer.State.SUBMITTED,
    Answer.State.COLLECTED,
    Answer.State.APPROVED,
    Answer.State.RETURNED,
]
# By a reviewer's verdict, and not returned before.
ACCEPTED = Q(state=Answer.State.APPROVED, is_self_accepted=False, was_returned=False)


class AnswerCountQuerySet(models.QuerySet["AnswerCount"]):
    """Counts by what they count, and what they add up to."""

    def submitted(self) -> AnswerCountQuerySet:
        """Of answers that were submitted."""
        return self.filter(state__in=SUBMITTED_STATES, day__isnull=False)

    def added_up(self, *keys: str) -> QuerySet[AnswerCount, dict[str, Any]]:
        """By `keys`: submitted, accepted at once, returned at least once; timed ones and their time."""
        return (
            self.order_by()
            .values(*keys)
            .annotate(
                submitted=Coalesce(Sum("number"), 0),
                accepted=Coalesce(Sum("number", filter=ACCEPTED), 0),
                returned=Coalesce(Sum("number", filter=Q(was_returned=True)), 0),
                timed_answers=Coalesce(Sum("timed"), 0),
                milliseconds=Coalesce(Sum("active_ms"), 0),
            )
        )


class AnswerCount(models.Model):
    """A part of the number of a person's answers in one dataset that stand alike: the rows of a key add up.

    Answers of deleted samples do not count. Read only: triggers write it (annotator/annotation/counting.py).
    """

    # Without constraints: the triggers that a deleted dataset's answers set off come after it.
    dataset = models.ForeignKey(
        Dataset,
        models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="answer_counts",
    )
    author = models.ForeignKey(
        User, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    state = models.CharField(max_length=9)
    sample_state = models.CharField(max_length=9)
    day = models.DateField(null=True)  # on which it was submitted, in UTC
    # Of its sample: what is done of whose assignment.
    assignment = models.ForeignKey(
        Assignment,
        models.DO_NOTHING,
        null=True,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    is_self_accepted = models.BooleanField(default=False)
    was_returned = models.BooleanField(default=False)  # at least once
    number = models.BigIntegerField()
    # Of those whose page counted it (`timed` of them), the time without idle time.
    active_ms = models.BigIntegerField(default=0)
    timed = models.BigIntegerField(default=0)

    objects = AnswerCountQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["dataset", "sample_state", "state", "author", "day"],
                name="answercount_by_key",
            ),
            models.Index(fields=["author", "dataset"], name="answercount_by_author"),
        ]
