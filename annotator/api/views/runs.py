"""`/vlm/v2/run/`: trainings, their curves and what they predicted. Our own addition to the platform's API."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.db.models import F, QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.accounts.permissions import Action
from annotator.api.filters import choice_filter, created_filters, id_filter
from annotator.api.pagination import NumberedPagination
from annotator.api.views.base import ResourceViewSet
from annotator.training import actions, jobs
from annotator.training.models import TrainingRun
from annotator.training.predictions import read_predictions
from annotator.training.serializers import RunDetail, run_row


class CurveShape(serializers.Serializer[Any]):
    """Every curve of a run."""

    curves = serializers.DictField(
        child=serializers.ListField(child=serializers.ListField(child=serializers.FloatField())),
        help_text="[[step, value], …] by the curve's name.",
    )


class PredictionsShape(serializers.Serializer[Any]):
    """A page of a run's predictions, one per test sample: docs/training.md#predictions."""

    count = serializers.IntegerField()
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = serializers.ListField(child=serializers.DictField())


class Runs(ResourceViewSet):
    """Trainings: those that go on, and those that have ended."""

    tag = "Runs"
    noun = "a run"
    nouns = "runs"
    action_for = {
        "list": Action.READ,
        "retrieve": Action.READ,
        "curve": Action.READ,
        "predictions": Action.READ,
        "cancel": Action.TRAIN,
        "end_early": Action.TRAIN,
        "resume": Action.TRAIN,
    }
    serializer_class = RunDetail
    response_serializers = {
        "curve": CurveShape,
        "predictions": PredictionsShape,
        "cancel": RunDetail,
        "end_early": RunDetail,
        "resume": RunDetail,
    }
    filters = (
        id_filter("task", "task_id", "Runs of this task."),
        choice_filter("state", TrainingRun.State.values, "Runs in this state."),
        *created_filters(),
    )
    orders = ("created",)

    def rows(self) -> QuerySet[TrainingRun]:
        runs = TrainingRun.objects.visible_to(self.member).select_related("task")
        return runs.prefetch_related("versions").annotate(created_at=F("requested_at"))

    def serialize(self, row: TrainingRun) -> dict[str, Any]:
        return run_row(row)

    def curve(self, request: Request, pk: Any) -> Response:
        """The curves of the run so far."""
        curves: dict[str, list[list[float]]] = {}
        for metric in self.get_row(pk).metrics.order_by("step", "id"):
            curves.setdefault(metric.name, []).append([metric.step, metric.value])
        return Response({"curves": curves})

    def predictions(self, request: Request, pk: Any) -> Response:
        """What the run's version predicted for the test samples; empty without a version."""
        version = self.get_row(pk).versions.first()
        pages = NumberedPagination()
        page = pages.paginate_queryset(read_predictions(version) if version else [], request)
        return pages.get_paginated_response([asdict(prediction) for prediction in page or []])

    def cancel(self, request: Request, pk: Any) -> Response:
        """Ask the run to stop. 409 for one that has ended, or that a remote does."""
        actions.cancel(self.get_row(pk), by=self.user)
        return self.retrieve(request, pk)

    def end_early(self, request: Request, pk: Any) -> Response:
        """Ask the run to stop training, then to evaluate and keep what there is."""
        actions.end_early(self.get_row(pk), by=self.user)
        return self.retrieve(request, pk)

    def resume(self, request: Request, pk: Any) -> Response:
        """Let a failed or cancelled run go on from its newest checkpoint. 409 without one."""
        run = self.get_row(pk)
        actions.resume(run, by=self.user)
        jobs.enqueue_run(run)
        return self.retrieve(request, pk)
