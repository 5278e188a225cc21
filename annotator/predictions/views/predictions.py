"""Predictions: start, show, cancel, resume."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotator.accounts.permissions import Action, allow, may, member_of
from annotator.datasets.models import Dataset
from annotator.datasets.views.context import crumbs_to, dataset_of
from annotator.errors import BadInput
from annotator.htmx import render_part
from annotator.predictions import actions, jobs
from annotator.predictions.forms import PredictionForm
from annotator.predictions.models import Prediction
from annotator.predictions.queries import trial_answers
from annotator.ui.refusals import refusal_as_message


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.TRAIN)
def new(request: HttpRequest, dataset_id: UUID) -> HttpResponse:
    """Choose a model and the samples it predicts for; `filter` and `model` may be preset in the address."""
    dataset = dataset_of(request, dataset_id)
    member = member_of(request)
    form = PredictionForm(
        request.POST or None,
        dataset=dataset,
        member=member,
        initial={name: request.GET[name] for name in ("filter", "model") if name in request.GET},
    )
    if form.is_valid():
        try:
            prediction = form.save(by=member.user, is_trial="trial" in request.POST)
        except BadInput as refusal:
            form.add_error(None, str(refusal))
        else:
            jobs.enqueue(prediction)
            return redirect("predictions:show", prediction.pk)
    rows = Prediction.objects.visible_to(member).filter(dataset=dataset)
    context = {
        "dataset": dataset,
        "crumbs": crumbs(dataset),
        "form": form,
        "can_edit": may(member, Action.MANAGE_REMOTES),
        "predictions": rows.select_related("version__task", "endpoint")[:20],
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "predictions/new.html", context, status=status)


def crumbs(dataset: Dataset) -> list[tuple[str, str]]:
    """The way to the dataset's suggestions."""
    return [
        *crumbs_to(dataset),
        (reverse("suggestions:sources", args=[dataset.pk]), "Suggestions"),
    ]


def visible_prediction(request: HttpRequest, prediction_id: UUID) -> Prediction:
    """A prediction of the current workspace, else 404."""
    rows = Prediction.objects.visible_to(member_of(request))
    related = ("dataset__workspace", "version__task", "endpoint", "requested_by")
    return get_object_or_404(rows.select_related(*related), pk=prediction_id)


@require_safe
@allow(Action.TRAIN)
def show(request: HttpRequest, prediction_id: UUID) -> HttpResponse:
    """One prediction: its progress and its counts."""
    prediction = visible_prediction(request, prediction_id)
    context: dict[str, Any] = {
        "crumbs": crumbs(prediction.dataset),
        "dataset": prediction.dataset,
        "prediction": prediction,
        "model": prediction.version or prediction.endpoint,
        "answers": trial_answers(prediction),
    }
    return render_part(
        request, "predictions/show.html", "predictions/_progress.html", context, target="prediction"
    )


@require_POST
@allow(Action.TRAIN)
def cancel(request: HttpRequest, prediction_id: UUID) -> HttpResponse:
    """Stop it; what it has suggested stays."""
    prediction = visible_prediction(request, prediction_id)
    with refusal_as_message(request):
        actions.cancel(prediction, by=member_of(request).user)
    return redirect("predictions:show", prediction.pk)


@require_POST
@allow(Action.TRAIN)
def resume(request: HttpRequest, prediction_id: UUID) -> HttpResponse:
    """Let it go on where it stopped."""
    prediction = visible_prediction(request, prediction_id)
    with refusal_as_message(request):
        actions.resume(prediction, by=member_of(request).user)
        jobs.enqueue(prediction)
    return redirect("predictions:show", prediction.pk)
