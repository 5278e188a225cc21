"""An import of answers: a file or folder whose columns become values of samples."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.db import models
from django.utils import timezone

from annotator.accounts.models import Membership, User
from annotator.accounts.roles import visible
from annotator.datasets.models import Dataset, Sample
from annotator.imports.formats.records import Standing
from annotator.imports.models.addresses import FromAddress
from annotator.leases import LeasedQuerySet


class AnswerImportQuerySet(LeasedQuerySet["AnswerImport"]):
    """Imports by who may see them and what they wait for."""

    def visible_to(self, member: Membership) -> AnswerImportQuerySet:
        """The imports into datasets of the member's workspace."""
        imports = self.filter(
            dataset__workspace=member.workspace_id, dataset__removed_at=None
        ).select_related("dataset", "started_by")
        return visible(imports, member)

    def active(self) -> AnswerImportQuerySet:
        """Those that a worker reads, imports or undoes, or should."""
        return self.filter(state__in=AnswerImport.WORKING)

    def awaiting_work(self) -> AnswerImportQuerySet:
        """Those of them that no worker holds."""
        return self.active().free()


class AnswerImport(FromAddress):
    """Many rows of a file that become values of one dataset's samples.

    The counts are of the last check or import. `position` is how many rows of the file are done: it grows
    in the transaction that writes them, so any worker can continue.
    """

    LEASE = timedelta(seconds=60)  # longer than a batch of rows, or the largest picture, takes

    class State(models.TextChoices):
        """Where it stands."""

        RECEIVING = "receiving", "Receiving files"
        FETCHING = "fetching", "Downloading"
        OPENING = "opening", "Reading the columns"
        MAPPING = "mapping", "Choosing columns"
        CHECKING = "checking", "Checking"
        CHECKED = "checked", "Checked"
        IMPORTING = "importing", "Importing"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"
        UNDOING = "undoing", "Undoing"
        UNDONE = "undone", "Undone"

    WORKING = (State.FETCHING, State.OPENING, State.CHECKING, State.IMPORTING, State.UNDOING)
    CHANGEABLE = (State.MAPPING, State.CHECKED)
    CANCELLABLE = (
        State.RECEIVING,
        *CHANGEABLE,
        State.FETCHING,
        State.OPENING,
        State.CHECKING,
        State.IMPORTING,
    )
    UNDOABLE = (State.DONE, State.FAILED, State.CANCELLED)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="answer_imports")
    state = models.CharField(max_length=9, choices=State, default=State.RECEIVING)
    name = models.CharField(max_length=300, blank=True)  # of the file or folder, for people
    # A file or folder on the server that a command was given; empty: what was received.
    path = models.CharField(max_length=1000, blank=True)
    source_format = models.CharField(max_length=40, blank=True)  # as `Source.name` has it
    # Of several files with answers in a folder, the chosen one's path in it.
    table = models.CharField(max_length=1000, blank=True)
    tables = models.JSONField(default=list, blank=True)  # all of them
    reading = models.JSONField(default=dict, blank=True)  # the fields of `formats.records.Reading`
    # What a person may choose for each of them: as `Source.reading_choices` gives it.
    reading_choices = models.JSONField(default=dict, blank=True)
    mapping = models.JSONField(default=list, blank=True)  # as `answers.mapping` writes it
    # Texts that a person put in place of refused cells, by row number and column.
    mended = models.JSONField(default=dict, blank=True)
    standing = models.CharField(max_length=10, choices=Standing, default=Standing.REVIEW)
    fetches_pictures = models.BooleanField(default=False)  # that rows name by their address
    notes = models.JSONField(default=list, blank=True)  # what the format can't carry over
    position = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(null=True)  # rows of the file; None: not yet counted
    samples_made = models.PositiveIntegerField(default=0)
    values_new = models.PositiveIntegerField(default=0)
    values_changed = models.PositiveIntegerField(default=0)
    values_equal = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)  # rows and cells
    variables_made = models.JSONField(default=list, blank=True)  # ids
    started_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)  # of checking, importing or undoing
    ended_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=500, blank=True)  # why it failed

    objects = AnswerImportQuerySet.as_manager()

    COUNTS = ("samples_made", "values_new", "values_changed", "values_equal", "refused")

    class Meta:
        ordering = ["-created_at", "id"]

    def __str__(self) -> str:
        return f"Answers from {self.name or 'a file'} into {self.dataset}"

    @property
    def is_working(self) -> bool:
        """Whether a worker reads, imports or undoes it."""
        return self.state in self.WORKING

    @property
    def is_receiving(self) -> bool:
        """Whether it waits for more files."""
        return self.state == self.State.RECEIVING

    @property
    def is_fetching(self) -> bool:
        """Whether its file is downloaded."""
        return self.state == self.State.FETCHING

    @property
    def is_checked(self) -> bool:
        """Whether all rows were tried: refused cells may be corrected, or the rest imported."""
        return self.state == self.State.CHECKED

    @property
    def is_undone(self) -> bool:
        """Whether its report is of what an undo left."""
        return self.state == self.State.UNDONE

    @property
    def can_cancel(self) -> bool:
        """Whether it may be stopped, or discarded before it has begun."""
        return self.state in self.CANCELLABLE

    @property
    def can_change(self) -> bool:
        """Whether its columns may still be chosen."""
        return self.state in self.CHANGEABLE

    @property
    def can_undo(self) -> bool:
        """Whether it has written something that an undo may take back."""
        return self.state in self.UNDOABLE and self.position > 0


class AnswerRow(models.Model):
    """What one row of the file wrote, so that a second row about the same is refused, and for the undo.

    `changes` holds what the row changed: `values`, `answers` and `suggestions` by variable's id with the
    revision that was written, `fields` of the sample with what they were before, `objects` that were added.
    """

    id = models.BigAutoField(primary_key=True)
    answer_import = models.ForeignKey(
        AnswerImport, on_delete=models.CASCADE, related_name="rows", db_index=False
    )
    number = models.PositiveIntegerField()
    key = models.CharField(max_length=64)  # of what the row is about: see `answers.matching`
    sample = models.ForeignKey(Sample, on_delete=models.SET_NULL, null=True, related_name="+")
    is_made = models.BooleanField(default=False)  # whether the row made the sample
    changes = models.JSONField(default=dict)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["answer_import", "key"], name="answerrow_once")
        ]


class AnswerRefusal(models.Model):
    """A row or cell that can't be imported, or a change that can't be undone: why, and what to do."""

    id = models.BigAutoField(primary_key=True)
    answer_import = models.ForeignKey(
        AnswerImport, on_delete=models.CASCADE, related_name="refusals", db_index=False
    )
    number = models.PositiveIntegerField()  # the row in the file
    column = models.CharField(max_length=300, blank=True)  # empty: the whole row
    value = models.CharField(max_length=500, blank=True)
    reason = models.CharField(max_length=500)
    remedy = models.CharField(max_length=300)

    class Meta:
        ordering = ["number", "id"]
        indexes = [
            models.Index(fields=["answer_import", "number", "id"], name="answerrefusal_order")
        ]
