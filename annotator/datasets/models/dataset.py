"""Datasets."""

from __future__ import annotations

import uuid
from datetime import date

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone

from annotator.accounts.models import Membership, Workspace
from annotator.accounts.roles import visible
from annotator.connections.models import MirroredModel, one_copy
from annotator.datasets.models.prompt import Prompt
from annotator.names import NameField, SearchableName

# Of a dataset: each a Prompt or None.
PROMPT_FIELDS = ("system_prompt", "user_prompt", "result_template")


def today() -> date:
    """The day in UTC, which is a dataset's version."""
    return timezone.now().date()


NO_SUGGESTION = 2.0  # where there is no confidence to order by: after all of them
MOST_ANSWERS = 10  # of one sample


class ScriptValues(models.TextChoices):
    """What a value is that a script sets through the API."""

    ACCEPTED = "accepted", "Accepted at once"
    REVIEW = "review", "Submitted for review"
    SUGGESTIONS = "suggestions", "Suggestions that a person confirms"


class LabelingOrder(models.TextChoices):
    """Which of the samples that nobody has begun comes first."""

    OLDEST = "oldest", "Oldest first"
    UNSURE = "unsure", "Least sure suggestion first, samples without suggestions last"

    @property
    def columns(self) -> tuple[str, ...]:
        """Of the sample, ascending."""
        oldest = ("created_at", "id")
        return ("least_confidence", *oldest) if self is LabelingOrder.UNSURE else oldest


class DatasetQuerySet(models.QuerySet["Dataset"]):
    """Datasets by who may see them."""

    def visible_to(self, member: Membership) -> DatasetQuerySet:
        """The datasets of the member's workspace that are not deleted."""
        return visible(self.filter(workspace=member.workspace_id, removed_at=None), member)

    def with_prompts(self) -> DatasetQuerySet:
        """With their prompts and template in the same query."""
        return self.select_related(*PROMPT_FIELDS)


