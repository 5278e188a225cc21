"""`/vlm/v2/sample/`: the rows; what is attached to one is in `sample_parts.py`."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.accounts.permissions import Action
from annotator.api.filters import Id, OneOf, Search, YesNo
from annotator.api.views.base import Kind
from annotator.datasets import actions
from annotator.datasets.models import Sample
from annotator.datasets.serializers.samples import (
    INCLUDES,
    SampleRow,
    SampleShape,
    sample_detail,
    sample_row,
    sample_rows,
)


class Split(serializers.Serializer[Any]):
    """Which split the sample is in now."""

    id = serializers.UUIDField()
    test = serializers.BooleanField()


class Samples(Kind):
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
    shape = SampleShape
    row_shape = SampleRow
    answer_of = {"set_test": Split, "set_untest": Split}
    filters = (
        Search(),
        Id("dataset", "dataset_id", "Samples of this dataset."),
        YesNo("test", "Test samples, or training samples."),
        OneOf("type", tuple(Sample.Type.values), "Samples of this type."),
        OneOf("state", tuple(Sample.State.values), "Samples in this state of labelling."),
        Id("image", "sample_images__image_id", "Samples that hold this image."),
    )
    fixed = ("dataset",)

    def rows(self) -> QuerySet[Sample]:
        samples = Sample.objects.visible_to(self.member)
        return sample_rows(samples, include=self.include, whole=self.action != "list")

    @property
    def include(self) -> frozenset[str]:
        """What `?include=` asks for; ValidationError for something unknown."""
        asked = {part.strip() for part in self.request.query_params.get("include", "").split(",")}
        unknown = sorted(asked - {""} - set(INCLUDES))
        if unknown:
            known = ", ".join(INCLUDES)
            raise ValidationError({"include": [f"Choose among: {known}; not {unknown[0]}."]})
        return frozenset(asked - {""})

    def drawn(self, row: Sample) -> dict[str, Any]:
        return sample_detail(row, host=self.host, include=self.include)

    def drawn_rows(self, rows: list[Sample]) -> list[dict[str, Any]]:
        include, host = self.include, self.host
        return [sample_row(row, host=host, include=include) for row in rows]

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
        sample = self.found(pk)
        actions.set_test([sample], test=test, by=self.user)
        return Response({"id": sample.pk, "test": test})
