"""Disagreements between accepted values and suggestions, and the job that finds them."""

from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.utils import timezone

from annotator.accounts.models import Membership, User
from annotator.accounts.roles import Action, visible
from annotator.datasets.models import Dataset, Sample, Variable
from annotator.leases import Leased, LeasedQuerySet
from annotator.suggestions.models import Source

NOT_GIVEN = -1.0  # in place of a confidence, so that it comes after all of them


class ComparisonQuerySet(LeasedQuerySet["Comparison"]):
    """Comparisons by who may see them and whether there is something to do."""

    def visible_to(self, member: Membership) -> ComparisonQuerySet:
        """Those of the member's workspace."""
        rows = self.filter(dataset__workspace=member.workspace_id, dataset__removed_at=None)
        return visible(rows, member, Action.REVIEW)

    def active(self) -> ComparisonQuerySet:
        """Those that a worker has to go on with."""
        return self.filter(state=Comparison.State.RUNNING)


class Comparison(Leased):
    """The job that compares a dataset's accepted values with all suggestions; one row, used again."""

    LEASE = timedelta(seconds=60)

    class State(models.TextChoices):
        """Where it stands."""

        RUNNING = "running", "Comparing"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    dataset = models.OneToOneField(Dataset, on_delete=models.CASCADE, related_name="comparison")
    state = models.CharField(max_length=7, choices=State, default=State.RUNNING)
    started_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    started_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    # The checkpoint: when the last sample that was compared was made, and its id.
    after_at = models.DateTimeField(null=True, blank=True)
    after = models.UUIDField(null=True, blank=True)
    total = models.PositiveIntegerField(default=0)  # samples
    done = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)

    objects = ComparisonQuerySet.as_manager()

    @property
    def is_active(self) -> bool:
        """Whether a worker goes on with it."""
        return self.state == self.State.RUNNING


class Verdict(models.TextChoices):
    """Who is right."""

    PERSON = "person", "Person right"
    MODEL = "model", "Model right"
    BOTH = "both", "Both plausible"
    BAD_PICTURE = "picture", "Bad picture"


class Order(models.TextChoices):
    """Which disagreement comes first."""

    SIZE = "size", "Largest difference"
    CONFIDENCE = "confidence", "Most confident"
    COMMON = "common", "Most common"

    @property
    def columns(self) -> tuple[str, ...]:
        """All descending; an index has them."""
        return {
            Order.SIZE: ("size", "confidence", "id"),
            Order.CONFIDENCE: ("confidence", "size", "id"),
            Order.COMMON: ("common", "pair", "confidence", "id"),
        }[self]


class DisagreementQuerySet(models.QuerySet["Disagreement"]):
    """Disagreements by who may see them and whether somebody has judged."""

    def visible_to(self, member: Membership) -> DisagreementQuerySet:
        """Those of live samples and variables of the member's workspace."""
        rows = self.filter(
            variable__dataset__workspace=member.workspace_id,
            variable__dataset__removed_at=None,
            variable__removed_at=None,
            sample__removed_at=None,
        )
        return visible(rows, member, Action.REVIEW)

    def of(self, dataset: Dataset) -> DisagreementQuerySet:
        """Those about what the dataset asks today."""
        return self.filter(variable__in=Variable.objects.live().filter(dataset=dataset))

    def waiting(self) -> DisagreementQuerySet:
        """Those that nobody has judged."""
        return self.filter(verdict="")

    def judged(self) -> DisagreementQuerySet:
        """The others; an index holds them alone."""
        return self.filter(judged_at__isnull=False)


class Disagreement(models.Model):
    """What people say of one variable of a sample, what a source says, and who is right."""

    # No indexes of their own: those below begin with them; variables and sources are never deleted alone.
    sample = models.ForeignKey(Sample, on_delete=models.CASCADE, related_name="+", db_index=False)
    variable = models.ForeignKey(
        Variable, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="+", db_index=False)
    accepted = models.JSONField()  # as it was compared, or judged
    accepted_rev = models.PositiveIntegerField()  # of the value; after a correction the one it made
    suggested = models.JSONField()
    confidence = models.FloatField(default=NOT_GIVEN)  # 0 to 1
    size = models.FloatField()  # see `agreement.rules.difference`
    pair = models.CharField(max_length=32)  # the same for the same two values
    common = models.PositiveIntegerField(default=1)  # of the variable and source with this pair
    verdict = models.CharField(max_length=7, choices=Verdict, blank=True, default="")
    judged_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    judged_at = models.DateTimeField(null=True, blank=True)

    objects = DisagreementQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["sample", "variable", "source"], name="disagreement_once"
            ),
            models.CheckConstraint(
                condition=models.Q(verdict__in=["", *Verdict.values]),
                name="disagreement_verdict_known",
            ),
        ]
        indexes = [
            *(
                models.Index(
                    fields=["variable", "source", "verdict", *order.columns],
                    name=f"disagreement_by_{order.value}"[:30],
                )
                for order in Order
            ),
            models.Index(
                fields=["variable", "source", "verdict", "pair", "confidence", "id"],
                name="disagreement_of_pair",
            ),
            models.Index(
                fields=["variable", "judged_at", "id"],
                condition=models.Q(judged_at__isnull=False),
                name="disagreement_judged",
            ),
        ]

    @property
    def percent(self) -> int | None:
        """The confidence in percent, rounded down; None: the source gives none."""
        return None if self.confidence < 0 else int(self.confidence * 100)

    @property
    def accepted_text(self) -> str:
        """What people say, for a person who reads."""
        return self.variable.spec.display(self.accepted)

    @property
    def suggested_text(self) -> str:
        """What the source says, for a person who reads."""
        return self.variable.spec.display(self.suggested)


class DisagreementCountQuerySet(models.QuerySet["DisagreementCount"]):
    """Counts of disagreements by whether somebody has judged."""

    def waiting(self) -> DisagreementCountQuerySet:
        """Of those that nobody has judged."""
        return self.filter(verdict="")


class DisagreementCount(models.Model):
    """A part of the number of a variable's disagreements with a source: the rows of a key add up.

    Read only: triggers write it (annotator/disagreements/counting.py).
    """

    # Without constraints, as those of `SampleCount`; the index begins with both.
    variable = models.ForeignKey(
        Variable, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    source = models.ForeignKey(
        Source, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    verdict = models.CharField(max_length=7)
    pair = models.CharField(max_length=32)  # empty for the pairs that are not `common`
    number = models.BigIntegerField()
    given = models.BigIntegerField()  # of them, those with a confidence
    permille = models.BigIntegerField()  # the sum of these confidences

    objects = DisagreementCountQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["variable", "source", "verdict", "pair"], name="disagreementcount_by_key"
            )
        ]
