"""`/vlm/v2/prompt/`."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from annotator.accounts.permissions import Action
from annotator.api.filters import ChoiceFilter, SearchFilter, created_filters
from annotator.api.views.base import ResourceViewSet
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
    action_for = {
        "list": Action.READ,
        "retrieve": Action.READ,
        "create": Action.MANAGE_SCHEMA,
        "partial_update": Action.MANAGE_SCHEMA,
        "destroy": Action.DELETE,
    }
    serializer_class = PromptShape
    list_serializer_class = PromptRow
    filters = (
        SearchFilter(),
        ChoiceFilter("type", tuple(Prompt.Type.values), "Prompts of this type."),
        ChoiceFilter("format", tuple(Prompt.Format.values), "Prompts of this format."),
        *created_filters(),
    )

    def rows(self) -> QuerySet[Prompt]:
        return Prompt.objects.visible_to(self.member).defer("remote_state")

    def serialize(self, row: Prompt) -> dict[str, Any]:
        return prompt_detail(row)

    def serialize_rows(self, rows: list[Prompt]) -> list[dict[str, Any]]:
        return [prompt_row(row) for row in rows]

    def create_row(self, data: dict[str, Any]) -> Prompt:
        return actions.create_prompt(self.workspace, by=self.user, **data)

    def change_row(self, row: Prompt, data: dict[str, Any]) -> None:
        actions.update_prompt(row, by=self.user, **data)

    def remove_row(self, row: Prompt) -> None:
        actions.remove_prompt(row, by=self.user)
