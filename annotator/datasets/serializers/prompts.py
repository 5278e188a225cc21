"""Prompts on the wire: docs.ximilar.com/platform/vlm, "Prompt Endpoints"."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from annotator.datasets.models import Prompt
from annotator.datasets.serializers.fields import Text


class PromptRow(serializers.Serializer[Prompt]):
    """A prompt as lists show it: without its content (R-P4)."""

    id = serializers.UUIDField(read_only=True)
    name = serializers.CharField(max_length=Prompt.NAME_LENGTH)
    description = Text()
    type = serializers.ChoiceField(choices=Prompt.Type.choices)
    format = serializers.ChoiceField(choices=Prompt.Format.choices, required=False, allow_null=True)
    workspace = serializers.UUIDField(read_only=True)


class PromptShape(PromptRow):
    """A whole prompt."""

    content = Text()


def prompt_row(prompt: Prompt) -> dict[str, Any]:
    """One row of the list."""
    return {
        "id": prompt.pk,
        "name": prompt.name,
        "description": prompt.description,
        "type": prompt.type,
        "format": prompt.format,
        "workspace": prompt.workspace_id,
    }


def prompt_detail(prompt: Prompt) -> dict[str, Any]:
    """The prompt itself."""
    row = prompt_row(prompt)
    return {
        "id": row.pop("id"),
        "name": row.pop("name"),
        "description": row.pop("description"),
        "content": prompt.content,
        **row,
    }
