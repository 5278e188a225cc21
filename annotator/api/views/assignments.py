"""`/vlm/v2/assignment/bulk/`: who is asked to label which samples."""

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
from annotator.api.views.base import ApiView
from annotator.assignments.actions import AssignedRow, assign_rows
from annotator.datasets.models import MOST_ANSWERS, Sample
from annotator.datasets.serializers.fields import JsonObject

PEOPLE_HELP = (
    "The ids of the people, as many as the dataset asks for this sample at the most; "
    "none: free for all."
)


class NewAssignment(serializers.Serializer[Any]):
    """To whom one sample is assigned."""

    sample = serializers.UUIDField()
    assignees = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**63 - 1),
        max_length=MOST_ANSWERS,
        help_text=PEOPLE_HELP,
    )
    due_on = serializers.DateField(
        required=False, allow_null=True, help_text="The last day, in UTC."
    )


@extend_schema_field(NewAssignment(many=True))
class NewAssignments(serializers.ListField):
    """Rows that are read one by one, so that a wrong one does not spoil the others."""


class BulkAssignments(serializers.Serializer[Any]):
    """To whom up to 1,000 samples of the workspace are assigned."""

    assignments = NewAssignments(child=JsonObject(), max_length=MAX_ROWS)


class AssignmentResult(RowResult):
    """The result of one row: the id of its sample, or why it stays as it is."""

    changed = serializers.BooleanField(required=False, help_text="False: it was so before.")


class AssignmentResults(RowResults):
    """The results in the order of the rows."""

    results = AssignmentResult(many=True)


class Assignments(ApiView):
    """Samples that certain people are asked to label, and nobody else."""

    tag = "Assignments"
    noun = "assignments"
    action_for = {"assign": Action.ASSIGN}
    body_serializers = {"assign": BulkAssignments}
    response_serializers = {"assign": AssignmentResults}
    idempotent_actions = frozenset({"assign"})

    def assign(self, request: Request) -> Response:
        """Assign many samples, or free them for all.

        Only samples that await a label and that nobody else has open change hands. The same call again
        changes nothing.
        """
        serializer = NewAssignment()
        given = self.validated_body()["assignments"]
        rows = [value_or_error(partial(_row, serializer, row)) for row in given]
        samples = Sample.objects.visible_to(self.member)

        def write(good: list[AssignedRow]) -> list[Any]:
            outcomes = assign_rows(good, samples=samples, by=self.member)
            return [
                each if isinstance(each, Exception) else {"id": row.sample, "changed": each}
                for row, each in zip(good, outcomes, strict=True)
            ]

        return bulk_response(rows, write)


def _row(serializer: NewAssignment, row: Any) -> AssignedRow:
    data = validate_row(serializer, row)
    return AssignedRow(data["sample"], tuple(data["assignees"]), data.get("due_on"))
