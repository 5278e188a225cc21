"""Datasets."""

from __future__ import annotations

from typing import Any

from annotator.accounts.models import User
from annotator.connections.models import Remote
from annotator.datasets.actions import create_dataset, update_dataset
from annotator.datasets.models import PROMPT_FIELDS, Dataset, Prompt
from annotator.mirror.upserts.fields import merge, short, without
from annotator.remote import mappers
from annotator.remote.shapes import RemoteDataset

COUNTS = ("samples_count", "variables_count", "version")  # change by themselves


def upsert_dataset(
    remote: Remote, remote_dataset: RemoteDataset, prompts: dict[str, Prompt], *, by: User | None
) -> Dataset:
    """Our copy of the dataset. `prompts`: our copies of those it names, by their id there.

    A dataset that was deleted here comes back: somebody asked for it.
    """
    theirs, state = _fields(remote_dataset, prompts), without(remote_dataset.raw, *COUNTS)
    row = Dataset.objects.filter(remote=remote, remote_key=remote_dataset.id).first()
    if row is None:
        return create_dataset(
            remote.workspace,
            by=by,
            remote=remote,
            remote_key=remote_dataset.id,
            remote_state=state,
            **theirs,
        )
    base = _fields(mappers.dataset(row.remote_state), prompts) if row.remote_state else None
    changes = merge(row, base=base, theirs=theirs, theirs_win=True).changes
    if row.remote_state != state:
        changes["remote_state"] = state
    if row.removed_at is not None:
        changes["removed_at"] = None
    if changes:
        update_dataset(row, by=by, **changes)
    return row


def _fields(remote_dataset: RemoteDataset, prompts: dict[str, Prompt]) -> dict[str, Any]:
    return {
        "name": short(remote_dataset.name, Dataset.NAME_LENGTH) or "Dataset",
        "description": remote_dataset.description,
        "default_input_meta_data": remote_dataset.default_input_meta_data,
        "meta_data": remote_dataset.meta_data,
        **{
            name: prompts.get(getattr(remote_dataset, f"{name}_id") or "") for name in PROMPT_FIELDS
        },
    }
