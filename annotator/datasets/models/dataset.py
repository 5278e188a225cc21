"""Datasets."""

from __future__ import annotations

import uuid
from datetime import date

from django.core.validators import MaxValueValidator
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


class ScriptValues(models.TextChoices):
    """What a value is that a script sets through the API."""

    ACCEPTED = "accepted", "Accepted at once"
    REVIEW = "review", "Submitted for review"
    SUGGESTIONS = "suggestions", "Suggestions that a person confirms"


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

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="datasets")
    name = NameField(max_length=200)
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
    script_values = models.CharField(
        max_length=11, choices=ScriptValues, default=ScriptValues.ACCEPTED
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
    def script_values_await_review(self) -> bool:
        """Whether values that scripts set are submitted for review rather than accepted at once."""
        return self.script_values == ScriptValues.REVIEW

    @property
    def script_values_are_suggestions(self) -> bool:
        """Whether values that scripts set are proposed to people, and stay here."""
        return self.script_values == ScriptValues.SUGGESTIONS
