"""The base models of this server."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from annotator.accounts.permissions import Action, allow
from annotator.accounts.requests import HttpRequest
from annotator.training.bases import bases, facts_of
from annotator.training.venv import missing

MB = 1e6


@require_safe
@allow(Action.READ)
def show(request: HttpRequest) -> HttpResponse:
    """What can be fine-tuned here, and how more comes."""
    rows = [
        {
            "base": base,
            "facts": (facts := facts_of(base)),
            "weights": f"{facts.weights / 1e6:,.0f} million",
            "size": f"{facts.bytes / MB:,.0f} MB",
            "missing": missing(base.extra),
        }
        for base in bases()
    ]
    context = {
        "crumbs": [(reverse("training:tasks"), "Tasks")],
        "rows": rows,
        "can_download": settings.BASE_DOWNLOADS,
    }
    return render(request, "training/bases.html", context)
