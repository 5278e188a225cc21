"""The predictions of a version, with their pictures."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from annotator.accounts.permissions import Action, allow, member_of
from annotator.accounts.requests import HttpRequest
from annotator.training.prediction_pages import (
    DEEPEST_PAGE,
    OUTCOMES,
    CardPage,
    PredictionFilter,
    prediction_page,
)
from annotator.training.views.versions import version_crumb, version_crumbs, visible_version


@require_safe
@allow(Action.READ)
def predictions(request: HttpRequest, version_id: str) -> HttpResponse:
    """The test samples with truth beside prediction, narrowed by variable and outcome."""
    version = visible_version(request, version_id)
    variables = [row["name"] for row in version.metrics.get("variables", [])]
    narrowed = PredictionFilter.read(request.GET.dict(), variables)
    page = prediction_page(version, member_of(request), narrowed, number=page_number(request))
    context = {
        "crumbs": [*version_crumbs(version), version_crumb(version)],
        "version": version,
        "variables": variables,
        "outcomes": [(key, label) for key, (label, _) in OUTCOMES.items()],
        "narrowed": narrowed,
        "page": page,
        "pager": pager(request, page),
    }
    return render(request, "training/predictions.html", context)


def page_number(request: HttpRequest) -> int:
    """From the query string: 1 to DEEPEST_PAGE; 1 for what cannot be read."""
    text = request.GET.get("page", "")
    return min(max(int(text), 1), DEEPEST_PAGE) if text.isdecimal() and len(text) < 7 else 1


def pager(request: HttpRequest, page: CardPage[Any]) -> dict[str, Any]:
    """What `parts/_pager.html` needs."""
    return {
        "shown": page.shown,
        "total": None,
        "previous_query": _query(request, page.number - 1) if page.number > 1 else "",
        "next_query": _query(request, page.number + 1) if page.has_next else "",
    }


def _query(request: HttpRequest, number: int) -> str:
    params = request.GET.copy()
    params["page"] = str(number)
    return f"?{params.urlencode()}"
