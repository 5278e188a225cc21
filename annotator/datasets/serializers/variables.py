"""Variables on the wire: docs.ximilar.com/platform/vlm, "Variable Endpoints"."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from annotator.datasets.models import Dataset, Variable
from annotator.datasets.serializers.fields import Number, RowId, Text, WholeNumber
from annotator.variables import type_choices


@extend_schema_field(
    {"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
)
class Choices(serializers.Field):
    """Allowed texts: one text with commas, as the platform writes it, or a list (Q11)."""

    def to_internal_value(self, data: Any) -> Any:
        texts = data if isinstance(data, list) else [] if isinstance(data, str) else [None]
        if any(isinstance(text, bool) or not isinstance(text, str | int | float) for text in texts):
            raise serializers.ValidationError("Send a text with commas, or a list of texts.")
        return data

    def to_representation(self, value: Any) -> str:
        return ",".join(value)


class TypeName(serializers.ChoiceField):
    """One of the types that are known when a call comes in."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=type_choices(), **kwargs)


class VariableShape(serializers.Serializer[Variable]):
    """A variable; limits that it does not have are absent (R-V3)."""

    id = serializers.UUIDField(read_only=True)
    dataset = RowId(lambda member: Dataset.objects.visible_to(member), noun="dataset")
    dataset_name = serializers.CharField(read_only=True)
    name = serializers.RegexField(
        r"^[A-Za-z_][A-Za-z0-9_]*\Z",
        max_length=100,
        error_messages={"invalid": "Use letters, digits and _, and begin with no digit."},
    )
    type = TypeName()
    required: Any = serializers.BooleanField(required=False)
    description = Text()
    choices = Choices(required=False, allow_null=True)
    min_value = Number(required=False, allow_null=True)
    max_value = Number(required=False, allow_null=True)
    step_size = Number(required=False, allow_null=True)
    min_length = WholeNumber(required=False, allow_null=True, min_value=0, max_value=2**31 - 1)
    max_length = WholeNumber(required=False, allow_null=True, min_value=0, max_value=2**31 - 1)
    default_value = serializers.JSONField(required=False, allow_null=True)


def variable_row(variable: Variable) -> dict[str, Any]:
    """One variable, in lists and alone."""
    return {
        "id": variable.pk,
        "dataset": variable.dataset_id,
        "dataset_name": variable.dataset.name,
        **variable.config(),
    }


def variables_config(variables: list[Variable]) -> dict[str, dict[str, Any]]:
    """`dataset_variables_config`: the variables by name, in their order (R-S13)."""
    configs = {}
    for variable in variables:
        config = variable.config()
        del config["name"]
        configs[variable.name] = {"id": variable.pk, **config}
    return configs
