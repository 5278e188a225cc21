"""Tasks are created, changed and removed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from annotator.accounts import audit
from annotator.accounts.models import User, Workspace
from annotator.datasets.models import Dataset
from annotator.errors import BadInput
from annotator.training.backends import BACKENDS
from annotator.training.backends.parameters import check_parameters
from annotator.training.models import ModelVersion, Task

EDITABLE = {
    "name",
    "description",
    "auto_deploy",
    "deploy_if_not_worse",
    "production_version",
    "max_tokens",
    "training_params",
    "system_prompt",
    "user_prompt",
    "backend",
}
PROMPT_TYPES = {"system_prompt": "system", "user_prompt": "user"}


@transaction.atomic
def create_task(
    workspace: Workspace,
    *,
    by: User | None,
    name: str,
    datasets: Sequence[Dataset] = (),
    **fields: Any,
) -> Task:
    """A new task with its datasets.

    Raises BadInput for a prompt or dataset of another workspace and for parameters outside their bounds.
    """
    _check(workspace, datasets, fields)
    task = Task(workspace=workspace, name=name, **fields)
    _check_params(task, fields)
    task.save()
    task.datasets.set(datasets)
    audit.record("task.create", workspace=workspace, by=by, target=task)
    return task


@transaction.atomic
def update_task(
    task: Task, *, by: User | None, datasets: Sequence[Dataset] | None = None, **changes: Any
) -> Task:
    """Change fields, and the whole set of datasets when it is given."""
    unknown = set(changes) - EDITABLE
    if unknown:
        raise BadInput(f"A task has no {', '.join(sorted(unknown))} to change.")
    _check(task.workspace, datasets or (), changes)
    _check_production(task, changes.get("production_version"))
    written = dict(changes)
    if changes.get("production_version", task.production_version) != task.production_version:
        written |= {"production_pinned": False, "production_reason": ""}  # of the version before
    for name, value in written.items():
        setattr(task, name, value)
    _check_params(task, changes)
    if written:
        task.save(update_fields=list(written))
    if datasets is not None:
        task.datasets.set(datasets)
    fields = sorted([*changes, *(["datasets"] if datasets is not None else [])])
    audit.record("task.change", workspace=task.workspace, by=by, target=task, fields=fields)
    return task


@transaction.atomic
def remove_task(task: Task, *, by: User | None) -> None:
    """Take a task out of every list; its runs and versions stay in the database."""
    Task.objects.filter(pk=task.pk, removed_at=None).update(removed_at=timezone.now())
    audit.record("task.delete", workspace=task.workspace, by=by, target=task)


@transaction.atomic
def add_dataset(task: Task, dataset: Dataset, *, by: User | None) -> None:
    """Connect a dataset; a second call changes nothing. BadInput for one of another workspace."""
    _check(task.workspace, [dataset], {})
    task.datasets.add(dataset)
    audit.record(
        "task.add-dataset", workspace=task.workspace, by=by, target=task, dataset=str(dataset.pk)
    )


@transaction.atomic
def remove_dataset(task: Task, dataset: Dataset, *, by: User | None) -> None:
    """Disconnect a dataset, which stays as it is; a second call changes nothing."""
    task.datasets.remove(dataset)
    audit.record(
        "task.remove-dataset", workspace=task.workspace, by=by, target=task, dataset=str(dataset.pk)
    )


def _check(workspace: Workspace, datasets: Sequence[Dataset], fields: dict[str, Any]) -> None:
    """What a task refers to must be in its own workspace, and each prompt of the right type."""
    for dataset in datasets:
        if dataset.workspace_id != workspace.pk:
            raise BadInput(f"The dataset {dataset.pk} is not in this workspace.")
    for name, type_ in PROMPT_TYPES.items():
        prompt = fields.get(name)
        if prompt is None:
            continue
        if prompt.workspace_id != workspace.pk:
            raise BadInput(f"The {type_} prompt is not in this workspace.")
        if prompt.type != type_:
            message = f"“{prompt}” is a {prompt.type} prompt; a {type_} prompt is needed."
            raise BadInput(message, fields={f"{name}_id": [message]})


def _check_params(task: Task, changes: dict[str, Any]) -> None:
    """A local task's backend must exist and its parameters be valid; unknown keys are kept (R-T7)."""
    if task.is_mirrored or not {"backend", "training_params"} & changes.keys():
        return
    backend = BACKENDS.get(task.backend)
    if backend is None:
        message = (
            f"There is no backend called {task.backend}. Choose one of: {', '.join(BACKENDS)}."
        )
        raise BadInput(message, fields={"backend": [message]})
    check_parameters(backend.parameters, task.training_params)


def _check_production(task: Task, version: int | None) -> None:
    """0 for none, or a version that was trained. A remote's versions may be known only by number."""
    if not version:
        return
    if version > task.last_version or (
        not task.is_mirrored
        and not ModelVersion.objects.filter(task=task, version=version).exists()
    ):
        message = f"There is no version {version} of this task."
        raise BadInput(message, fields={"production_version": [message]})
