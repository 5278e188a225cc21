"""The tasks that train with the dataset, and their model versions where the remote serves them."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from annotator.errors import RemoteRefused, RemoteUnauthorized
from annotator.mirror.checkpoints import checkpoint
from annotator.mirror.models import MirrorRun
from annotator.mirror.report import add_to
from annotator.mirror.upserts.prompts import upsert_prompt
from annotator.mirror.upserts.tasks import upsert_task, upsert_versions
from annotator.remote.client import RemoteClient
from annotator.remote.shapes import RemoteModel, RemotePrompt, RemoteTask

MAX_TASKS = 2_000


def step(run: MirrorRun, client: RemoteClient) -> None:
    """Read the tasks that name the dataset, then write them. A remote without tasks is fine."""
    notices: list[str] = []
    try:
        tasks = _read_tasks(run, client)
    except RemoteUnauthorized:
        raise
    except RemoteRefused as error:
        tasks = []
        notices.append(f"Tasks could not be read: {error}")
    prompts = {prompt.id: prompt for task in tasks for prompt in _read_prompts(client, task)}
    models = {task.id: _read_models(client, task.id) for task in tasks}
    with transaction.atomic():
        rows = {key: upsert_prompt(run.source, prompt) for key, prompt in prompts.items()}
        new = 0
        for task in tasks:
            row, is_new = upsert_task(run.source, task, rows)
            upsert_versions(row, models[task.id])
            new += is_new
        report = add_to(run.report, {"tasks": len(tasks), "tasks_new": new}, notices)
        checkpoint(run, stage=MirrorRun.Stage.IMAGES, report=report)


def _read_tasks(run: MirrorRun, client: RemoteClient) -> list[RemoteTask]:
    """Those whose datasets include ours; a list that does not say is asked task by task."""
    tasks = []
    for page in client.tasks.pages(max_rows=MAX_TASKS):
        for task in page.rows:
            complete = client.tasks.get(task.id) if task.datasets is None else task
            if run.remote_dataset_id in (complete.datasets or ()):
                tasks.append(complete)
        run.renew()
    return list({task.id: task for task in tasks}.values())


def _read_prompts(client: RemoteClient, task: RemoteTask) -> Iterable[RemotePrompt]:
    for prompt_id in {task.system_prompt_id, task.user_prompt_id} - {None}:
        try:
            yield client.prompts.get(prompt_id or "")
        except RemoteUnauthorized:
            raise
        except RemoteRefused:
            continue


def _read_models(client: RemoteClient, task_id: str) -> list[RemoteModel]:
    """The platform's page has no address for models (Q2): none is an answer."""
    try:
        return [model for model in client.models.all(task=task_id) if model.task in (None, task_id)]
    except RemoteUnauthorized:
        raise
    except RemoteRefused:
        return []
