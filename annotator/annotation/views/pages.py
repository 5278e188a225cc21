"""The pages: what is left for me, one sample, the one after it."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotator.accounts.models import Membership
from annotator.accounts.permissions import Action, allow, member_of
from annotator.accounts.requests import HttpRequest
from annotator.annotation import actions
from annotator.annotation.gold import Standing, test_of
from annotator.annotation.queries import waiting
from annotator.annotation.views.work import (
    part_of,
    render_sample_page,
    sample_or_404,
    work_context,
)
from annotator.annotation.work import uuid_or_none
from annotator.datasets.models import Dataset


@require_safe
@allow(Action.LABEL)
def start(request: HttpRequest) -> HttpResponse:
    """The datasets in which something is left for me; straight in when there is one."""
    member = member_of(request)
    datasets = waiting(member)
    if len(datasets) == 1 and "list" not in request.GET:
        return redirect("annotation:next", datasets[0].dataset.pk)
    context = {"waiting": datasets, "left": sum(each.left for each in datasets)}
    return render(request, "annotation/start.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.LABEL)
def next_sample(request: HttpRequest, dataset_id: uuid.UUID) -> HttpResponse:
    """To my next sample. A POST holds it for me; a link only looks, and the page that opens holds it.

    Nor does a link make gold copies: who lacks them first sees how they stand, by a page whose button posts.
    """
    member = member_of(request)
    dataset = get_object_or_404(Dataset.objects.visible_to(member), pk=dataset_id)
    if request.method != "POST" and actions.lacks_gold(member, dataset):
        return redirect("annotation:standing", dataset.pk)
    excluded = uuid_or_none(request.POST.get("exclude", ""))
    return redirect(next_url(request, member, dataset, exclude_ids=[excluded] if excluded else []))


def next_url(request: HttpRequest, member: Membership, dataset: Dataset, **choice: Any) -> str:
    """The address of the next sample, or of the list when nothing is left here."""
    sample = actions.next_sample(member, dataset, hold=request.method == "POST", **choice)
    return sample_url(request, dataset, sample.pk if sample else None)


def sample_url(request: HttpRequest, dataset: Dataset, sample_id: uuid.UUID | None) -> str:
    """The address of a sample's page; without one, of the list, which says that nothing is left here.

    Who is paused or has to qualify is told how they stand.
    """
    if sample_id is not None:
        return reverse("annotation:sample", args=[sample_id])
    if test_of(member_of(request), dataset).standing != Standing.FREE:
        return reverse("annotation:standing", args=[dataset.pk])
    messages.success(request, f"Nothing is left for you in {dataset.name}.")
    return f"{reverse('annotation:start')}?list=1"


@require_safe
@allow(Action.LABEL)
def sample(request: HttpRequest, sample_id: uuid.UUID) -> HttpResponse:
    """One sample: its pictures, its form, and what will be trained."""
    after = uuid_or_none(request.GET.get("after", ""))
    context = work_context(request, sample_or_404(request, sample_id), after=after)
    return render_sample_page(request, context)


@require_POST
@allow(Action.LABEL)
def ahead(request: HttpRequest, dataset_id: uuid.UUID) -> HttpResponse:
    """The page part of the sample that comes next, leased to me; 204 when nothing is left.

    `exclude` names the sample that is open. The part offers to undo its submit.
    """
    member = member_of(request)
    dataset = get_object_or_404(Dataset.objects.visible_to(member), pk=dataset_id)
    current = uuid_or_none(request.POST.get("exclude", ""))
    coming = actions.claim_next(member, dataset, exclude_ids=[current] if current else [], ahead=1)
    if coming is None:
        return HttpResponse(status=204)
    return HttpResponse(part_of(request, coming, after=current, ahead=1))
