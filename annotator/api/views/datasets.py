"""`/vlm/v2/dataset/`."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from annotator.api.filters import created_filters, id_filter, search_filter
from annotator.api.views.base import SCHEMA_ACTIONS, ResourceViewSet, RowActions
from annotator.datasets import actions
from annotator.datasets.models import Dataset
from annotator.datasets.serializers.datasets import DatasetShape, dataset_detail, dataset_rows


class Datasets(ResourceViewSet):
    """Samples that share a schema and prompts."""

    tag = "Datasets"
    noun = "a dataset"
    nouns = "datasets"
    action_for = SCHEMA_ACTIONS
    serializer_class = DatasetShape
    filters = (
        search_filter(),
        id_filter("task", "tasks", "Datasets that are connected to this task."),
        id_filter("system_prompt_id", "system_prompt", "Datasets with this system prompt."),
        id_filter("user_prompt_id", "user_prompt", "Datasets with this user prompt."),
        id_filter("result_template_id", "result_template", "Datasets with this result template."),
        *created_filters(),
    )
    row_actions = RowActions(actions.create_dataset, actions.update_dataset, actions.remove_dataset)

    def rows(self) -> QuerySet[Dataset]:
        return dataset_rows(Dataset.objects.visible_to(self.member))

    def serialize(self, row: Dataset) -> dict[str, Any]:
        return dataset_detail(row)
