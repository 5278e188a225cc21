"""Pages of the room: the gold samples of a dataset with how people answer them, and how people are tested."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotator.accounts.models import User
from annotator.accounts.permissions import Action, allow, may, member_of
from annotator.annotation import actions
from annotator.datasets.actions import mark_gold, unmark_gold
from annotator.datasets.models import Dataset, Sample, Variable
from annotator.datasets.views.context import crumbs_to, dataset_of, dataset_page_context
from annotator.datasets.views.many import back_to_gallery, selected_samples
from annotator.gold.forms import GoldForm


@require_safe
@allow(Action.READ_GOLD)
def gold(request: HttpRequest, dataset_id: UUID) -> HttpResponse:
    """Who is paused, how people answer, and the gold samples with what is known of them."""
    from annotator.gold.queries import (  # loads NumPy
        gold_samples,
        held_up,
        person_scores,
        score_chart,
    )

    dataset, member = dataset_of(request, dataset_id), member_of(request)
    variables = Variable.objects.asked_in(dataset)
    scores = person_scores(dataset, variables, member)
    samples, page = gold_samples(dataset, variables, cursor=request.GET.get("after"))
    context = {
        **_context(request, dataset),
        "held_up": held_up(dataset, member),
        "variables": variables,
        "scores": scores,
        "chart": score_chart(scores),
        "samples": samples,
        "pager": {
            "previous_query": f"?after={page.previous_cursor}" if page.previous_cursor else "",
            "next_query": f"?after={page.next_cursor}" if page.next_cursor else "",
        },
    }
    return render(request, "gold/gold.html", context)


def _context(request: HttpRequest, dataset: Dataset) -> dict[str, Any]:
    return {
        **dataset_page_context(request, dataset, tab="gold"),
        "crumbs": crumbs_to(dataset),
        "number": Sample.objects.in_dataset(dataset).filter(is_gold=True).count(),
        "can_manage_gold": may(member_of(request), Action.MANAGE_GOLD),
    }


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.MANAGE_GOLD)
def settings(request: HttpRequest, dataset_id: UUID) -> HttpResponse:
    """When people are tested, and what follows."""
    dataset = dataset_of(request, dataset_id)
    context = _context(request, dataset)
    form = GoldForm(request.POST or None, dataset=dataset, gold=context["number"])
    if request.method == "POST" and form.is_valid():
        form.save(by=member_of(request).user)
        messages.success(request, "Saved.")
        return redirect("gold:gold", dataset.pk)
    status = 422 if request.method == "POST" else 200
    return render(request, "gold/settings.html", {**context, "form": form}, status=status)


@require_POST
@allow(Action.MANAGE_GOLD)
def mark(request: HttpRequest, dataset_id: UUID) -> HttpResponse:
    """Mark the picked samples, or all in the filter, as gold; with `unmark` they are none any more."""
    dataset, by = dataset_of(request, dataset_id), member_of(request).user
    samples = selected_samples(request, dataset)
    if "unmark" in {request.POST.get("all"), request.POST.get("picked")}:
        number = unmark_gold(dataset, samples, by=by)
        messages.success(request, f"No longer gold: {number:,}.")
        return redirect("gold:gold", dataset.pk)
    if number := mark_gold(dataset, samples, by=by):
        messages.success(request, f"{number:,} marked as gold: their values are the known answer.")
    else:
        messages.warning(request, "None was marked: gold is made of approved samples with values.")
    return back_to_gallery(request, dataset)


@require_POST
@allow(Action.MANAGE_GOLD)
def let_go_on(request: HttpRequest, dataset_id: UUID, user_id: int) -> HttpResponse:
    """Lift a person's pause, or let them work without having qualified."""
    dataset = dataset_of(request, dataset_id)
    people = User.objects.filter(memberships__workspace=dataset.workspace_id)
    user = get_object_or_404(people, pk=user_id)
    actions.let_go_on(dataset, user, by=member_of(request).user)
    messages.success(request, f"{user.display_name} can go on.")
    return redirect("gold:gold", dataset.pk)
