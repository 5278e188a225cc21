"""How many people answer a sample of a dataset."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from annotator.accounts.permissions import Action, allow, member_of
from annotator.accounts.requests import HttpRequest
from annotator.annotation import jobs
from annotator.annotation.asking import AskingForm
from annotator.datasets.views.context import crumbs_to, dataset_of, dataset_page_context
from annotator.queueing import enqueue_on_commit


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.MANAGE_SCHEMA)
def asking(request: HttpRequest, dataset_id: uuid.UUID) -> HttpResponse:
    """How many people answer, what becomes of their answers, and when two values agree."""
    dataset = dataset_of(request, dataset_id)
    form = AskingForm(request.POST or None, dataset=dataset)
    if request.method == "POST" and form.is_valid():
        form.save(by=member_of(request).user)
        enqueue_on_commit(jobs.compare_complete, str(dataset.pk))
        messages.success(request, "Saved.")
        return redirect("annotation:asking", dataset.pk)
    context = {
        **dataset_page_context(request, dataset, tab="settings"),
        "crumbs": crumbs_to(dataset),
        "form": form,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "annotation/asking.html", context, status=status)
