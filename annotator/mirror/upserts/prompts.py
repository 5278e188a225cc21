"""Prompts."""

from __future__ import annotations

from typing import Any

from annotator.connections.models import Remote
from annotator.datasets.actions import create_prompt, update_prompt
from annotator.datasets.models import Prompt
from annotator.mirror.upserts.fields import merge, short
from annotator.remote import mappers
from annotator.remote.shapes import RemotePrompt


def upsert_prompt(remote: Remote, remote_prompt: RemotePrompt) -> Prompt:
    """Our copy of the prompt, made or changed where the remote's differs from what was last seen."""
    theirs = _fields(remote_prompt)
    row = Prompt.objects.filter(remote=remote, remote_key=remote_prompt.id).first()
    if row is None:
        return create_prompt(
            remote.workspace,
            by=None,
            type=remote_prompt.type
            if remote_prompt.type in Prompt.Type.values
            else Prompt.Type.USER,
            remote=remote,
            remote_key=remote_prompt.id,
            remote_state=remote_prompt.raw,
            **theirs,
        )
    if row.remote_state != remote_prompt.raw:
        base = _fields(mappers.prompt(row.remote_state)) if row.remote_state else None
        changes = merge(row, base=base, theirs=theirs, theirs_win=True).changes
        update_prompt(row, by=None, **changes, remote_state=remote_prompt.raw)
    return row


def _fields(remote_prompt: RemotePrompt) -> dict[str, Any]:
    return {
        "name": short(remote_prompt.name, Prompt.NAME_LENGTH) or "Prompt",
        "description": remote_prompt.description,
        "content": remote_prompt.content or "",
        "format": remote_prompt.format if remote_prompt.format in Prompt.Format.values else None,
    }
