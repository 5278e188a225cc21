"""Reusable prompts."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone

from annotator.accounts.models import Membership, Workspace
from annotator.accounts.roles import visible
from annotator.connections.models import MirroredModel, one_copy
from annotator.names import NameField, SearchableName


class PromptQuerySet(models.QuerySet["Prompt"]):
    """Prompts by who may see them."""

    def visible_to(self, member: Membership) -> PromptQuerySet:
        """The prompts of the member's workspace."""
        return visible(self.filter(workspace=member.workspace_id), member)


class Prompt(SearchableName, MirroredModel):
    """A named text, shared by tasks and datasets: changing it changes all of them at once."""

    class Type(models.TextChoices):
        """What the text is for. It cannot be changed later (R-P9)."""

        SYSTEM = "system", "System prompt"
        USER = "user", "User prompt"
        TEMPLATE = "template", "Result template"

    class Format(models.TextChoices):
        """How the answer is written; none means plain text."""

        JSON = "json", "JSON"
        YAML = "yaml", "YAML"
        XML = "xml", "XML"
        CSV = "csv", "CSV"

    NAME_LENGTH = 200  # characters

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="prompts")
    name = NameField(max_length=NAME_LENGTH)
    description = models.TextField(blank=True, default="")
    content = models.TextField(blank=True, default="")
    type = models.CharField(max_length=8, choices=Type)
    format = models.CharField(
        max_length=4, choices=Format, null=True, blank=True
    )  # null on the wire
    created_at = models.DateTimeField(default=timezone.now)

    objects = PromptQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            one_copy("prompt"),
            models.CheckConstraint(
                condition=models.Q(type__in=["system", "user", "template"]),
                name="prompt_type_known",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_template(self) -> bool:
        """Whether it says how answers are written."""
        return self.type == self.Type.TEMPLATE
