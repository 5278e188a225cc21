"""`/vlm/v2/variable/`."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from annotator.accounts.permissions import Action
from annotator.api.filters import (
    BooleanFilter,
    ChoiceFilter,
    IdFilter,
    SearchFilter,
    created_filters,
)
from annotator.api.views.base import ResourceViewSet
from annotator.datasets import actions
from annotator.datasets.models import Variable
from annotator.datasets.serializers.variables import VariableShape, variable_row


class Variables(ResourceViewSet):
    """The schema of a dataset's output. A variable stays in the dataset it was created in."""

    tag = "Variables"
    noun = "a variable"
    nouns = "variables"
    action_for = {
        "list": Action.READ,
        "retrieve": Action.READ,
        "create": Action.MANAGE_SCHEMA,
        "partial_update": Action.MANAGE_SCHEMA,
        "destroy": Action.DELETE,
    }
    serializer_class = VariableShape
    filters = (
        SearchFilter(),
        IdFilter("dataset", "dataset_id", "Variables of this dataset."),
        ChoiceFilter("type", tuple(Variable.Type.values), "Variables of this type."),
        BooleanFilter("required", "Variables that need a value, or the others."),
        *created_filters(),
    )
    immutable_fields = ("dataset",)

    def rows(self) -> QuerySet[Variable]:
        return Variable.objects.visible_to(self.member).select_related("dataset")

    def serialize(self, row: Variable) -> dict[str, Any]:
        return variable_row(row)

    def create_row(self, data: dict[str, Any]) -> Variable:
        return actions.create_variable(data.pop("dataset"), by=self.user, **data)

    def change_row(self, row: Variable, data: dict[str, Any]) -> None:
        actions.change_variable(row, by=self.user, **data)

    def remove_row(self, row: Variable) -> None:
        actions.remove_variable(row, by=self.user)
