"""Prompts."""

from __future__ import annotations

from typing import Any

from annotator.connections.models import Remote
from annotator.datasets.actions import create_prompt, update_prompt
from annotator.datasets.models import Prompt
from annotator.mirror.upserts.fields import merge, short
from annotator.remote import mappers
from annotator.remote.shapes import RemotePrompt


def upsert_prompt(remote: Remote, found: RemotePrompt) -> Prompt:
    """Our copy of the prompt, made or changed where the remote's differs from what was last seen."""
    theirs = _fields(found)
    row = Prompt.objects.filter(remote=remote, remote_key=found.id).first()
    if row is None:
        return create_prompt(
            remote.workspace,
            by=None,
            type=found.type if found.type in Prompt.Type.values else Prompt.Type.USER,
            remote=remote,
            remote_key=found.id,
            remote_state=found.raw,
            **theirs,
        )
    if row.remote_state != found.raw:
        base = _fields(mappers.prompt(row.remote_state)) if row.remote_state else None
        changes = merge(row, base=base, theirs=theirs, theirs_win=True).changes
        update_prompt(row, by=None, **changes, remote_state=found.raw)
    return row


def _fields(found: RemotePrompt) -> dict[str, Any]:
    return {
        "name": short(found.name, 200) or "Prompt",
        "description": found.description,
        "content": found.content or "",
        "format": found.format if found.format in Prompt.Format.values else None,
    }