class Dataset(SearchableName, MirroredModel):
    """Samples that share one schema and one set of prompts."""

    NAME_LENGTH = 200  # characters

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="datasets")
    name = NameField(max_length=NAME_LENGTH)
    description = models.TextField(blank=True, default="")
    version = models.DateField(default=today, editable=False)  # the day of the last save (R-D3)
    created_at = models.DateTimeField(default=timezone.now)
    default_input_meta_data = models.JSONField(default=dict, blank=True)
    meta_data = models.JSONField(default=dict, blank=True)
    system_prompt = models.ForeignKey(
        Prompt, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    user_prompt = models.ForeignKey(
        Prompt, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    result_template = models.ForeignKey(
        Prompt, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    # How many of a hundred submitted answers a reviewer must see; 0: submitting is approving.
    review_percent = models.PositiveSmallIntegerField(
        default=100, validators=[MaxValueValidator(100)]
    )
    self_review_allowed = models.BooleanField(default=False)
    # Beyond that share: more of people whose answers were returned or corrected, and answers at risk.
    reviews_by_record = models.BooleanField(default=False)
    reviews_risky = models.BooleanField(default=False)
    # How many people answer each of so many of a hundred samples; the others are answered by one.
    answers_per_sample = models.PositiveSmallIntegerField(
        default=1, validators=[MinValueValidator(1), MaxValueValidator(MOST_ANSWERS)]
    )
    overlap_percent = models.PositiveSmallIntegerField(
        default=100, validators=[MaxValueValidator(100)]
    )
    # Whether values in which all answers agree are accepted without a reviewer.
    agreed_are_accepted = models.BooleanField(default=False)
    # Whether two reviewers decide where answers differ.
    differing_need_two = models.BooleanField(default=False)
    # Where fewer than so many of a hundred variables agree, one more person is asked, up to so many.
    least_agreement_percent = models.PositiveSmallIntegerField(
        default=100, validators=[MaxValueValidator(100)]
    )
    maximum_answers = models.PositiveSmallIntegerField(
        default=0, validators=[MaxValueValidator(MOST_ANSWERS)]
    )
    # One answer in so many is to a gold sample; 0: none.
    gold_every = models.PositiveSmallIntegerField(default=0)
    # Who gives less than so many of a hundred known values is paused, after so many samples.
    gold_least_percent = models.PositiveSmallIntegerField(
        default=70, validators=[MaxValueValidator(100)]
    )
    gold_least_answers = models.PositiveSmallIntegerField(
        default=5, validators=[MinValueValidator(1)]
    )
    # Whether people are told at once how they answered a gold sample; else never.
    gold_feedback = models.BooleanField(default=False)
    # How many gold samples each person answers before real work; so many of a hundred values are to be right.
    qualification_samples = models.PositiveSmallIntegerField(default=0)
    qualification_percent = models.PositiveSmallIntegerField(
        default=80, validators=[MaxValueValidator(100)]
    )
    qualification_retries = models.BooleanField(default=True)
    script_values = models.CharField(
        max_length=11, choices=ScriptValues, default=ScriptValues.ACCEPTED
    )
    # A suggestion with less confidence, in percent, or with none, is looked at before a submit.
    suggestion_threshold = models.PositiveSmallIntegerField(
        default=80, validators=[MaxValueValidator(100)]
    )
    # How many of a hundred samples show suggestions only after the person's own answer.
    blind_percent = models.PositiveSmallIntegerField(default=5, validators=[MaxValueValidator(100)])
    suggests_test_samples = models.BooleanField(default=False)
    labeling_order = models.CharField(
        max_length=6, choices=LabelingOrder, default=LabelingOrder.OLDEST
    )
    # A pause at the labeling page counts as so many seconds of work at the most.
    idle_seconds = models.PositiveSmallIntegerField(
        default=30, validators=[MinValueValidator(5), MaxValueValidator(600)]
    )
    removed_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = DatasetQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            one_copy("dataset"),
            models.CheckConstraint(
                condition=models.Q(review_percent__lte=100),
                name="dataset_review_percent_is_a_share",
            ),
            models.CheckConstraint(
                condition=models.Q(suggestion_threshold__lte=100, blind_percent__lte=100),
                name="dataset_suggestion_percents_are_shares",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    answers_per_sample__gte=1,
                    answers_per_sample__lte=MOST_ANSWERS,
                    maximum_answers__lte=MOST_ANSWERS,
                    overlap_percent__lte=100,
                ),
                name="dataset_answers_in_bounds",
            ),
            models.CheckConstraint(
                condition=~models.Q(gold_every=1)
                & models.Q(
                    gold_least_percent__lte=100,
                    gold_least_answers__gte=1,
                    qualification_percent__lte=100,
                ),
                name="dataset_gold_in_bounds",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def result_format(self) -> str | None:
        """json, yaml, xml, csv, or None for plain text (Q22: the template's, else as reported)."""
        if self.result_template is not None:
            return self.result_template.format
        return (self.remote_state or {}).get("result_format")

    @property
    def owns_result_template(self) -> bool:
        """Whether changing its result template changes no other dataset, nor a remote's prompt."""
        template = self.result_template
        if template is None or template.is_mirrored:
            return False
        others = Dataset.objects.filter(result_template=template, removed_at=None)
        return not others.exclude(pk=self.pk).exists()

    @property
    def tests_people(self) -> bool:
        """Whether people answer gold samples here, before or among the others."""
        return bool(self.gold_every or self.qualification_samples)

    @property
    def script_values_await_review(self) -> bool:
        """Whether values that scripts set are submitted for review rather than accepted at once."""
        return self.script_values == ScriptValues.REVIEW

    @property
    def script_values_are_suggestions(self) -> bool:
        """Whether values that scripts set are proposed to people, and stay here."""
        return self.script_values == ScriptValues.SUGGESTIONS
