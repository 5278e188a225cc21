"""`/vlm/v2/sample/bulk/` and `/vlm/v2/value/bulk/`: many samples or values in one call."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import QuerySet, UUIDField
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.accounts.given import GIVEN_MEMBER, visible_instances
from annotator.accounts.models import Membership, User
from annotator.accounts.permissions import Action
from annotator.annotation.actions import script_refusals, submit_many_script_values
from annotator.annotation.models import AnswerValue
from annotator.api.bulk import (
    PlainRow,
    RowResult,
    RowResults,
    bulk_response,
    validate_row,
    value_or_error,
)
from annotator.api.capabilities import MAX_ROWS
from annotator.api.parsers import MAX_BULK_BYTES
from annotator.api.views.base import ApiView
from annotator.compiled import CompiledQuery, Given
from annotator.datasets.actions import (
    ValueUpdate,
    create_labelled_samples,
    create_samples,
    set_many,
)
from annotator.datasets.actions.writing import checked_value
from annotator.datasets.models import Dataset, Origin, Sample, ScriptValues, Variable, VariableValue
from annotator.datasets.serializers.fields import JsonObject, RowId
from annotator.datasets.serializers.samples import SampleRow
from annotator.errors import BadInput
from annotator.images.models import Image
from annotator.push.jobs import sweep
from annotator.queueing import enqueue_on_commit
from annotator.suggestions.actions import propose_script_values
from annotator.variables import unwrap

SAMPLES = CompiledQuery(
    lambda: (
        Sample.objects.visible_to(GIVEN_MEMBER)
        .filter(pk__in=Given("samples", UUIDField(), many=True))
        .order_by()
    ),
    in_join_order=True,
)


class BulkSample(PlainRow, SampleRow):
    """One sample of many: images of the workspace in order, and values by the variables' names."""

    image_ids = serializers.ListField(child=serializers.UUIDField(), required=False, max_length=200)
    values = JsonObject(required=False, help_text="By the variable's name, wrapped or bare.")

    def get_fields(self) -> dict[str, Any]:
        """Without the dataset: the call names one for all."""
        fields = super().get_fields()
        del fields["dataset"]
        return fields


@extend_schema_field(BulkSample(many=True))
class NewSamples(serializers.ListField):
    """Rows that are read one by one, so that a wrong one does not spoil the others."""


class BulkSamples(serializers.Serializer[Any]):
    """Up to 1,000 new samples of one dataset."""

    dataset = RowId(lambda member: Dataset.objects.visible_to(member), noun="dataset")
    samples = NewSamples(child=JsonObject(), max_length=MAX_ROWS)
    all_or_nothing = serializers.BooleanField(
        required=False, help_text="Create none when one of them is wrong."
    )


class BulkValue(PlainRow):
    """One value of many; null takes it away."""

    sample = serializers.UUIDField()
    dataset_variable = serializers.UUIDField()
    value = serializers.JSONField(allow_null=True)


@extend_schema_field(BulkValue(many=True))
class NewValues(serializers.ListField):
    """Rows that are read one by one, so that a wrong one does not spoil the others."""


class BulkValues(serializers.Serializer[Any]):
    """Up to 1,000 values of any samples of the workspace."""

    values = NewValues(child=JsonObject(), max_length=MAX_ROWS)
    all_or_nothing = serializers.BooleanField(
        required=False, help_text="Set none when one of them is wrong."
    )


class BulkResult(RowResult):
    """What became of one row: its id, or what is wrong with it."""

    rev = serializers.IntegerField(required=False, help_text="Of a value: its revision.")


class BulkAnswer(RowResults):
    """What became of all, in the order they were sent."""

    results = BulkResult(many=True)


class Bulk(ApiView):
    """Many rows in one call, with what became of each."""

    tag = "Samples"
    noun = "rows in bulk"
    action_for = {"samples": Action.MANAGE_SAMPLES, "values": Action.SET_VALUES}
    body_serializers = {"samples": BulkSamples, "values": BulkValues}
    response_serializers = {"samples": BulkAnswer, "values": BulkAnswer}
    max_body_bytes_of = {"samples": MAX_BULK_BYTES, "values": MAX_BULK_BYTES}

    def samples(self, request: Request) -> Response:
        """Create many samples with their images and values."""
        data = self.validated_body()
        dataset = data["dataset"]
        names = {variable.name: variable for variable in dataset.variables.live()}
        for variable in names.values():
            variable.dataset = dataset
        serializer = BulkSample(context={"member": self.member})
        read = [value_or_error(partial(validate_row, serializer, row)) for row in data["samples"]]
        wanted = {pk for row in read if isinstance(row, dict) for pk in row.get("image_ids", ())}
        images = set(
            Image.objects.visible_to(self.member).filter(pk__in=wanted).values_list("pk", flat=True)
        )
        rows = [value_or_error(partial(_sample, row, names, images)) for row in read]

        def write(good: list[Any]) -> list[Any]:
            if dataset.script_values_are_suggestions:
                samples = _create_with_suggestions(dataset, good, by=self.user)
            elif dataset.script_values_await_review:
                samples = _create_for_review(dataset, good, by=self.user)
            else:
                samples = create_labelled_samples(dataset, good, origin=Origin.API, by=self.user)
            return [{"id": sample.pk} for sample in samples]

        return bulk_response(rows, write, all_or_nothing=data.get("all_or_nothing", False))

    def values(self, request: Request) -> Response:
        """Set many values."""
        data = self.validated_body()
        serializer = BulkValue()
        read = [value_or_error(partial(validate_row, serializer, row)) for row in data["values"]]
        good = [row for row in read if isinstance(row, dict)]
        samples = _samples(self.member, {row["sample"] for row in good})
        variables = _by_id(
            Variable.objects.visible_to(self.member), {row["dataset_variable"] for row in good}
        )
        for_review = [s for s in samples.values() if s.dataset.script_values_await_review]
        refusals = script_refusals(for_review, by=self.user) if for_review else {}
        seen: set[tuple[Any, Any]] = set()
        checked = partial(_value, samples=samples, variables=variables, seen=seen)
        rows = [
            value_or_error(partial(checked, row, refusals=refusals, by=self.user)) for row in read
        ]

        def write(good: list[ValueUpdate]) -> list[Any]:
            values = _set_or_submit(good, by=self.user)
            if any(item.sample.is_mirrored for item in good):
                enqueue_on_commit(sweep)  # once for all: it pushes what is committed
            return [{"id": row.pk, "rev": row.rev} if row.rev else {} for row in values]

        return bulk_response(rows, write, all_or_nothing=data.get("all_or_nothing", False))


