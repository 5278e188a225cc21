"""`/vlm/v2/sample/{id}/…`: the images, objects and values of one sample."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet, UUIDField
from django.http import Http404
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.accounts.given import GIVEN_MEMBER, visible_instances
from annotator.accounts.permissions import Action
from annotator.annotation.actions import submit_script_values
from annotator.annotation.models import AnswerValue
from annotator.api.views.base import ApiView
from annotator.compiled import CompiledQuery, Given
from annotator.datasets import actions
from annotator.datasets.models import Dataset, Origin, Sample, Variable, VariableValue
from annotator.datasets.serializers.fields import RowId, RowIds, WholeNumber
from annotator.datasets.serializers.sample_parts import (
    PartsReader,
    sample_images,
    sample_objects,
    value_row,
)
from annotator.datasets.serializers.samples import SampleImageShape, SampleObjectShape, ValueShape
from annotator.errors import BadInput
from annotator.images.models import DetectionObject, Image
from annotator.push.jobs import enqueue_push
from annotator.suggestions.actions import propose_script_values
from annotator.suggestions.models import Suggestion
from annotator.variables import unwrap

SAMPLE = CompiledQuery(
    lambda: (
        Sample.objects.visible_to(GIVEN_MEMBER).filter(pk=Given("sample", UUIDField())).order_by()
    )
)
DATASET = CompiledQuery(lambda: Dataset.objects.filter(pk=Given("dataset", UUIDField())).order_by())


class ImageIds(serializers.Serializer[Any]):
    """Images of the workspace."""

    image_ids = RowIds(lambda member: Image.objects.visible_to(member), noun="image")


class ObjectIds(serializers.Serializer[Any]):
    """Detection objects of the workspace."""

    detection_object_ids = RowIds(
        lambda member: DetectionObject.objects.visible_to(member).select_related("image"),
        noun="detection object",
    )


class Added(serializers.Serializer[Any]):
    """How many were added; those that were there already are not counted."""

    added = serializers.IntegerField()


class Removed(serializers.Serializer[Any]):
    """How many were removed."""

    removed = serializers.IntegerField()


class ValueWithRev(ValueShape):
    """The value as it now is, with the number of its revision."""

    rev = serializers.IntegerField()


class VariableId(serializers.Serializer[Any]):
    """A variable of the sample's dataset."""

    dataset_variable = RowId(lambda member: Variable.objects.visible_to(member), noun="variable")


class NewValue(VariableId):
    """A value, wrapped (`{"value": 8.5}`) or bare. `rev`: refuse it (409) unless this is the present one."""

    value = serializers.JSONField(allow_null=True)
    rev = WholeNumber(required=False, min_value=0)


