"""The values of a sample, and how each came to be."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone

from annotator.accounts.models import User
from annotator.compiled import CompiledQuery, Given
from annotator.connections.models import MirroredModel, one_copy
from annotator.datasets.models.variable import Variable

# Twice that of `text`: some characters are folded into several. An index holds so much.
FOLDED_LENGTH = 400


class Origin(models.TextChoices):
    """How a value came to be."""

    TYPED = "typed", "Typed"
    DEFAULT = "default", "Default, confirmed"
    SUGGESTED = "suggested", "Suggestion accepted"
    EDITED = "edited", "Suggestion edited"
    REVIEWED = "reviewed", "Changed in review"
    COPIED = "copied", "Copied"
    RESTORED = "restored", "Restored"
    IMPORTED = "imported", "Imported"
    MIRRORED = "mirrored", "From the remote"
    API = "api", "By the API"


class VariableValueQuerySet(models.QuerySet["VariableValue"]):
    """Values by what is to be done with them."""

    def counted(self) -> VariableValueQuerySet:
        """Those of variables that are still asked and that hold something."""
        return self.filter(variable__removed_at=None, is_set=True)

    def legal(self) -> VariableValueQuerySet:
        """Those that hold something which their variable allows."""
        return self.filter(is_set=True, invalid_since=None)


class VariableValue(MirroredModel):
    """The value of one variable of one sample: at most one row, whose `rev` only grows.

    Written by `actions/writing.py` alone (but for `remote_state`, which push and mirror keep), which also
    fills the typed columns, for filters over a million samples, and appends to the history. A cleared
    value keeps its row with `is_set` false.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sample = models.ForeignKey(
        "datasets.Sample",
        on_delete=models.CASCADE,
        related_name="values",
        db_index=False,  # variablevalue_once begins with it
    )
    variable = models.ForeignKey(Variable, on_delete=models.PROTECT, related_name="values")
    value = models.JSONField(null=True)
    is_set = models.BooleanField(default=True)
    rev = models.PositiveIntegerField(default=1)
    origin = models.CharField(max_length=9, choices=Origin)
    set_by = models.ForeignKey(
        User,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        db_index=False,  # value_by_person begins with it
    )
    set_at = models.DateTimeField(default=timezone.now)
    # A later change of the variable made it illegal: kept as it is, shown, not pushed.
    invalid_since = models.DateTimeField(null=True, blank=True)
    invalid_reason = models.CharField(max_length=500, blank=True)
    number = models.FloatField(null=True, editable=False)
    text = models.CharField(max_length=200, null=True, editable=False)  # null: not a text
    # The text as searches compare it: see annotator.names.folded.
    text_folded = models.CharField(max_length=FOLDED_LENGTH, null=True, editable=False)
    boolean_value = models.BooleanField(null=True, editable=False)

    objects = VariableValueQuerySet.as_manager()

    class Meta:
        constraints = [
            one_copy("variablevalue"),
            models.UniqueConstraint(fields=["sample", "variable"], name="variablevalue_once"),
        ]
        indexes = [
            # One of these holds a legal value; with the sample in it, a filter reads the index alone.
            models.Index(
                fields=["variable", "number", "sample"],
                condition=models.Q(number__isnull=False),
                name="value_by_number",
            ),
            models.Index(
                fields=["variable", "text", "sample"],
                condition=models.Q(text__isnull=False),
                name="value_by_text",
            ),
            models.Index(
                fields=["variable", "text_folded", "sample"],
                condition=models.Q(text_folded__isnull=False),
                name="value_by_text_folded",
                # By bytes, whatever the collation, so that PostgreSQL finds how a text begins.
                opclasses=["uuid_ops", "varchar_pattern_ops", "uuid_ops"],
            ),
            models.Index(
                fields=["variable", "boolean_value", "sample"],
                condition=models.Q(boolean_value__isnull=False),
                name="value_by_boolean",
            ),
            models.Index(fields=["set_by", "sample"], name="value_by_person"),
            models.Index(
                fields=["set_at"],
                condition=~models.Q(origin=Origin.MIRRORED),
                name="value_newest_of_ours",
            ),
            models.Index(
                fields=["variable", "sample"],
                condition=models.Q(invalid_since__isnull=False),
                name="value_invalid",
            ),
        ]


class ValueRevision(models.Model):
    """One line of a value's history. Append-only."""

    value_row = models.ForeignKey(
        VariableValue,
        on_delete=models.CASCADE,
        related_name="history",
        db_index=False,  # valuerevision_once begins with it
    )
    rev = models.PositiveIntegerField()
    value = models.JSONField(null=True)
    is_set = models.BooleanField(default=True)
    origin = models.CharField(max_length=9, choices=Origin)
    set_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    set_at = models.DateTimeField(default=timezone.now)
    reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["rev"]
        constraints = [
            models.UniqueConstraint(fields=["value_row", "rev"], name="valuerevision_once")
        ]


KNOWN_VALUES = CompiledQuery(
    lambda: (
        VariableValue.objects.counted()
        .filter(sample_id=Given("sample", models.UUIDField()))
        .values_list("variable_id", "value")
    )
)
