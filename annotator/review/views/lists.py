"""Many answers at once, and opening again what was approved."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotator.accounts.permissions import Action, allow, member_of
from annotator.accounts.requests import HttpRequest
from annotator.annotation.work import uuid_or_none
from annotator.datasets.models import Dataset, Sample
from annotator.push.jobs import sweep
from annotator.queueing import enqueue_on_commit
from annotator.review import actions
from annotator.review.queries import accepted_by_rule, answers_by_id, list_page
from annotator.review.returning import ReopenForm

MAX_ANSWERS = 200  # approved at once


@require_safe
@allow(Action.REVIEW)
def list_(request: HttpRequest, dataset_id: uuid.UUID) -> HttpResponse:
    """What awaits a verdict in one dataset, values as columns."""
    member = member_of(request)
    dataset = get_object_or_404(Dataset.objects.visible_to(member), pk=dataset_id)
    page = list_page(member, dataset, cursor=request.GET.get("page"))
    queue = reverse("review:start")
    context = {
        "dataset": dataset,
        "page": page,
        "crumbs": [(f"{queue}?list=1", "Review")],
        "result": _result(request, dataset) if "result" in request.GET else None,
    }
    return render(request, "review/list.html", context)


@require_safe
@allow(Action.REVIEW)
def by_rule(request: HttpRequest, dataset_id: uuid.UUID) -> HttpResponse:
    """What a rule accepted without a reviewer in one dataset, the newest first; each can be opened again."""
    member = member_of(request)
    dataset = get_object_or_404(Dataset.objects.visible_to(member), pk=dataset_id)
    context = {
        "dataset": dataset,
        "page": accepted_by_rule(member, dataset, cursor=request.GET.get("page")),
        "crumbs": [
            (f"{reverse('review:start')}?list=1", "Review"),
            (reverse("review:list", args=[dataset.pk]), dataset.name),
        ],
    }
    return render(request, "review/by_rule.html", context)


@require_POST
@allow(Action.REVIEW)
def approve_many(request: HttpRequest, dataset_id: uuid.UUID) -> HttpResponse:
    """Approve the ticked answers, each for itself, then show the result of each."""
    member = member_of(request)
    dataset = get_object_or_404(Dataset.objects.visible_to(member), pk=dataset_id)
    seen: dict[uuid.UUID, int] = {}
    for ticked in request.POST.getlist("answer")[:MAX_ANSWERS]:
        key, _, rev = ticked.partition(":")
        if (answer_id := uuid_or_none(key)) and rev.isascii() and rev.isdigit():
            seen[answer_id] = int(rev)
    answers = answers_by_id(member, dataset, seen)
    result = actions.approve_many([(answer, seen[answer.pk]) for answer in answers], by=member.user)
    if dataset.is_mirrored and result.approved:
        enqueue_on_commit(
            sweep
        )  # one job for all: a broker that is down must not be waited for a hundred times
    request.session["review-result"] = {
        "dataset": str(dataset.pk),
        "approved": len(result.approved),
        "failed": [(str(answer.pk), str(answer.sample), why) for answer, why in result.failed],
    }
    return redirect(f"{reverse('review:list', args=[dataset.pk])}?result=1")


def _result(request: HttpRequest, dataset: Dataset) -> dict[str, Any] | None:
    """What came of this person's last bulk approval here."""
    result = request.session.get("review-result")
    return result if result and result["dataset"] == str(dataset.pk) else None


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.REOPEN)
def reopen(request: HttpRequest, sample_id: uuid.UUID) -> HttpResponse:
    """Open an approved sample again, with a reason; a POST without one shows the form."""
    samples = Sample.objects.visible_to(member_of(request)).select_related("dataset__workspace")
    sample = get_object_or_404(samples, pk=sample_id)
    is_given = "reason" in request.POST
    form = ReopenForm(request.POST if is_given else None)
    if is_given and form.is_valid():
        user = member_of(request).user
        actions.reopen(sample, by=user, reason=form.cleaned_data["reason"])
        messages.success(request, f"{sample} is open again.")
        return redirect("datasets:sample", sample.pk)
    context = {
        "sample": sample,
        "form": form,
        "is_sent": sample.is_mirrored,
        "is_approved": sample.state == Sample.State.APPROVED,
        "crumbs": [(reverse("datasets:sample", args=[sample.pk]), str(sample))],
    }
    return render(request, "review/reopen.html", context, status=422 if is_given else 200)
