"""Tasks and models on the wire: docs.ximilar.com/platform/vlm, "Task Endpoints"; docs/platform.md."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch, QuerySet
from rest_framework import serializers

from annotator.datasets.models import Dataset
from annotator.datasets.serializers.datasets import prompt_id, text_of
from annotator.datasets.serializers.fields import JsonObject, RowIds, Text, WholeNumber, wire_time
from annotator.training import job_folders
from annotator.training.comparisons import VariableComparison, compare
from annotator.training.models import ModelVersion, Task, TrainingRun

BIGGEST = 2**31 - 1  # of a database's integer


class TaskShape(serializers.Serializer[Task]):
    """A task with its prompts' texts resolved."""

    id = serializers.UUIDField(read_only=True)
    name = serializers.CharField(max_length=200)
    created = serializers.DateTimeField(read_only=True)
    description = Text()
    auto_deploy = serializers.BooleanField(required=False)
    production_version = WholeNumber(required=False, min_value=0, max_value=BIGGEST)
    last_version = serializers.IntegerField(read_only=True)
    max_tokens = WholeNumber(required=False, min_value=1, max_value=BIGGEST)
    datasets = RowIds(
        lambda member: Dataset.objects.visible_to(member), noun="dataset", required=False
    )
    dataset_count = serializers.IntegerField(read_only=True)
    training_params = JsonObject(required=False)
    training_time = serializers.IntegerField(read_only=True, help_text="Seconds.")
    system_prompt_id = prompt_id("system", "system_prompt")
    user_prompt_id = prompt_id("user", "user_prompt")
    system_prompt = serializers.CharField(read_only=True, allow_null=True)
    user_prompt = serializers.CharField(read_only=True, allow_null=True)
    workspace = serializers.UUIDField(read_only=True)


class ModelShape(serializers.Serializer[ModelVersion]):
    """A model version, the result of a training."""

    id = serializers.UUIDField()
    task = serializers.UUIDField()
    task_name = serializers.CharField()
    version = serializers.IntegerField()
    created = serializers.DateTimeField()
    production = serializers.BooleanField(help_text="Whether it is the task's production version.")
    metrics = JsonObject()
    training_time = serializers.IntegerField(help_text="Seconds.")
    archive_bytes = serializers.IntegerField(help_text="0: there is nothing to download.")
    workspace = serializers.UUIDField()


class RunDetail(serializers.Serializer[TrainingRun]):
    """A training, while it goes on and after."""

    id = serializers.UUIDField()
    task = serializers.UUIDField()
    task_name = serializers.CharField()
    backend = serializers.CharField()
    state = serializers.ChoiceField(TrainingRun.State.choices)
    created = serializers.DateTimeField(help_text="When it was asked for.")
    started = serializers.DateTimeField(allow_null=True)
    ended = serializers.DateTimeField(allow_null=True)
    step = serializers.IntegerField(help_text="Of the present phase.")
    steps = serializers.IntegerField(help_text="0: not known.")
    message = serializers.CharField()
    error = serializers.CharField(help_text="Why it failed.")
    params = JsonObject()
    samples = JsonObject(help_text="How many train, test and are excluded.")
    can_resume = serializers.BooleanField(help_text="Whether it can go on from a checkpoint.")
    version = serializers.IntegerField(allow_null=True, help_text="Of the model that it left.")
    model = serializers.UUIDField(allow_null=True)
    workspace = serializers.UUIDField()


def task_rows(tasks: QuerySet[Task]) -> QuerySet[Task]:
    """The tasks with all that `task_detail` shows, in two queries."""
    datasets = Dataset.objects.filter(removed_at=None).order_by("created_at", "id").only("id")
    return tasks.select_related("system_prompt", "user_prompt").prefetch_related(
        Prefetch("datasets", datasets, to_attr="live_datasets")
    )


