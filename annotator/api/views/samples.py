"""`/vlm/v2/sample/`: the rows; what is attached to one is in `sample_parts.py`."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.accounts.permissions import Action
from annotator.api.filters import (
    ID,
    TIME,
    Filter,
    boolean_filter,
    choice_filter,
    created_filters,
    exists_filter,
    id_filter,
    parse_boolean,
    parse_id,
    parse_time,
    related_id_filter,
    search_filter,
)
from annotator.api.views.base import SAMPLE_ACTIONS, ResourceViewSet, RowActions
from annotator.datasets import actions
from annotator.datasets.models import Sample, SampleImage, SampleObject, Variable, VariableValue
from annotator.datasets.queries import assigned
from annotator.datasets.queries.filters import PREFIX, read_filter
from annotator.datasets.queries.page import shown_counts
from annotator.datasets.serializers.sample_rows import sample_detail, serialized_samples
from annotator.datasets.serializers.samples import (
    INCLUDES,
    SampleAnswer,
    SampleRowAnswer,
    SampleShape,
)

VALUES = VariableValue.objects.counted()
COUNTED = {"dataset", "state", "test"}  # the filters by which samples are counted: SampleCount
INVALID_VALUES = VariableValue.objects.filter(invalid_since__isnull=False)


def missing_value_filter() -> Filter:
    """`?missing_value=ID`: samples of the variable's dataset that have no value of it."""

    def condition(text: str) -> Q:
        variable = parse_id(text)
        values = VALUES.filter(variable=variable, sample=OuterRef("pk"))
        return Q(dataset__variables=variable) & ~Q(Exists(values))

    description = "Samples of its dataset without a value of this variable."
    return Filter("missing_value", description, ID, condition)


def assignee_filter() -> Filter:
    """`?assignee=`: as `assigned` in the gallery's address."""

    def condition(text: str) -> Q:
        for extra in assigned.read({assigned.KEY: text}, []):
            return extra.condition()
        raise ValueError("Name a person by their id, or write nobody or overdue.")

    description = (
        "Samples assigned to the person of this id; `nobody`: free for all; `overdue`: still to "
        "label though their last day is over."
    )
    return Filter("assignee", description, {"type": "string"}, condition)


def updated_filters() -> tuple[Filter, Filter]:
    """`updated_after`: samples of which anything changed at or after a time; `updated_before`: the others."""

    def updated(text: str) -> Q:
        since = parse_time(text)
        values = VariableValue.objects.filter(sample=OuterRef("pk"), set_at__gte=since)
        return Q(updated_at__gte=since) | Q(Exists(values))

    after = "Samples that changed, or whose values did, at or after this time."
    before = "Samples that did not change since this time."
    return (
        Filter("updated_after", after, TIME, updated),
        Filter("updated_before", before, TIME, lambda text: ~updated(text)),
    )


class Split(serializers.Serializer[Any]):
    """Which split the sample is in now."""

    id = serializers.UUIDField()
    test = serializers.BooleanField()


class Samples(ResourceViewSet):
    """Training examples: images, objects and the values given to the dataset's variables."""

    tag = "Samples"
    noun = "a sample"
    nouns = "samples"
    action_for = SAMPLE_ACTIONS | dict.fromkeys(["set_test", "set_untest"], Action.MANAGE_SAMPLES)
    serializer_class = SampleShape
    list_serializer_class = SampleRowAnswer
    response_serializers = {"retrieve": SampleAnswer, "set_test": Split, "set_untest": Split}
    filters = (
        search_filter(),
        id_filter("dataset", "dataset_id", "Samples of this dataset."),
        boolean_filter("test", "Test samples, or training samples."),
        choice_filter("type", list(Sample.Type.values), "Samples of this type."),
        choice_filter("state", list(Sample.State.values), "Samples in this state of labelling."),
        assignee_filter(),
        id_filter("image", "sample_images__image_id", "Samples that hold this image."),
        id_filter(
            "object", "sample_objects__detection_object_id", "Samples that hold this object."
        ),
        related_id_filter(
            "detection_label",
            SampleObject.objects.all(),
            "detection_object__label",
            "sample",
            "Samples with an object of this label.",
        ),
        related_id_filter(
            "has_value", VALUES, "variable", "sample", "Samples with a value of this variable."
        ),
        missing_value_filter(),
        exists_filter(
            "invalid",
            INVALID_VALUES,
            "sample",
            "Samples with a value that a later rule broke, or others.",
        ),
        exists_filter(
            "has_images", SampleImage.objects.all(), "sample", "Samples with images, or without."
        ),
        *created_filters(),
        *updated_filters(),
    )
    parent_field = "dataset"
    row_actions = RowActions(actions.create_sample, actions.update_sample, actions.remove_sample)

    def rows(self) -> QuerySet[Sample]:
        return Sample.objects.visible_to(self.member)

    def filter_rows(self, rows: Any) -> QuerySet[Sample]:
        """Also by values, as in the gallery's query string: `v.grade.min=7`. Needs `dataset`."""
        params = self.request.query_params
        conditions = {key: str(text) for key, text in params.items() if key.startswith(PREFIX)}
        rows = super().filter_rows(rows)
        if not conditions:
            return rows
        if not params.get("dataset"):
            raise ValidationError({"dataset": ["Name the dataset whose values are meant."]})
        variables = Variable.objects.visible_to(self.member).filter(
            dataset=parse_id(params["dataset"])
        )
        value_filter = read_filter(conditions, list(variables))
        if value_filter.problems:
            raise ValidationError({"v": list(value_filter.problems)})
        return value_filter.apply_deep(rows)

    def known_count(self) -> int | None:
        """Where nothing but dataset, state and split narrows the list."""
        params = self.request.query_params
        narrowing = {each.name for each in self.filters if params.get(each.name)}
        if narrowing - COUNTED or any(key.startswith(PREFIX) for key in params):
            return None
        dataset_id = parse_id(params["dataset"]) if "dataset" in narrowing else None
        split = ""
        if "test" in narrowing:
            split = "test" if parse_boolean(params["test"]) else "train"
        counts = shown_counts(self.member, dataset_id)
        return counts.total(state=params.get("state", ""), split=split)

    @property
    def include(self) -> frozenset[str]:
        """The parts named by `?include=`; ValidationError for an unknown one."""
        parts = {part.strip() for part in self.request.query_params.get("include", "").split(",")}
        unknown = sorted(parts - {""} - set(INCLUDES))
        if unknown:
            choices = ", ".join(INCLUDES)
            raise ValidationError({"include": [f"Choose among: {choices}; not {unknown[0]}."]})
        return frozenset(parts - {""})

    def serialize_pk(self, pk: Any) -> dict[str, Any]:
        row = sample_detail(self.member, pk, host=self.host, include=self.include)
        if row is None:
            raise Http404
        return row

    def serialize_ids(self, ids: list[Any]) -> list[dict[str, Any]]:
        """The samples of one page, in the order of the ids."""
        return serialized_samples(self.member, ids, host=self.host, include=self.include)

    def set_test(self, request: Request, pk: Any) -> Response:
        """Use the sample to evaluate, not to train."""
        return self._set_test(pk, test=True)

    def set_untest(self, request: Request, pk: Any) -> Response:
        """Use the sample to train again."""
        return self._set_test(pk, test=False)

    def _set_test(self, pk: Any, *, test: bool) -> Response:
        sample = self.get_row(pk)
        actions.set_test([sample], test=test, by=self.user)
        return Response({"id": sample.pk, "test": test})
