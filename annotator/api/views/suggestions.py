"""`/vlm/v2/suggestion/bulk/`: what a script proposes for values of many samples."""

from __future__ import annotations

from functools import partial
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.accounts.permissions import Action
from annotator.api.bulk import RowResult, RowResults, bulk_response, validate_row, value_or_error
from annotator.api.capabilities import MAX_ROWS
from annotator.api.parsers import MAX_BULK_BYTES
from annotator.api.views.base import ApiView
from annotator.datasets.models import Sample
from annotator.datasets.serializers.fields import JsonObject, Text
from annotator.suggestions.actions import ProposedRow, RowOutcome, propose_rows, source_of
from annotator.suggestions.models import MAX_RAW_CHARACTERS, Source


class NewSuggestion(serializers.Serializer[Any]):
    """What is proposed for one sample."""

    sample = serializers.UUIDField()
    values = JsonObject(
        help_text="By the variable's name, wrapped or bare. Null takes back what this source proposed."
    )
    confidence = JsonObject(
        required=False,
        help_text="By the variable's name, from 0 to 1; left out where there is none.",
    )
    raw = Text(max_length=MAX_RAW_CHARACTERS, help_text="What the model wrote, to be kept with it.")


@extend_schema_field(NewSuggestion(many=True))
class NewSuggestions(serializers.ListField):
    """Rows that are read one by one, so that a wrong one does not spoil the others."""


class BulkSuggestions(serializers.Serializer[Any]):
    """What one source proposes for up to 1,000 samples of the workspace."""

    source = serializers.CharField(  # type: ignore[assignment]  # its name on the wire
        max_length=Source.NAME_LENGTH, help_text="The name of the script or model, always the same."
    )
    version = serializers.CharField(
        max_length=Source.VERSION_LENGTH,
        required=False,
        allow_blank=True,
        help_text="A newer version's suggestions supersede those of the others.",
    )
    suggestions = NewSuggestions(child=JsonObject(), max_length=MAX_ROWS)


class SuggestionResult(RowResult):
    """The result of one row: the id of its sample, or its error."""

    changed = serializers.IntegerField(required=False, help_text="How many values are new.")
    unchanged = serializers.IntegerField(
        required=False, help_text="How many were proposed before by this version."
    )
    invalid = JsonObject(
        required=False, help_text="By variable, why its value is not allowed: kept, and not shown."
    )


class SuggestionResults(RowResults):
    """The results in the order of the rows."""

    results = SuggestionResult(many=True)


class Suggestions(ApiView):
    """What scripts and models propose: a person sees it when labeling; it is no value until accepted."""

    tag = "Suggestions"
    noun = "suggestions"
    action_for = {"propose": Action.SET_VALUES}
    body_serializers = {"propose": BulkSuggestions}
    response_serializers = {"propose": SuggestionResults}
    max_body_bytes_of = {"propose": MAX_BULK_BYTES}
    idempotent_actions = frozenset({"propose"})

    def propose(self, request: Request) -> Response:
        """Propose values for many samples.

        The same call again changes nothing. A value that differs from what the source proposed before
        supersedes that.
        """
        data = self.validated_body()
        serializer = NewSuggestion()
        rows = [value_or_error(partial(_row, serializer, row)) for row in data["suggestions"]]
        samples = Sample.objects.visible_to(self.member)

        def write(good: list[ProposedRow]) -> list[Any]:
            source = source_of(
                self.workspace,
                kind=Source.Kind.SCRIPT,
                name=data["source"],
                version=data.get("version", ""),
            )
            results = propose_rows(source, good, samples=samples)
            return [_result(each) for each in results]

        return bulk_response(rows, write)


def _row(serializer: NewSuggestion, row: Any) -> ProposedRow:
    data = validate_row(serializer, row)
    return ProposedRow(
        sample=data["sample"],
        values=data["values"],
        confidence=data.get("confidence", {}),
        raw_text=data.get("raw", ""),
    )


def _result(result: RowOutcome | Exception) -> Any:
    if isinstance(result, Exception):
        return result
    return {
        "id": result.sample,
        "changed": result.changed,
        "unchanged": result.unchanged,
        "invalid": result.invalid,
    }
