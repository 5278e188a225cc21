"""How many samples each dataset and each assignment has, kept by the database (annotator/counting.py)."""

from __future__ import annotations

from django.db import models

from annotator.datasets.models.assignment import Assignment
from annotator.datasets.models.dataset import Dataset


class SampleCount(models.Model):
    """A part of the number of a dataset's samples in one state and split: the rows of a key add up.

    Samples that are deleted do not count. Read only: triggers write it (annotator/datasets/counting.py).
    """

    # Without a constraint: the triggers that a deleted dataset's samples set off come after it.
    dataset = models.ForeignKey(
        Dataset,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,  # samplecount_by_key begins with it
        related_name="sample_counts",
    )
    state = models.CharField(max_length=9)
    test = models.BooleanField()
    skip_reason = models.CharField(max_length=500)  # empty unless the state is skipped
    number = models.BigIntegerField()

    class Meta:
        indexes = [
            models.Index(
                fields=["dataset", "state", "test", "skip_reason"], name="samplecount_by_key"
            )
        ]


class AssignmentCount(models.Model):
    """A part of the number of an assignment's samples in one state: the rows of a key add up.

    As `SampleCount`.
    """

    dataset = models.ForeignKey(
        Dataset, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    assignment = models.ForeignKey(
        Assignment, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="counts"
    )
    state = models.CharField(max_length=9)
    number = models.BigIntegerField()

    class Meta:
        indexes = [
            models.Index(fields=["assignment", "state"], name="assignmentcount_by_key"),
            models.Index(fields=["dataset", "state"], name="assignmentcount_by_dataset"),
        ]
