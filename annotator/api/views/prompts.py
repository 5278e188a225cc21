"""`/vlm/v2/prompt/`."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from annotator.api.filters import choice_filter, created_filters, search_filter
from annotator.api.views.base import SCHEMA_ACTIONS, ResourceViewSet, RowActions
from annotator.datasets import actions
from annotator.datasets.models import Prompt
from annotator.datasets.serializers.prompts import (
    PromptRow,
    PromptShape,
    prompt_detail,
    prompt_row,
)


class Prompts(ResourceViewSet):
    """Reusable texts. Changing one changes every task and dataset that refers to it."""

    tag = "Prompts"
    noun = "a prompt"
    nouns = "prompts"
    action_for = SCHEMA_ACTIONS
    serializer_class = PromptShape
    list_serializer_class = PromptRow
    filters = (
        search_filter(),
        choice_filter("type", list(Prompt.Type.values), "Prompts of this type."),
        choice_filter("format", list(Prompt.Format.values), "Prompts of this format."),
        *created_filters(),
    )
    row_actions = RowActions(actions.create_prompt, actions.update_prompt, actions.remove_prompt)

    def rows(self) -> QuerySet[Prompt]:
        return Prompt.objects.visible_to(self.member).defer("remote_state")

    def serialize(self, row: Prompt) -> dict[str, Any]:
        return prompt_detail(row)

    def serialize_rows(self, rows: list[Prompt]) -> list[dict[str, Any]]:
        return [prompt_row(row) for row in rows]
