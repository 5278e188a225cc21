"""Skipped samples: back to labeling, or closed."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from annotator.accounts.permissions import Action, allow, may, member_of
from annotator.accounts.requests import HttpRequest
from annotator.annotation.work import uuid_or_none
from annotator.datasets.models import Dataset, Sample
from annotator.errors import BadInput
from annotator.review import actions
from annotator.review.skipped import PAGE, skipped_page

DECISIONS = {
    "label": (actions.label_again, "back to labeling"),
    "close": (actions.close, "closed"),
}


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.REVIEW)
def skipped(request: HttpRequest, dataset_id: uuid.UUID) -> HttpResponse:
    """The skipped samples of a dataset with the reasons; a POST decides about the ticked ones."""
    member = member_of(request)
    dataset = get_object_or_404(Dataset.objects.visible_to(member), pk=dataset_id)
    if request.method == "POST":
        return _decide(request, dataset)
    is_closed = "closed" in request.GET
    page, rows = skipped_page(member, dataset, cursor=request.GET.get("page"), is_closed=is_closed)
    kept = "closed=1&" if is_closed else ""
    context = {
        "dataset": dataset,
        "rows": rows,
        "is_closed": is_closed,
        "can_delete": may(member, Action.DELETE),
        "crumbs": [
            (f"{reverse('review:start')}?list=1", "Review"),
            (reverse("review:list", args=[dataset.pk]), dataset.name),
        ],
        "pager": {
            "previous_query": f"?{kept}page={page.previous_cursor}" if page.previous_cursor else "",
            "next_query": f"?{kept}page={page.next_cursor}" if page.next_cursor else "",
        },
    }
    return render(request, "review/skipped.html", context)


def _decide(request: HttpRequest, dataset: Dataset) -> HttpResponse:
    """Do what was chosen, `do`, with each of the ticked samples."""
    action, words = DECISIONS.get(request.POST.get("do", ""), (None, ""))
    if action is None:
        raise BadInput("Choose what becomes of the ticked samples.")
    member = member_of(request)
    ids = [uuid_or_none(text) for text in request.POST.getlist("sample")[:PAGE]]
    samples = Sample.objects.visible_to(member).filter(
        dataset=dataset, pk__in=[each for each in ids if each]
    )
    samples = samples.select_related("dataset__workspace").order_by("created_at", "id")
    done, refused = actions.each_of(samples, action, by=member.user)
    for reason in refused[:5]:
        messages.warning(request, reason)
    if done or not refused:
        messages.success(request, f"{done} sample{'' if done == 1 else 's'} {words}.")
    return redirect("review:skipped", dataset.pk)
