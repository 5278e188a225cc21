"""First step: the dataset, its prompts and its variables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from annotator.datasets.models import PROMPT_FIELDS, Dataset, Variable
from annotator.errors import RemoteRefused, RemoteUnauthorized
from annotator.mirror.checkpoints import checkpoint
from annotator.mirror.models import MirrorRun
from annotator.mirror.report import add_to
from annotator.mirror.upserts.datasets import upsert_dataset
from annotator.mirror.upserts.prompts import upsert_prompt
from annotator.mirror.upserts.variables import upsert_variables
from annotator.remote.client import RemoteClient
from annotator.remote.shapes import RemoteDataset, RemotePrompt, RemoteVariable

MAX_VARIABLES = 1_000


def step(run: MirrorRun, client: RemoteClient) -> None:
    """Read all of it, then write all of it in one transaction."""
    try:
        remote_dataset = client.datasets.get(run.remote_dataset_id)
    except RemoteRefused as error:
        if error.status != 404:
            raise
        raise RemoteRefused(
            "The dataset is no longer on the remote, or the token may not see it. Nothing was removed here.",
            status=404,
        ) from error
    prompts = _read_prompts(client, remote_dataset)
    variables, is_complete = _read_variables(client, run.remote_dataset_id)
    gone = _gone(run, client, variables) if is_complete else set()
    notices: list[str] = []
    with transaction.atomic():
        rows = {prompt.id: upsert_prompt(run.source, prompt) for prompt in prompts}
        dataset = upsert_dataset(run.source, remote_dataset, rows, by=run.started_by)
        counts: Counter[str] = upsert_variables(dataset, variables, gone=gone, notices=notices)
        checkpoint(
            run,
            dataset=dataset,
            remote_dataset_name=remote_dataset.name[: Dataset.NAME_LENGTH],
            total=remote_dataset.samples_count,
            stage=MirrorRun.Stage.SAMPLES,
            position=run.position | {"pass": 1, "pass_at": timezone.now().isoformat()},
            report=add_to(run.report, counts, notices),
        )


def _read_prompts(client: RemoteClient, remote_dataset: RemoteDataset) -> list[RemotePrompt]:
    """The prompts that the dataset names; one that may not be read is made of its resolved text."""
    prompts: list[RemotePrompt] = []
    for name in PROMPT_FIELDS:
        prompt_id = getattr(remote_dataset, f"{name}_id")
        if prompt_id is None or any(prompt.id == prompt_id for prompt in prompts):
            continue
        try:
            prompts.append(client.prompts.get(prompt_id))
        except RemoteUnauthorized:
            raise
        except RemoteRefused:
            prompts.append(_from_text(remote_dataset, name, prompt_id))
    return prompts


def _from_text(remote_dataset: RemoteDataset, name: str, prompt_id: str) -> RemotePrompt:
    type_ = {"system_prompt": "system", "user_prompt": "user"}.get(name, "template")
    raw: dict[str, Any] = {
        "id": prompt_id,
        "name": f"{remote_dataset.name}: {name.replace('_', ' ')}",
        "type": type_,
        "content": getattr(remote_dataset, name) or "",
        "format": remote_dataset.result_format if type_ == "template" else None,
    }
    return RemotePrompt(**raw, description="", workspace=remote_dataset.workspace, raw=raw)


def _read_variables(client: RemoteClient, dataset_id: str) -> tuple[list[RemoteVariable], bool]:
    """The dataset's variables, and whether these are certainly all of them."""
    variables: dict[str, RemoteVariable] = {}
    counts = set()
    for page in client.variables.pages(dataset=dataset_id, max_rows=MAX_VARIABLES):
        counts.add(page.count)
        # Some servers ignore the filter.
        variables |= {v.id: v for v in page.rows if v.dataset in (None, dataset_id)}
    return list(variables.values()), counts == {len(variables)}


def _gone(run: MirrorRun, client: RemoteClient, listed: Sequence[RemoteVariable]) -> set[str]:
    """Ids of our variables that are not in the list, and that the remote itself says are not there."""
    seen = {variable.id for variable in listed}
    ours = Variable.objects.live().filter(
        dataset__remote=run.source_id, dataset__remote_key=run.remote_dataset_id
    )
    missing = set(ours.filter(remote_key__isnull=False).values_list("remote_key", flat=True)) - seen
    return {key for key in missing if key and _is_gone(client, key)}


def _is_gone(client: RemoteClient, key: str) -> bool:
    try:
        client.variables.get(key)
    except RemoteRefused as error:
        if error.status == 404:
            return True
        raise
    return False
