"""Many suggestions at once: what would be accepted, the job that does it, its undo."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotator.accounts.permissions import Action, allow, may, member_of
from annotator.accounts.requests import HttpRequest
from annotator.datasets.models import Dataset
from annotator.datasets.views.context import crumbs_to
from annotator.errors import BadInput, NotPermitted
from annotator.htmx import render_part
from annotator.queueing import enqueue_on_commit
from annotator.review import actions, jobs
from annotator.review.acceptances import acceptance_preview
from annotator.review.models import Acceptance
from annotator.ui.refusals import refusal_as_message

Mode = Acceptance.Mode


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.LABEL)
def accept(request: HttpRequest, dataset_id: uuid.UUID) -> HttpResponse:
    """The suggestions that the filter in the address means, with 20 examples; a POST accepts them."""
    member = member_of(request)
    dataset = get_object_or_404(Dataset.objects.visible_to(member), pk=dataset_id)
    modes = [Mode.REVIEW, *([Mode.ACCEPTED] if may(member, Action.SET_VALUES) else [])]
    filter_ = request.GET.urlencode()
    problem = ""
    if request.method == "POST":
        if request.POST.get("mode") == Mode.ACCEPTED and Mode.ACCEPTED not in modes:
            raise NotPermitted("Your role does not allow this: accept values past the review.")
        try:
            acceptance = actions.accept_many(
                dataset, filter=filter_, mode=request.POST.get("mode", ""), by=member.user
            )
        except BadInput as refusal:
            problem = str(refusal)
        else:
            enqueue_on_commit(jobs.accept, str(acceptance.pk))
            return redirect("review:acceptance", acceptance.pk)
    context = _preview(dataset, filter_, member.user)
    context |= {"modes": modes, "problem": problem or context["problem"], "dataset": dataset}
    status = 422 if request.method == "POST" else 200
    return render(request, "review/accept.html", context, status=status)


def _preview(dataset: Dataset, filter_: str, user: Any) -> dict[str, Any]:
    gallery = reverse("datasets:gallery", args=[dataset.pk])
    context: dict[str, Any] = {
        "crumbs": crumbs_to(dataset),
        "gallery_url": f"{gallery}?{filter_}",
        "preview": None,
        "problem": "",
    }
    try:
        context["preview"] = acceptance_preview(dataset, filter_, by=user)
    except BadInput as refusal:
        context["problem"] = str(refusal)
    return context


def visible_acceptance(request: HttpRequest, acceptance_id: uuid.UUID) -> Acceptance:
    """One of the current workspace, else 404."""
    rows = Acceptance.objects.visible_to(member_of(request))
    return get_object_or_404(rows.select_related("dataset__workspace"), pk=acceptance_id)


@require_safe
@allow(Action.LABEL)
def acceptance(request: HttpRequest, acceptance_id: uuid.UUID) -> HttpResponse:
    """How far the job is, and its undo."""
    row = visible_acceptance(request, acceptance_id)
    context = {
        "acceptance": row,
        "dataset": row.dataset,
        "crumbs": crumbs_to(row.dataset),
        "can_undo": not row.is_active and row.state != row.State.UNDONE and _may_undo(request, row),
    }
    return render_part(
        request, "review/acceptance.html", "review/_acceptance.html", context, target="acceptance"
    )


def _may_undo(request: HttpRequest, row: Acceptance) -> bool:
    """The person who started it, and whoever may set values past the review."""
    member = member_of(request)
    return row.started_by_id == member.user_id or may(member, Action.SET_VALUES)


@require_POST
@allow(Action.LABEL)
def undo_acceptance(request: HttpRequest, acceptance_id: uuid.UUID) -> HttpResponse:
    """Take back all that the job accepted and nobody has reviewed or changed since."""
    row = visible_acceptance(request, acceptance_id)
    if not _may_undo(request, row):
        raise NotPermitted("Only the person who accepted these, or a reviewer, can undo that.")
    with refusal_as_message(request):
        actions.undo_acceptance(row, by=member_of(request).user)
        enqueue_on_commit(jobs.accept, str(row.pk))
    return redirect("review:acceptance", row.pk)
