"""Sources of suggestions, and what they propose for the values of samples."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from annotator.accounts.models import Membership, User, Workspace
from annotator.accounts.roles import visible
from annotator.datasets.models import Sample, Variable

MAX_RAW_CHARACTERS = 20_000  # kept of what a model wrote


class SourceQuerySet(models.QuerySet["Source"]):
    """Sources by who may see them."""

    def visible_to(self, member: Membership) -> SourceQuerySet:
        """The sources of the member's workspace."""
        return visible(self.filter(workspace=member.workspace_id), member)

    def siblings(self, source: Source) -> SourceQuerySet:
        """All versions of the same source, itself included."""
        return self.filter(workspace=source.workspace_id, kind=source.kind, name=source.name)


class Source(models.Model):
    """Who proposes: a script, a version of a task, or a model behind an endpoint."""

    class Kind(models.TextChoices):
        """What it is."""

        SCRIPT = "script", "Script"
        VERSION = "version", "Model version"
        ENDPOINT = "endpoint", "Endpoint"

    NAME_LENGTH, VERSION_LENGTH = 200, 100  # characters

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind)
    name = models.CharField(max_length=NAME_LENGTH)
    version = models.CharField(max_length=VERSION_LENGTH, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = SourceQuerySet.as_manager()

    class Meta:
        ordering = ["name", "-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "kind", "name", "version"], name="source_once"
            )
        ]

    def __str__(self) -> str:
        version = f"version {self.version}" if self.kind == self.Kind.VERSION else self.version
        return f"{self.name} {version}".strip()


class SuggestionQuerySet(models.QuerySet["Suggestion"]):
    """Suggestions by who may see them and whether they still wait."""

    def visible_to(self, member: Membership) -> SuggestionQuerySet:
        """Those for live samples and variables of the member's workspace."""
        rows = self.filter(
            Sample.objects.shown_to(member, "sample__"),
            sample__dataset__workspace=member.workspace_id,
            sample__dataset__removed_at=None,
            sample__removed_at=None,
            variable__removed_at=None,
        )
        return visible(rows, member)

    def open(self) -> SuggestionQuerySet:
        """Those that wait for a decision and were legal when they came."""
        return self.filter(closed_at=None)


class Suggestion(models.Model):
    """A proposed value for one variable of one sample. Never its accepted value."""

    class State(models.TextChoices):
        """What became of it."""

        OPEN = "open", "Open"
        ACCEPTED = "accepted", "Accepted"
        EDITED = "edited", "Edited"
        REJECTED = "rejected", "Rejected"
        SUPERSEDED = "superseded", "Superseded"

    # No index of their own: one below begins with the sample; variables and sources are never deleted alone.
    sample = models.ForeignKey(
        Sample, on_delete=models.CASCADE, related_name="suggestions", db_index=False
    )
    variable = models.ForeignKey(
        Variable, on_delete=models.CASCADE, related_name="suggestions", db_index=False
    )
    source = models.ForeignKey(
        Source, on_delete=models.CASCADE, related_name="suggestions", db_index=False
    )
    value = models.JSONField()  # canonical; as it came when `invalid_reason` says why it is illegal
    confidence = models.FloatField(null=True)  # 0 to 1; None: the source gives none
    raw_text = models.TextField(
        blank=True
    )  # what the model wrote, where the value was read from it
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    invalid_reason = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    # When it was decided about or superseded; of an illegal one, when it came. None: it is shown.
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    # Whether the form of the person who decided showed it; None: no form did, or it is not known.
    was_shown = models.BooleanField(null=True, editable=False)
    batch = models.UUIDField(null=True, editable=False)  # of the job that accepted many at once

    objects = SuggestionQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["sample", "variable", "source"],
                condition=Q(state="open"),
                name="suggestion_one_open",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["open", "accepted", "edited", "rejected", "superseded"]),
                name="suggestion_state_known",
            ),
            models.CheckConstraint(
                condition=Q(confidence=None) | Q(confidence__gte=0, confidence__lte=1),
                name="suggestion_confidence_is_a_share",
            ),
        ]
        indexes = [
            models.Index(fields=["sample", "variable", "source"], name="suggestion_of_sample"),
            # With the sample in it, a filter of the gallery reads the index alone. Not a partial one: SQLite
            # would use none whose condition compares with a parameter.
            models.Index(
                fields=["source", "variable", "closed_at", "confidence", "sample"],
                name="suggestion_open",
            ),
            models.Index(
                fields=["closed_by", "closed_at"],
                condition=Q(closed_by__isnull=False),
                name="suggestion_by_person",
            ),
            models.Index(
                fields=["batch"], condition=Q(batch__isnull=False), name="suggestion_by_batch"
            ),
        ]

    @property
    def percent(self) -> int | None:
        """The confidence in percent, rounded down, so that 100 means certain; None: the source gives none."""
        return None if self.confidence is None else int(self.confidence * 100)

    def __str__(self) -> str:
        return f"{self.variable}: {self.variable.spec.display(self.value)}"
