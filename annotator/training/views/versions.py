"""Model versions: show, download, put into production."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.text import slugify
from django.views.decorators.http import require_POST, require_safe

from annotator.accounts.permissions import Action, allow, may, member_of
from annotator.accounts.requests import HttpRequest
from annotator.training import actions, queries
from annotator.training.card import card_of_version
from annotator.training.models import ModelVersion, TrainingRun
from annotator.ui.refusals import refusal_as_message


def visible_version(request: HttpRequest, version_id: str) -> ModelVersion:
    """A version of the current workspace, else 404."""
    versions = ModelVersion.objects.visible_to(member_of(request))
    return get_object_or_404(
        versions.select_related("task", "task__workspace", "run"), pk=version_id
    )


def version_crumbs(version: ModelVersion) -> list[tuple[str, str]]:
    """The way to the version's task."""
    return [
        (reverse("training:tasks"), "Tasks"),
        (reverse("training:task", args=[version.task_id]), version.task.name),
    ]


def version_crumb(version: ModelVersion) -> tuple[str, str]:
    """The way to the version itself."""
    return reverse("training:version", args=[version.pk]), f"Version {version.version}"


def version_card(version: ModelVersion) -> dict[str, Any]:
    """The card for the page: objects and lists as texts."""
    card = card_of_version(version)
    if not card:
        return {}
    machine = card["machine"]
    return {
        **card,
        "machine": [(key, value) for key, value in machine.items() if key != "libraries"],
        "libraries": list(machine.get("libraries", {}).items()),
        "phases": [
            (TrainingRun.State(name).label, seconds)
            for name, seconds in card["times"].get("phases", {}).items()
        ],
        "params": [
            (key.replace("_", " "), queries.display(v)) for key, v in card["params"].items()
        ],
    }


@require_safe
@allow(Action.READ)
def show(request: HttpRequest, version_id: str) -> HttpResponse:
    """The evaluation of the version, variable by variable, and its worst predictions."""
    version = visible_version(request, version_id)
    figures = queries.variable_figures(version)
    variable = request.GET.get("variable", "")
    context = {
        "crumbs": version_crumbs(version),
        "version": version,
        "task": version.task,
        "card": version_card(version),
        "figures": figures,
        "bars": queries.score_bars(figures),
        "variable": variable,
        "wrong": queries.worst_predictions(version, member_of(request), variable=variable),
        "has_others": version.task.versions.exclude(pk=version.pk).exists(),
        "is_production": version.task.production_version == version.version,
        "can_deploy": may(member_of(request), Action.TRAIN),
        "can_download": may(member_of(request), Action.EXPORT) and bool(version.archive),
    }
    return render(request, "training/version.html", context)


@require_safe
@allow(Action.EXPORT)
def download(request: HttpRequest, version_id: str) -> HttpResponseBase:
    """The archive."""
    version = visible_version(request, version_id)
    path = Path(settings.MODELS_ROOT) / version.archive
    if not version.archive or not path.exists():
        raise Http404("This version has no archive on this server.")
    name = f"{slugify(version.task.name) or 'model'}-{version.version}.zip"
    return FileResponse(path.open("rb"), as_attachment=True, filename=name)


@require_POST
@allow(Action.TRAIN)
def production(request: HttpRequest, version_id: str) -> HttpResponse:
    """Make it the production version, with a reason; or pin it, or no longer."""
    version = visible_version(request, version_id)
    with refusal_as_message(request):
        actions.put_into_production(
            version,
            by=member_of(request).user,
            reason=request.POST.get("reason", ""),
            pinned="pinned" in request.POST,
        )
        messages.success(request, f"Version {version.version} is in production now.")
    return redirect("training:version", version.pk)
