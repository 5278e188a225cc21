"""`/vlm/v2/sample/`: the rows; what is attached to one is in `sample_parts.py`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.accounts.permissions import Action
from annotator.api.filters import (
    BooleanFilter,
    ChoiceFilter,
    ExistsFilter,
    IdFilter,
    RelatedIdFilter,
    SearchFilter,
    created_filters,
    parse_id,
    parse_time,
)
from annotator.api.views.base import ResourceViewSet
from annotator.datasets import actions
from annotator.datasets.models import Sample, SampleImage, SampleObject, Variable, VariableValue
from annotator.datasets.queries.filters import PREFIX, read_filter
from annotator.datasets.serializers.sample_rows import drawn_samples, sample_detail, sample_rows
from annotator.datasets.serializers.samples import (
    INCLUDES,
    SampleAnswer,
    SampleRowAnswer,
    SampleShape,
)

GIVEN = VariableValue.objects.counted()
INVALID = VariableValue.objects.filter(invalid_since__isnull=False)


@dataclass(frozen=True)
class Missing:
    """Samples of the variable's dataset that have no value of it."""

    name: str
    about: str

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "uuid"}

    def read(self, text: str) -> Q:
        variable = parse_id(text)
        given = GIVEN.filter(variable=variable, sample=OuterRef("pk"))
        return Q(dataset__variables=variable) & ~Q(Exists(given))


@dataclass(frozen=True)
class Changed:
    """Samples of which anything changed since a time; or, for `updated_before`, nothing did."""

    name: str
    about: str

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "date-time"}

    def read(self, text: str) -> Q:
        since = parse_time(text)
        values = VariableValue.objects.filter(sample=OuterRef("pk"), set_at__gte=since)
        changed = Q(updated_at__gte=since) | Q(Exists(values))
        return changed if self.name == "updated_after" else ~changed


class Split(serializers.Serializer[Any]):
    """Which split the sample is in now."""

    id = serializers.UUIDField()
    test = serializers.BooleanField()


class Samples(ResourceViewSet):
    """Training examples: images, objects and the values given to the dataset's variables."""

    tag = "Samples"
    noun = "a sample"
    nouns = "samples"
    action_for = {
        "list": Action.READ,
        "retrieve": Action.READ,
        "create": Action.MANAGE_SAMPLES,
        "partial_update": Action.MANAGE_SAMPLES,
        "destroy": Action.DELETE,
        "set_test": Action.MANAGE_SAMPLES,
        "set_untest": Action.MANAGE_SAMPLES,
    }
    serializer_class = SampleShape
    list_serializer_class = SampleRowAnswer
    response_serializers = {"retrieve": SampleAnswer, "set_test": Split, "set_untest": Split}
    filters = (
        SearchFilter(),
        IdFilter("dataset", "dataset_id", "Samples of this dataset."),
        BooleanFilter("test", "Test samples, or training samples."),
        ChoiceFilter("type", tuple(Sample.Type.values), "Samples of this type."),
        ChoiceFilter("state", tuple(Sample.State.values), "Samples in this state of labelling."),
        IdFilter("image", "sample_images__image_id", "Samples that hold this image."),
        IdFilter("object", "sample_objects__detection_object_id", "Samples that hold this object."),
        RelatedIdFilter(
            "detection_label",
            SampleObject.objects.all(),
            "detection_object__label",
            "sample",
            "Samples with an object of this label.",
        ),
        RelatedIdFilter(
            "has_value", GIVEN, "variable", "sample", "Samples with a value of this variable."
        ),
        Missing("missing_value", "Samples of its dataset without a value of this variable."),
        ExistsFilter(
            "invalid", INVALID, "sample", "Samples with a value that a later rule broke, or others."
        ),
        ExistsFilter(
            "has_images", SampleImage.objects.all(), "sample", "Samples with images, or without."
        ),
        *created_filters(),
        Changed(
            "updated_after", "Samples that changed, or whose values did, at or after this time."
        ),
        Changed("updated_before", "Samples that did not change since this time."),
    )
    immutable_fields = ("dataset",)

    def rows(self) -> QuerySet[Sample]:
        samples = Sample.objects.visible_to(self.member)
        return sample_rows(samples, whole=self.action != "list")

    def filter_rows(self, rows: Any) -> QuerySet[Sample]:
        """Also by values, as the gallery's address says it: `v.grade.min=7`, with the dataset named."""
        params = self.request.query_params
        given = {key: str(text) for key, text in params.items() if key.startswith(PREFIX)}
        rows = super().filter_rows(rows)
        if not given:
            return rows
        if not params.get("dataset"):
            raise ValidationError({"dataset": ["Name the dataset whose values are meant."]})
        variables = Variable.objects.visible_to(self.member).filter(
            dataset=parse_id(params["dataset"])
        )
        found = read_filter(given, list(variables))
        if found.problems:
            raise ValidationError({"v": list(found.problems)})
        return found.apply_deep(rows)

    @property
    def include(self) -> frozenset[str]:
        """What `?include=` asks for; ValidationError for something unknown."""
        asked = {part.strip() for part in self.request.query_params.get("include", "").split(",")}
        unknown = sorted(asked - {""} - set(INCLUDES))
        if unknown:
            known = ", ".join(INCLUDES)
            raise ValidationError({"include": [f"Choose among: {known}; not {unknown[0]}."]})
        return frozenset(asked - {""})

    def serialize(self, row: Sample) -> dict[str, Any]:
        return sample_detail(row, host=self.host, include=self.include)

    def serialize_rows(self, rows: list[Sample]) -> list[dict[str, Any]]:
        return drawn_samples(rows, host=self.host, include=self.include)

    def create_row(self, data: dict[str, Any]) -> Sample:
        return actions.create_sample(data.pop("dataset"), by=self.user, **data)

    def change_row(self, row: Sample, data: dict[str, Any]) -> None:
        actions.update_sample(row, by=self.user, **data)

    def remove_row(self, row: Sample) -> None:
        actions.remove_sample(row, by=self.user)

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
