"""Pages of the room: the sources of a dataset's suggestions, and the file that brings new ones."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from annotator.accounts.models import Membership
from annotator.accounts.permissions import Action, allow, may, member_of
from annotator.datasets.models import Dataset
from annotator.datasets.views.context import crumbs_to, dataset_of, dataset_page_context, link
from annotator.errors import BadInput
from annotator.kept import needs_job
from annotator.queueing import enqueue_on_commit
from annotator.suggestions import jobs
from annotator.suggestions.counts import counts_in, key_of
from annotator.suggestions.forms import FileForm, FindForm
from annotator.suggestions.queries import sources_in


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


@require_safe
@allow(Action.SET_VALUES)
def find(request: HttpRequest, dataset_id: UUID) -> HttpResponse:
    """To the samples in the gallery that have the suggestions which the form describes."""
    dataset = dataset_of(request, dataset_id)
    form = _find_form(dataset, member_of(request), request.GET)
    if not form.is_valid():
        messages.error(request, "Choose a source, a variable and a confidence from 0 to 1.")
        return redirect("suggestions:sources", dataset.pk)
    query = urlencode(form.query())
    return redirect(f"{reverse('datasets:gallery', args=[dataset.pk])}?{query}")


def _find_form(dataset: Dataset, member: Membership, data: Any = None) -> FindForm:
    sources = sources_in(dataset, member)
    names = list(dataset.variables.live().values_list("name", flat=True))
    return FindForm(data, sources=sources, names=names)


def _context(request: HttpRequest, dataset: Dataset) -> dict[str, Any]:
    member = member_of(request)
    context = dataset_page_context(request, dataset, tab="suggestions")
    context["crumbs"] = crumbs_to(dataset)
    sources, variables = sources_in(dataset, member), list(dataset.variables.live())
    counts = counts_in(dataset)
    if needs_job(key_of(dataset), counts):
        enqueue_on_commit(jobs.count_sources, str(dataset.pk))
    find_form = FindForm(
        sources=sources,
        names=[variable.name for variable in variables],
        auto_id="find_%s",  # the file's form has a source too
    )
    return {
        **context,
        "sources": [(each, counts and counts.of(each)) for each in sources],
        "counts": counts,
        "variables": variables,
        "find_form": find_form,
        "disagreements_url": link("disagreements:overview", dataset.pk)
        if may(member, Action.REVIEW)
        else "",
        "figures_url": link("figures:suggestions", dataset.pk)
        if may(member, Action.READ_OTHERS_ANSWERS)
        else "",
        "predict_url": link("predictions:new", dataset.pk) if may(member, Action.TRAIN) else "",
    }