@transaction.atomic
def _create_with_suggestions(dataset: Dataset, rows: list[Any], *, by: User) -> list[Sample]:
    """Samples whose values are proposed."""
    samples = create_samples(dataset, [fields for fields, _ in rows], by=by)
    proposed = {
        (sample, variable): value
        for sample, (_, values) in zip(samples, rows, strict=True)
        for variable, value in values.items()
    }
    propose_script_values(proposed, by=by)
    return samples


@transaction.atomic
def _create_for_review(dataset: Dataset, rows: list[Any], *, by: User) -> list[Sample]:
    """Samples whose values are this person's answers."""
    samples = create_samples(dataset, [fields for fields, _ in rows], by=by)
    answers = {sample: values for sample, (_, values) in zip(samples, rows, strict=True) if values}
    _submitted(answers, by=by)
    return samples


def _submitted(
    values: dict[Sample, dict[Variable, Any]], *, by: User
) -> dict[Sample, dict[Variable, AnswerValue]]:
    """The rows of this person's answers; raises the first refusal, so that nothing is written."""
    rows = {}
    for sample, outcome in submit_many_script_values(values, by=by).items():
        if isinstance(outcome, Exception):
            raise outcome
        rows[sample] = outcome
    return rows


@transaction.atomic
def _set_or_submit(updates: list[ValueUpdate], *, by: User) -> list[VariableValue | AnswerValue]:
    """The rows that were written, in order: accepted values, or values of this person's answers."""
    proposed = [each for each in updates if each.sample.dataset.script_values_are_suggestions]
    accepted = [
        each for each in updates if each.sample.dataset.script_values == ScriptValues.ACCEPTED
    ]
    rows: dict[Any, VariableValue | AnswerValue] = {
        (each.sample.pk, each.variable.pk): row
        for each, row in zip(accepted, set_many(accepted), strict=True)
    }
    values_of = {(each.sample, each.variable): each.value for each in proposed}
    for suggested in propose_script_values(values_of, by=by):
        rows[suggested.sample_id, suggested.variable_id] = suggested
    by_sample: dict[Sample, dict[Variable, Any]] = {}
    for each in updates:
        if each.sample.dataset.script_values_await_review:
            by_sample.setdefault(each.sample, {})[each.variable] = each.value
    for sample, answered in (_submitted(by_sample, by=by) if by_sample else {}).items():
        rows |= {(sample.pk, variable.pk): row for variable, row in answered.items()}
    return [rows[each.sample.pk, each.variable.pk] for each in updates]


def _samples(member: Membership, wanted: set[Any]) -> dict[Any, Sample]:
    """The member's samples by id, each with its dataset; two queries."""
    samples = visible_instances(SAMPLES, member, samples=wanted)
    datasets = Dataset.objects.in_bulk({sample.dataset_id for sample in samples})
    for sample in samples:
        sample.dataset = datasets[sample.dataset_id]
    return {sample.pk: sample for sample in samples}


def _by_id(rows: QuerySet, wanted: set[Any]) -> dict[Any, Any]:
    return {row.pk: row for row in rows.filter(pk__in=wanted)}


def _sample(row: Any, names: dict[str, Variable], images: set[Any]) -> Any:
    """(fields, values) as `create_labelled_samples` takes them."""
    if isinstance(row, Exception):
        raise row
    fields = dict(row)
    ids = fields.pop("image_ids", [])
    unknown = [pk for pk in ids if pk not in images]
    if unknown:
        raise BadInput(f"There is no image {unknown[0]} in this workspace.")
    values = {}
    for name, raw in fields.pop("values", {}).items():
        variable = names.get(name)
        if variable is None:
            raise BadInput(f"This dataset has no variable {name}.")
        values[variable] = checked_value(variable, unwrap(raw, variable.spec))
    return {**fields, "image_ids": list(dict.fromkeys(ids))}, values


def _value(
    row: Any,
    *,
    samples: dict[Any, Sample],
    variables: dict[Any, Variable],
    seen: set[tuple[Any, Any]],
    refusals: dict[Sample, str],
    by: User,
) -> ValueUpdate:
    if isinstance(row, Exception):
        raise row
    sample, variable = samples.get(row["sample"]), variables.get(row["dataset_variable"])
    if sample is None:
        raise BadInput(f"There is no sample {row['sample']} in this workspace.")
    if variable is None:
        raise BadInput(f"There is no variable {row['dataset_variable']} in this workspace.")
    if (sample.pk, variable.pk) in seen:
        raise BadInput(f"{variable} of this sample is given twice in this call.")
    seen.add((sample.pk, variable.pk))
    if sample in refusals:
        raise BadInput(f"Scripts' values await review here: {refusals[sample]}")
    value = unwrap(row["value"], variable.spec)
    return ValueUpdate.checked(sample, variable, value, origin=Origin.API, by=by)
