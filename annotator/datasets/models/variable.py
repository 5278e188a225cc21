"""The schema of a dataset: its output variables."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone
from django.utils.functional import cached_property

from annotator.accounts.models import Membership
from annotator.accounts.roles import visible
from annotator.connections.models import MirroredModel, one_copy
from annotator.datasets.models.dataset import Dataset
from annotator.variables import VariableSpec


class VariableQuerySet(models.QuerySet["Variable"]):
    """Variables by who may see them and whether they are in use."""

    def visible_to(self, member: Membership) -> VariableQuerySet:
        """The variables of the member's workspace, in order."""
        variables = self.live().filter(
            dataset__workspace=member.workspace_id, dataset__removed_at=None
        )
        return visible(variables, member)

    def live(self) -> VariableQuerySet:
        """Those that are asked today; the values of the others are kept as orphans."""
        return self.filter(removed_at=None)


class Variable(MirroredModel):
    """One thing that is asked of every sample: its name, type and limits (all limits inclusive).

    What a legal value is, is decided by `annotator.variables` alone, from `config()`.
    """

    class Type(models.TextChoices):
        """The six types of the platform."""

        STRING = "string", "Text"
        INTEGER = "integer", "Whole number"
        FLOAT = "float", "Decimal number"
        BOOLEAN = "boolean", "Yes or no"
        ARRAY = "array", "List"
        OBJECT = "object", "Object"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="variables")
    name = models.CharField(max_length=100)
    type = models.CharField(max_length=8, choices=Type)
    required = models.BooleanField(default=False)
    description = models.TextField(blank=True, default="")
    choices = models.JSONField(default=list, blank=True)  # texts; empty: any text
    min_value = models.FloatField(null=True, blank=True)
    max_value = models.FloatField(null=True, blank=True)
    step_size = models.FloatField(null=True, blank=True)
    min_length = models.PositiveIntegerField(null=True, blank=True)
    max_length = models.PositiveIntegerField(null=True, blank=True)
    default_value = models.JSONField(null=True, blank=True)  # pre-fills the form, unconfirmed (Q12)
    # The config of a list's entries, or a list of configs of an object's members. Ours alone (Q14).
    item_schema = models.JSONField(null=True, blank=True)
    position = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    removed_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = VariableQuerySet.as_manager()

    class Meta:
        ordering = ["position", "created_at", "id"]
        constraints = [
            one_copy("variable"),
            models.UniqueConstraint(
                fields=["dataset", "name"],
                condition=models.Q(removed_at=None),
                name="variable_name_once_in_dataset",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    type__in=["string", "integer", "float", "boolean", "array", "object"]
                ),
                name="variable_type_known",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @cached_property
    def spec(self) -> VariableSpec:
        """What decides whether a value is legal. A remote's senseless limit is left out, with a notice."""
        read = VariableSpec.from_remote if self.is_mirrored else VariableSpec.from_config
        return read({**self.config(), "item_schema": self.item_schema})

    def config(self) -> dict[str, object]:
        """The documented wire shape: absent limits are left out, choices joined by commas."""
        limits = {
            name: getattr(self, name)
            for name in (
                "min_value",
                "max_value",
                "step_size",
                "min_length",
                "max_length",
                "default_value",
            )
            if getattr(self, name) is not None
        }
        config: dict[str, object] = {
            "name": self.name,
            "type": self.type,
            "required": self.required,
            **limits,
        }
        if self.description:
            config["description"] = self.description
        if self.choices:
            config["choices"] = ",".join(self.choices)
        return config
