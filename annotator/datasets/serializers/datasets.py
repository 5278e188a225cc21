"""Datasets on the wire: docs.ximilar.com/platform/vlm, "Dataset Endpoints"."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from rest_framework import serializers

from annotator.accounts.models import Membership
from annotator.datasets.models import PROMPT_FIELDS, Dataset, Prompt, Sample, Variable
from annotator.datasets.serializers.fields import JsonObject, RowId, Text, wire_time


def prompts_of(type_: str) -> Any:
    """Which prompts a reference to a prompt of this type may name."""

    def rows(member: Membership) -> QuerySet[Prompt]:
        return Prompt.objects.visible_to(member).filter(type=type_)

    return rows


def prompt_id(type_: str, field: str) -> RowId:
    """A reference to a prompt, settable by its id; null removes it."""
    return RowId(
        prompts_of(type_), noun=f"{type_} prompt", source=field, required=False, allow_null=True
    )


class DatasetShape(serializers.Serializer[Dataset]):
    """A dataset with its prompts' texts resolved."""

    id = serializers.UUIDField(read_only=True)
    name = serializers.CharField(max_length=Dataset.NAME_LENGTH)
    description = Text()
    version = serializers.DateField(read_only=True, help_text="The day of the last change.")
    created_date = serializers.DateTimeField(read_only=True)
    result_format = serializers.ChoiceField(
        choices=Prompt.Format.choices, read_only=True, allow_null=True
    )
    default_input_meta_data = JsonObject(required=False)
    meta_data = JsonObject(required=False)
    samples_count = serializers.IntegerField(read_only=True)
    variables_count = serializers.IntegerField(read_only=True)
    system_prompt_id = prompt_id("system", "system_prompt")
    user_prompt_id = prompt_id("user", "user_prompt")
    result_template_id = prompt_id("template", "result_template")
    system_prompt = serializers.CharField(read_only=True, allow_null=True)
    user_prompt = serializers.CharField(read_only=True, allow_null=True)
    result_template = serializers.CharField(read_only=True, allow_null=True)
    workspace = serializers.UUIDField(read_only=True)


def count_of(rows: QuerySet, key: str) -> Coalesce:
    """How many of `rows` refer to the outer row by `key`, without a join that multiplies rows."""
    counted = rows.filter(**{key: OuterRef("pk")}).order_by().values(key)
    return Coalesce(
        Subquery(counted.annotate(n=Count("pk")).values("n"), output_field=IntegerField()), 0
    )


def dataset_rows(datasets: QuerySet[Dataset]) -> QuerySet[Dataset]:
    """The datasets with all that `dataset_detail` shows, in one query."""
    return datasets.select_related(*PROMPT_FIELDS).annotate(
        samples_count=count_of(Sample.objects.live(), "dataset"),
        variables_count=count_of(Variable.objects.live(), "dataset"),
    )


def text_of(prompt: Prompt | None) -> str | None:
    """What a reference resolves to: null without a prompt."""
    return None if prompt is None else prompt.content


def dataset_detail(dataset: Any) -> dict[str, Any]:
    """One dataset from `dataset_rows`."""
    return {
        "id": dataset.pk,
        "name": dataset.name,
        "description": dataset.description,
        "version": dataset.version.isoformat(),
        "created_date": wire_time(dataset.created_at),
        "result_format": dataset.result_format,
        "default_input_meta_data": dataset.default_input_meta_data,
        "meta_data": dataset.meta_data,
        "samples_count": dataset.samples_count,
        "variables_count": dataset.variables_count,
        "system_prompt_id": dataset.system_prompt_id,
        "user_prompt_id": dataset.user_prompt_id,
        "result_template_id": dataset.result_template_id,
        "system_prompt": text_of(dataset.system_prompt),
        "user_prompt": text_of(dataset.user_prompt),
        "result_template": text_of(dataset.result_template),
        "workspace": dataset.workspace_id,
    }
