"""Model versions: how good, download, production."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.text import slugify
from django.views.decorators.http import require_POST, require_safe

from annotator.accounts.permissions import Action, allow, may, member_of
from annotator.training import actions, queries
from annotator.training.models import ModelVersion


def visible_version(request: HttpRequest, version_id: str) -> ModelVersion:
    """A version of the current workspace, else 404."""
    found = ModelVersion.objects.visible_to(member_of(request))
    return get_object_or_404(found.select_related("task", "task__workspace", "run"), pk=version_id)


@require_safe
@allow(Action.READ)
def version(request: HttpRequest, version_id: str) -> HttpResponse:
    """How good the version is, variable by variable, and where it was wrong."""
    found = visible_version(request, version_id)
    figures = queries.variable_figures(found)
    variable = request.GET.get("variable", "")
    context = {
        "crumbs": [
            (reverse("training:tasks"), "Tasks"),
            (reverse("training:task", args=[found.task_id]), found.task.name),
        ],
        "version": found,
        "task": found.task,
        "figures": figures,
        "bars": queries.score_bars(figures),
        "variable": variable,
        "wrong": queries.worst_predictions(found, member_of(request), variable=variable),
        "is_production": found.task.production_version == found.version,
        "can_deploy": may(member_of(request), Action.TRAIN),
        "can_download": may(member_of(request), Action.EXPORT) and bool(found.archive),
    }
    return render(request, "training/version.html", context)


@require_safe
@allow(Action.EXPORT)
def download(request: HttpRequest, version_id: str) -> HttpResponseBase:
    """The archive."""
    found = visible_version(request, version_id)
    path = Path(settings.MODELS_ROOT) / found.archive
    if not found.archive or not path.exists():
        raise Http404("This version has no archive here.")
    name = f"{slugify(found.task.name) or 'model'}-{found.version}.zip"
    return FileResponse(path.open("rb"), as_attachment=True, filename=name)


@require_POST
@allow(Action.TRAIN)
def production(request: HttpRequest, version_id: str) -> HttpResponse:
    """Make it the version in use."""
    found = visible_version(request, version_id)
    actions.put_into_production(found, by=member_of(request).user)
    messages.success(request, f"Version {found.version} is in production now.")
    return redirect("training:version", found.pk)