class SampleParts(ApiView):
    """What is attached to one sample."""

    tag = "Samples"
    noun = "a sample"
    nouns = "samples"
    action_for = {
        "sample_images": Action.READ,
        "sample_objects": Action.READ,
        "add_images": Action.MANAGE_SAMPLES,
        "remove_images": Action.MANAGE_SAMPLES,
        "reorder_images": Action.MANAGE_SAMPLES,
        "add_objects": Action.MANAGE_SAMPLES,
        "remove_objects": Action.MANAGE_SAMPLES,
        "reorder_objects": Action.MANAGE_SAMPLES,
        "add_variable_value": Action.SET_VALUES,
        "remove_variable_value": Action.SET_VALUES,
    }
    body_serializers = {
        "add_images": ImageIds,
        "remove_images": ImageIds,
        "reorder_images": ImageIds,
        "add_objects": ObjectIds,
        "remove_objects": ObjectIds,
        "reorder_objects": ObjectIds,
        "add_variable_value": NewValue,
        "remove_variable_value": VariableId,
    }
    response_serializers = {
        "sample_images": SampleImageShape(many=True),
        "sample_objects": SampleObjectShape(many=True),
        "add_images": Added,
        "remove_images": Removed,
        "reorder_images": SampleImageShape(many=True),
        "add_objects": Added,
        "remove_objects": Removed,
        "reorder_objects": SampleObjectShape(many=True),
        "add_variable_value": ValueWithRev,
        "remove_variable_value": Removed,
    }

    def sample(self, pk: Any) -> Sample:
        """The sample of this id, 404 for one that the caller may not see."""
        samples = visible_instances(SAMPLE, self.member, sample=pk)
        if not samples:
            raise Http404
        [sample] = samples
        [sample.dataset] = DATASET.instances(dataset=sample.dataset_id)
        return sample

    def sample_images(self, request: Request, pk: Any) -> Response:
        """The sample's images in their order, as a bare list."""
        return self._images(self.sample(pk))

    def sample_objects(self, request: Request, pk: Any) -> Response:
        """The sample's detection objects in their order, as a bare list."""
        return self._objects(self.sample(pk))

    def add_images(self, request: Request, pk: Any) -> Response:
        """Append images; those that are there already stay where they are."""
        sample = self.sample(pk)
        images = self.validated_body()["image_ids"]
        return Response({"added": actions.add_images(sample, images, by=self.user)})

    def remove_images(self, request: Request, pk: Any) -> Response:
        """Take images out of the sample; the images stay in the workspace."""
        sample = self.sample(pk)
        ids = [image.pk for image in self.validated_body()["image_ids"]]
        return Response({"removed": actions.remove_images(sample, ids, by=self.user)})

    def reorder_images(self, request: Request, pk: Any) -> Response:
        """Give the images a new order: name each of them once. Answers the new list."""
        sample = self.sample(pk)
        ids = [image.pk for image in self.validated_body()["image_ids"]]
        actions.reorder_images(sample, ids, by=self.user)
        return self._images(sample)

    def add_objects(self, request: Request, pk: Any) -> Response:
        """Attach detection objects: at most ten in all, or none of them."""
        sample = self.sample(pk)
        objects = self.validated_body()["detection_object_ids"]
        return Response({"added": actions.add_objects(sample, objects, by=self.user)})

    def remove_objects(self, request: Request, pk: Any) -> Response:
        """Detach detection objects; the objects stay on their images."""
        sample = self.sample(pk)
        ids = [row.pk for row in self.validated_body()["detection_object_ids"]]
        return Response({"removed": actions.remove_objects(sample, ids, by=self.user)})

    def reorder_objects(self, request: Request, pk: Any) -> Response:
        """Give the detection objects a new order: name each of them once. Answers the new list."""
        sample = self.sample(pk)
        ids = [row.pk for row in self.validated_body()["detection_object_ids"]]
        actions.reorder_objects(sample, ids, by=self.user)
        return self._objects(sample)

    def add_variable_value(self, request: Request, pk: Any) -> Response:
        """Add or replace the value of one variable; null takes it away.

        Where the dataset has scripts' values reviewed, it goes into the caller's answer, which is
        submitted once every required value is there; `rev` is then the answer's. Where they are suggestions,
        it is proposed to whoever labels the sample, and `rev` is 0.
        """
        sample = self.sample(pk)
        data = self.validated_body()
        variable, value = data["dataset_variable"], data["value"]
        row = self._set(sample, variable, unwrap(value, variable.spec), rev=data.get("rev"))
        return Response({**value_row(row), "rev": row.rev})

    def _set(
        self, sample: Sample, variable: Variable, value: Any, *, rev: int | None = None
    ) -> VariableValue | AnswerValue:
        """Accept the value, propose it, or submit it for review, as the dataset says."""
        if sample.dataset.script_values_are_suggestions:
            return propose_script_values({(sample, variable): value}, by=self.user)[0]
        if sample.dataset.script_values_await_review:
            if variable.dataset_id != sample.dataset_id:
                raise BadInput(f"The variable {variable} belongs to another dataset.")
            revs = {} if rev is None else {variable: rev}
            rows = submit_script_values(sample, {variable: value}, by=self.user, expected_revs=revs)
            return rows[variable]
        row = actions.set_value(
            sample, variable, value, origin=Origin.API, by=self.user, expected_rev=rev
        )
        enqueue_push(sample)
        return row

    def remove_variable_value(self, request: Request, pk: Any) -> Response:
        """Take the value of one variable away; the history keeps it."""
        sample = self.sample(pk)
        variable = self.validated_body()["dataset_variable"]
        given = self._given(sample).filter(variable=variable)
        before = given.count()
        self._set(sample, variable, None)
        return Response({"removed": int(given.count() < before)})

    def _given(self, sample: Sample) -> QuerySet[Any]:
        """Where `_set` writes: accepted values, suggestions, or values of the caller's answer."""
        if sample.dataset.script_values_are_suggestions:
            return Suggestion.objects.open().filter(sample=sample)
        if sample.dataset.script_values_await_review:
            return AnswerValue.objects.filter(
                answer__sample=sample, answer__author=self.user, is_set=True
            )
        return sample.values.filter(is_set=True)

    def _images(self, sample: Sample) -> Response:
        return self._parts(sample, sample_images)

    def _objects(self, sample: Sample) -> Response:
        return self._parts(sample, sample_objects)

    def _parts(self, sample: Sample, read: PartsReader) -> Response:
        parts = read([sample.pk], str(self.member.workspace_id), self.host)
        return Response(parts.get(str(sample.pk), []))
