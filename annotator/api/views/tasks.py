"""`/vlm/v2/task/`."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.accounts.permissions import Action
from annotator.api.filters import boolean_filter, created_filters, id_filter, search_filter
from annotator.api.views.base import SCHEMA_ACTIONS, ResourceViewSet, RowActions
from annotator.datasets.models import Dataset
from annotator.datasets.serializers.fields import RowId
from annotator.training import actions, jobs
from annotator.training.actions.runs import start
from annotator.training.models import Task
from annotator.training.serializers import TaskShape, task_detail, task_rows


class DatasetId(serializers.Serializer[Any]):
    """A dataset of the workspace."""

    dataset_id = RowId(lambda member: Dataset.objects.visible_to(member), noun="dataset")


class RunShape(serializers.Serializer[Any]):
    """A training that was asked for."""

    id = serializers.UUIDField()
    task = serializers.UUIDField()
    state = serializers.CharField()


class Tasks(ResourceViewSet):
    """What gets fine-tuned: prompts, datasets and parameters."""

    tag = "Tasks"
    noun = "a task"
    nouns = "tasks"
    action_for = SCHEMA_ACTIONS | {
        "add_dataset": Action.MANAGE_SCHEMA,
        "remove_dataset": Action.MANAGE_SCHEMA,
        "train": Action.TRAIN,
    }
    serializer_class = TaskShape
    body_serializers = {"add_dataset": DatasetId, "remove_dataset": DatasetId}
    response_serializers = {
        "add_dataset": TaskShape,
        "remove_dataset": TaskShape,
        "train": RunShape,
    }
    creating_actions = frozenset({"create", "train"})
    filters = (
        search_filter(),
        id_filter("dataset", "datasets", "Tasks that this dataset is connected to."),
        id_filter("system_prompt_id", "system_prompt", "Tasks with this system prompt."),
        id_filter("user_prompt_id", "user_prompt", "Tasks with this user prompt."),
        boolean_filter("auto_deploy", "Tasks that deploy what they trained, or the others."),
        *created_filters(),
    )
    row_actions = RowActions(actions.create_task, actions.update_task, actions.remove_task)

    def rows(self) -> QuerySet[Task]:
        return task_rows(Task.objects.visible_to(self.member))

    def serialize(self, row: Task) -> dict[str, Any]:
        return task_detail(row)

    def add_dataset(self, request: Request, pk: Any) -> Response:
        """Connect a dataset to the task."""
        task = self.get_row(pk)
        actions.add_dataset(task, self.validated_body()["dataset_id"], by=self.user)
        return Response(self.serialize(self.get_row(pk)))

    def remove_dataset(self, request: Request, pk: Any) -> Response:
        """Disconnect a dataset from the task; the dataset stays."""
        task = self.get_row(pk)
        actions.remove_dataset(task, self.validated_body()["dataset_id"], by=self.user)
        return Response(self.serialize(self.get_row(pk)))

    def train(self, request: Request, pk: Any) -> Response:
        """Start training. While one runs, another is refused (409)."""
        task = self.get_row(pk)
        run = start(task, by=self.user)
        jobs.enqueue_run(run)
        return Response({"id": run.pk, "task": task.pk, "state": run.state}, status=201)
