"""Tasks and model versions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from annotator.connections.models import Remote
from annotator.datasets.models import Dataset, Prompt
from annotator.mirror.upserts.fields import merge, short
from annotator.remote import mappers
from annotator.remote.shapes import RemoteModel, RemoteTask
from annotator.training.models import REMOTE, ModelVersion, Task

MAX_INTEGER = 2**31 - 1


def upsert_task(
    remote: Remote, remote_task: RemoteTask, prompts: dict[str, Prompt]
) -> tuple[Task, bool]:
    """Our copy of the task, and whether it is new. Its datasets are those that are mirrored here."""
    theirs = _fields(remote_task, prompts)
    row = Task.objects.filter(remote=remote, remote_key=remote_task.id).first()
    is_new = row is None
    if row is None:
        row = Task.objects.create(
            workspace=remote.workspace,
            remote=remote,
            remote_key=remote_task.id,
            remote_state=remote_task.raw,
            backend=REMOTE,
            **theirs,
        )
    elif row.remote_state != remote_task.raw:
        base = _fields(mappers.task(row.remote_state), prompts) if row.remote_state else None
        changes = merge(row, base=base, theirs=theirs, theirs_win=True).changes
        changes["remote_state"] = remote_task.raw
        for name, value in changes.items():
            setattr(row, name, value)
        row.save(update_fields=list(changes))
    _connect(row, remote, remote_task)
    return row, is_new


def _connect(row: Task, remote: Remote, remote_task: RemoteTask) -> None:
    here = set(row.datasets.filter(remote=remote))
    wanted = set(Dataset.objects.filter(remote=remote, remote_key__in=remote_task.datasets or ()))
    if wanted - here:
        row.datasets.add(*(wanted - here))
    if here - wanted:
        row.datasets.remove(*(here - wanted))


def upsert_versions(task: Task, remote_models: Iterable[RemoteModel]) -> None:
    """Our copies of the task's model versions; one without a number cannot be named and is left out."""
    for model in remote_models:
        if model.version is None or not 0 < model.version <= MAX_INTEGER:
            continue
        row = task.versions.filter(version=model.version).first()
        if row is None:
            ModelVersion.objects.create(
                task=task,
                version=model.version,
                backend=REMOTE,
                metrics=model.metrics,
                remote=task.remote,
                remote_key=model.id,
                remote_state=model.raw,
            )
        elif row.remote_state != model.raw:
            row.metrics, row.remote_state = model.metrics, model.raw
            row.remote, row.remote_key = task.remote, model.id
            row.save(update_fields=["metrics", "remote_state", "remote", "remote_key"])


def _fields(remote_task: RemoteTask, prompts: dict[str, Prompt]) -> dict[str, Any]:
    max_tokens = remote_task.max_tokens or 1000
    return {
        "name": short(remote_task.name, 200) or "Task",
        "description": remote_task.description,
        "auto_deploy": remote_task.auto_deploy,
        "production_version": _count(remote_task.production_version),
        "last_version": _count(remote_task.last_version),
        "max_tokens": _count(max_tokens),
        "training_params": remote_task.training_params,
        "training_time": _count(remote_task.training_time_seconds or 0),
        "system_prompt": prompts.get(remote_task.system_prompt_id or ""),
        "user_prompt": prompts.get(remote_task.user_prompt_id or ""),
    }


def _count(number: float) -> int:
    """Within what the column holds."""
    return min(max(int(number), 0), MAX_INTEGER)
