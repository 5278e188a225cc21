"""`/vlm/v2/dataset/`."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from annotator.accounts.permissions import Action
from annotator.api.filters import IdFilter, SearchFilter, created_filters
from annotator.api.views.base import ResourceViewSet
from annotator.datasets import actions
from annotator.datasets.models import Dataset
from annotator.datasets.serializers.datasets import DatasetShape, dataset_detail, dataset_rows


class Datasets(ResourceViewSet):
    """Samples that share a schema and prompts."""

    tag = "Datasets"
    noun = "a dataset"
    nouns = "datasets"
    action_for = {
        "list": Action.READ,
        "retrieve": Action.READ,
        "create": Action.MANAGE_SCHEMA,
        "partial_update": Action.MANAGE_SCHEMA,
        "destroy": Action.DELETE,
    }
    serializer_class = DatasetShape
    filters = (
        SearchFilter(),
        IdFilter("task", "tasks", "Datasets that are connected to this task."),
        IdFilter("system_prompt_id", "system_prompt", "Datasets with this system prompt."),
        IdFilter("user_prompt_id", "user_prompt", "Datasets with this user prompt."),
        IdFilter("result_template_id", "result_template", "Datasets with this result template."),
        *created_filters(),
    )

    def rows(self) -> QuerySet[Dataset]:
        return dataset_rows(Dataset.objects.visible_to(self.member))

    def serialize(self, row: Dataset) -> dict[str, Any]:
        return dataset_detail(row)

    def create_row(self, data: dict[str, Any]) -> Dataset:
        return actions.create_dataset(self.workspace, by=self.user, **data)

    def change_row(self, row: Dataset, data: dict[str, Any]) -> None:
        actions.update_dataset(row, by=self.user, **data)

    def remove_row(self, row: Dataset) -> None:
        actions.remove_dataset(row, by=self.user)
