"""Pages of the room: the sources of a dataset's suggestions, and the file that brings new ones."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from annotator.accounts.permissions import Action, allow, may, member_of
from annotator.datasets.models import Dataset
from annotator.datasets.views.context import dataset_of, dataset_page_context, link
from annotator.errors import BadInput
from annotator.suggestions.forms import FileForm
from annotator.suggestions.queries import source_counts


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.SET_VALUES)
def suggestions(request: HttpRequest, dataset_id: UUID) -> HttpResponse:
    """The sources of the dataset's suggestions, and a form for a file with more."""
    dataset = dataset_of(request, dataset_id)
    form = FileForm(request.POST or None, request.FILES or None)
    report = None
    if form.is_valid():
        try:
            report = form.save(member_of(request).workspace, dataset)
        except BadInput as refusal:
            form.add_error("file", str(refusal))
    context = {**_context(request, dataset), "form": form, "report": report}
    status = 422 if request.method == "POST" and report is None else 200
    return render(request, "suggestions/sources.html", context, status=status)


def _context(request: HttpRequest, dataset: Dataset) -> dict[str, Any]:
    member = member_of(request)
    context = dataset_page_context(request, dataset, tab="suggestions")
    context["crumbs"] = [
        *context["crumbs"],
        (reverse("datasets:gallery", args=[dataset.pk]), dataset.name),
    ]
    return {
        **context,
        "sources": source_counts(dataset, member),
        "variables": list(dataset.variables.live()),
        "predict_url": link("predictions:new", dataset.pk) if may(member, Action.TRAIN) else "",
    }
