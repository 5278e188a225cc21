"""The schema of a dataset: its output variables."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterable
from functools import lru_cache

from django.core.validators import MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.functional import cached_property

from annotator.accounts.models import Membership
from annotator.accounts.roles import visible
from annotator.agreement.rules import Rule, TextRule
from annotator.compiled import CompiledQuery, Given
from annotator.connections.models import MirroredModel, one_copy
from annotator.datasets.models.dataset import Dataset
from annotator.names import SearchableName
from annotator.variables import LIMITS, VariableSpec, read_config, read_remote_config, type_choices


class TextAgreement(models.TextChoices):
    """`TextRule` in words."""

    EXACT = TextRule.EXACT.value, "Same characters"
    FOLDED = TextRule.FOLDED.value, "Same but for case and spaces"
    SIMILAR = TextRule.SIMILAR.value, "At least 90 % alike"


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

    def asked_in(self, dataset: Dataset) -> list[Variable]:
        """The live ones of a dataset, in their order; one query, composed once."""
        variables: list[Variable] = LIVE.instances(dataset=dataset.pk)
        for variable in variables:
            variable.dataset = dataset
        return variables


class Variable(SearchableName, MirroredModel):
    """One thing that is asked of every sample: its name, type and limits (all limits inclusive).

    What a legal value is, is decided by `annotator.variables` alone, from `config()`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="variables")
    name = models.CharField(max_length=100)
    type = models.CharField(max_length=20, choices=type_choices)
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
    # When answers of several people agree. Ours alone, like `item_schema`.
    tolerance = models.FloatField(default=0, validators=[MinValueValidator(0)])
    text_rule = models.CharField(max_length=7, choices=TextAgreement, default=TextRule.FOLDED)
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
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def agreement_rule(self) -> Rule:
        """When two people's values of it agree."""
        return Rule(tolerance=self.tolerance, text=TextRule(self.text_rule))

    @cached_property
    def spec(self) -> VariableSpec:
        """What decides whether a value is legal. A remote's senseless limit is left out, with a notice."""
        return _read_spec(self.rules, self.is_mirrored)

    @property
    def rules(self) -> str:
        """All that it asks as one text: another text, another spec."""
        return json.dumps({**self.config(), "item_schema": self.item_schema})

    def has_rules_of(self, other: Variable) -> bool:
        """Whether both allow the same values."""
        return (self.config(), self.item_schema) == (other.config(), other.item_schema)

    def config(self) -> dict[str, object]:
        """The documented wire shape: absent limits are left out, choices joined by commas."""
        written = {key: getattr(self, key) for key in (*LIMITS, "default_value")}
        choices = written.pop("choices")
        config: dict[str, object] = {
            "name": self.name,
            "type": self.type,
            "required": self.required,
            **{key: value for key, value in written.items() if value is not None},
        }
        if self.description:
            config["description"] = self.description
        if choices:
            config["choices"] = ",".join(choices)
        return config


LIVE = CompiledQuery(
    lambda: (
        Variable.objects.live()
        .filter(dataset_id=Given("dataset", models.UUIDField()))
        .defer("remote_state", "remote_seen_at", "name_folded", "created_at")
    )
)


@lru_cache(maxsize=1024)
def _read_spec(config: str, is_mirrored: bool) -> VariableSpec:
    """The spec of a config in JSON, read once in each process: a changed variable has another text."""
    read = read_remote_config if is_mirrored else read_config
    return read(json.loads(config))


def schema_version(variables: Iterable[Variable]) -> str:
    """The same for variables that ask the same, in the same order: 16 digits of a hash."""
    rules = json.dumps([variable.rules for variable in variables])
    return hashlib.sha256(rules.encode()).hexdigest()[:16]