def task_detail(task: Any) -> dict[str, Any]:
    """One task from `task_rows`."""
    datasets = [dataset.pk for dataset in task.live_datasets]
    return {
        "id": task.pk,
        "name": task.name,
        "created": wire_time(task.created_at),
        "description": task.description,
        "auto_deploy": task.auto_deploy,
        "production_version": task.production_version,
        "last_version": task.last_version,
        "max_tokens": task.max_tokens,
        "datasets": datasets,
        "dataset_count": len(datasets),
        "training_params": task.training_params,
        "training_time": task.training_time,
        "system_prompt_id": task.system_prompt_id,
        "user_prompt_id": task.user_prompt_id,
        "system_prompt": text_of(task.system_prompt),
        "user_prompt": text_of(task.user_prompt),
        "workspace": task.workspace_id,
    }


def model_row(version: ModelVersion) -> dict[str, Any]:
    """One model version, with its task at hand."""
    task = version.task
    return {
        "id": version.pk,
        "task": task.pk,
        "task_name": task.name,
        "version": version.version,
        "created": wire_time(version.created_at),
        "production": version.version == task.production_version,
        "metrics": version.metrics,
        "training_time": version.training_seconds,
        "archive_bytes": version.archive_bytes,
        "workspace": task.workspace_id,
    }


class ComparedVariable(serializers.Serializer[Any]):
    """One variable on the samples that both versions answered."""

    name = serializers.CharField()
    n = serializers.IntegerField()
    won = serializers.IntegerField(help_text="Samples that the later version does better.")
    lost = serializers.IntegerField()
    same = serializers.IntegerField(help_text="Both right.")
    both_wrong = serializers.IntegerField()
    changed = serializers.IntegerField(help_text="Left out: another value is accepted now.")
    before = serializers.FloatField(allow_null=True, help_text="The mean score, 0 to 1.")
    after = serializers.FloatField(allow_null=True)
    interval = serializers.ListField(
        child=serializers.FloatField(),
        allow_null=True,
        help_text="Of the difference of the means, 95 %.",
    )
    probability = serializers.FloatField(help_text="The sign test's.")
    verdict = serializers.ChoiceField(["better", "worse", ""])


class ComparisonShape(serializers.Serializer[Any]):
    """Two versions of a task on the same test samples: docs/training.md#two-versions."""

    before = serializers.UUIDField()
    after = serializers.UUIDField()
    common = serializers.IntegerField(help_text="Samples that both were tested on.")
    only_before = serializers.IntegerField()
    only_after = serializers.IntegerField()
    is_cut = serializers.BooleanField(help_text="Whether the earlier version has more samples.")
    variables = ComparedVariable(many=True)


def comparison_row(before: ModelVersion, after: ModelVersion) -> dict[str, Any]:
    """The comparison of the stored predictions, without the pairs themselves."""
    comparison = compare(before, after)
    return {
        "before": before.pk,
        "after": after.pk,
        "common": comparison.common,
        "only_before": comparison.only_before,
        "only_after": comparison.only_after,
        "is_cut": comparison.is_cut,
        "variables": [_compared_variable(variable) for variable in comparison.variables],
    }


def _compared_variable(variable: VariableComparison) -> dict[str, Any]:
    return {
        "name": variable.name,
        "n": len(variable.pairs),
        **variable.counts,
        "changed": variable.changed,
        "before": variable.before,
        "after": variable.after,
        "interval": list(variable.interval) if variable.pairs else None,
        "probability": variable.probability,
        "verdict": variable.verdict,
    }


COUNTS = ("train", "test", "excluded")


def run_row(run: TrainingRun) -> dict[str, Any]:
    """One run, with its task and versions at hand."""
    version = next(iter(run.versions.all()), None)
    return {
        "id": run.pk,
        "task": run.task_id,
        "task_name": run.task.name,
        "backend": run.backend,
        "state": run.state,
        "created": wire_time(run.requested_at),
        "started": wire_time(run.started_at) if run.started_at else None,
        "ended": wire_time(run.ended_at) if run.ended_at else None,
        "step": run.step,
        "steps": run.steps,
        "message": run.message,
        "error": run.error,
        "params": run.params,
        "samples": {name: run.snapshot[name] for name in COUNTS if name in run.snapshot},
        "can_resume": job_folders.can_resume(run),
        "version": version.version if version else None,
        "model": version.pk if version else None,
        "workspace": run.task.workspace_id,
    }
