"""`/vlm/v2/variable/`."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from annotator.api.filters import (
    boolean_filter,
    choice_filter,
    created_filters,
    id_filter,
    search_filter,
)
from annotator.api.views.base import SCHEMA_ACTIONS, ResourceViewSet, RowActions
from annotator.datasets import actions
from annotator.datasets.models import Variable
from annotator.datasets.serializers.variables import VariableShape, variable_row
from annotator.variables import TYPES


class Variables(ResourceViewSet):
    """The schema of a dataset's output. A variable stays in the dataset it was created in."""

    tag = "Variables"
    noun = "a variable"
    nouns = "variables"
    action_for = SCHEMA_ACTIONS
    serializer_class = VariableShape
    filters = (
        search_filter(),
        id_filter("dataset", "dataset_id", "Variables of this dataset."),
        choice_filter("type", TYPES, "Variables of this type."),
        boolean_filter("required", "Variables that need a value, or the others."),
        *created_filters(),
    )
    parent_field = "dataset"
    row_actions = RowActions(
        actions.create_variable, actions.change_variable, actions.remove_variable
    )

    def rows(self) -> QuerySet[Variable]:
        return Variable.objects.visible_to(self.member).select_related("dataset")

    def serialize(self, row: Variable) -> dict[str, Any]:
        return variable_row(row)
