"""Deliveries: what was sent, what waits, what a person must decide."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from annotator.accounts.permissions import Action, allow, may, member_of
from annotator.datasets.models import Dataset
from annotator.htmx import render_part
from annotator.push import actions, jobs, queries
from annotator.push.models import Delivery
from annotator.queueing import enqueue_on_commit
from annotator.ui.refusals import refusal_as_message

HINTS = {
    "pending": "Sent by themselves, at most 25 samples a second. Only values of approved samples leave.",
    "confirmed": "Read back: the remote showed the value after it was sent. Accepted: it shows no values.",
    "parked": "Not tried again before somebody asks for it.",
    "conflict": "Changed here and on the remote since it was last seen. Nothing is sent before you choose.",
}


@require_safe
@allow(Action.SEE_SYNC)
def deliveries(request: HttpRequest) -> HttpResponseBase:
    """One state at a time, by dataset if wanted; while values wait, before and after are shown."""
    member = member_of(request)
    datasets = queries.mirrored_datasets(member)
    chosen = next((d for d in datasets if str(d.pk) == request.GET.get("dataset")), None)
    shown = [chosen] if chosen else datasets
    summary = queries.summary(shown)
    state = request.GET.get("state", "")
    if state not in Delivery.State.values:
        order = ("conflict", "parked", "pending", "confirmed")  # what needs a person comes first
        state = next((s for s in order if summary.counts[s]), "pending")
    page = queries.page_of(shown, state=state, cursor=request.GET.get("cursor"))
    context = {
        "datasets": datasets,
        "chosen": chosen,
        "summary": summary,
        "oldest_at": summary.oldest_at if state == Delivery.State.PENDING else None,
        "problems": queries.problems(shown) if state == Delivery.State.PARKED else [],
        "state": state,
        "is_conflicts": state == Delivery.State.CONFLICT,
        "is_confirmed": state == Delivery.State.CONFIRMED,
        "hint": HINTS[state],
        "tabs": _tabs(request, summary.counts, state),
        "deliveries": queries.delivery_rows(page.rows),
        "pager": _pager(request, page, summary.counts[state]),
        "paused": {d.remote for d in datasets if d.remote and not d.remote.is_active},
        "can_sync": may(member, Action.SYNC),
        "can_resolve": may(member, Action.REVIEW),
        "here_url": request.get_full_path(),
    }
    return render_part(
        request, "push/deliveries.html", "push/_deliveries.html", context, target="deliveries"
    )


@require_POST
@allow(Action.REVIEW)
def resolve(request: HttpRequest, delivery_id: Any) -> HttpResponseBase:
    """Choose one side of a conflict."""
    delivery = get_object_or_404(
        Delivery.objects.visible_to(member_of(request)).select_related(
            "dataset__workspace", "value_row__sample__dataset", "value_row__variable__dataset"
        ),
        pk=delivery_id,
    )
    choose = actions.take_theirs if request.POST.get("keep") == "theirs" else actions.keep_ours
    with refusal_as_message(request):
        choose(delivery, by=member_of(request).user)
        enqueue_on_commit(jobs.push_sample, str(delivery.value_row.sample_id))
    return _back(request)


@require_POST
@allow(Action.SYNC)
def retry(request: HttpRequest) -> HttpResponseBase:
    """Try again: one delivery, all that are parked for one reason, or all that are parked."""
    member = member_of(request)
    deliveries = Delivery.objects.visible_to(member)
    if dataset_id := request.POST.get("dataset"):
        datasets = Dataset.objects.visible_to(member)
        deliveries = deliveries.filter(dataset__in=[d for d in datasets if str(d.pk) == dataset_id])
    if delivery_id := request.POST.get("delivery"):
        deliveries = deliveries.filter(pk__in=[pk for pk in [_uuid(delivery_id)] if pk])
    elif problem := request.POST.get("problem"):
        deliveries = deliveries.filter(state=Delivery.State.PARKED, problem=problem)
    else:
        deliveries = deliveries.filter(state=Delivery.State.PARKED)
    number = actions.retry(
        deliveries,
        workspace=member.workspace,
        by=member.user,
        overwrite=request.POST.get("overwrite") == "yes",
    )
    messages.success(request, f"{number} deliveries are tried again.")
    enqueue_on_commit(jobs.sweep)
    return _back(request)


def _tabs(request: HttpRequest, counts: dict[str, int], here: str) -> list[dict[str, Any]]:
    tabs = []
    for state in Delivery.State:
        query = request.GET.copy()
        query.pop("cursor", None)
        query["state"] = state.value
        tabs.append(
            {
                "query": f"?{query.urlencode()}",
                "label": state.label,
                "count": counts[state.value],
                "is_here": state.value == here,
            }
        )
    return tabs


def _pager(request: HttpRequest, page: Any, total: int) -> dict[str, Any]:
    def query(cursor: str | None) -> str:
        if cursor is None:
            return ""
        kept = request.GET.copy()
        kept["cursor"] = cursor
        return f"?{kept.urlencode()}"

    return {
        "previous_query": query(page.previous_cursor),
        "next_query": query(page.next_cursor),
        "shown": f"{len(page.rows)} shown" if page.rows else "",
        "total": total,
    }


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _back(request: HttpRequest) -> HttpResponse:
    """To the tab and page that the form was on."""
    to = request.POST.get("next", "")
    if to and url_has_allowed_host_and_scheme(to, allowed_hosts={request.get_host()}):
        return HttpResponseRedirect(to)  # redirect() would take a word for the name of an address
    return redirect("push:deliveries")
