"""Pages of the room: what differs, one disagreement to judge, what was judged."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from annotator.accounts.permissions import Action, allow, may, member_of
from annotator.accounts.requests import HttpRequest
from annotator.annotation.work import seen_rev, uuid_or_none
from annotator.datasets.models import Dataset, Variable
from annotator.datasets.views.context import crumbs_to, dataset_of, dataset_page_context, link
from annotator.disagreements import actions, jobs
from annotator.disagreements.models import Comparison, Disagreement, Order, Verdict
from annotator.disagreements.queries import (
    Queue,
    approved_since,
    by_source,
    common_pairs,
    most_waiting,
    next_case,
    standings,
)
from annotator.errors import BadInput, WrongState
from annotator.htmx import render_part
from annotator.paging import keyset_page
from annotator.push.jobs import enqueue_push
from annotator.queueing import enqueue_on_commit
from annotator.suggestions.models import Source

PAGE = 50  # judged ones in a page


@require_safe
@allow(Action.REVIEW)
def overview(request: HttpRequest, dataset_id: uuid.UUID) -> HttpResponse:
    """How many disagreements wait by variable and source, the most common pairs of one, and the verdicts."""
    member, dataset = member_of(request), dataset_of(request, dataset_id)
    rows = standings(dataset, member)
    chosen = next((row for row in rows if row.query == _chosen_query(request)), None)
    if chosen is None:
        chosen = most_waiting(rows)
    comparison = Comparison.objects.visible_to(member).filter(dataset=dataset).first()
    context = {
        **dataset_page_context(request, dataset, tab="suggestions"),
        "crumbs": _crumbs(dataset),
        "comparison": comparison,
        "approved_since": approved_since(comparison) if comparison else 0,
        "standings": rows,
        "by_source": by_source(rows),
        "chosen": chosen,
        "pairs": common_pairs(chosen.variable, chosen.source) if chosen else [],
        "orders": Order.choices,
        "predict_url": link("predictions:new", dataset.pk) if may(member, Action.TRAIN) else "",
    }
    return render_part(
        request,
        "disagreements/overview.html",
        "disagreements/_overview.html",
        context,
        target="disagreements",
    )


def _chosen_query(request: HttpRequest) -> str:
    return urlencode({name: request.GET.get(name, "") for name in ("variable", "source")})


def _crumbs(dataset: Dataset) -> list[tuple[str, str]]:
    suggestions = reverse("suggestions:sources", args=[dataset.pk])
    return [*crumbs_to(dataset), (suggestions, "Suggestions")]


@require_POST
@allow(Action.REVIEW)
def compare(request: HttpRequest, dataset_id: uuid.UUID) -> HttpResponse:
    """Compare all suggestions with the accepted values anew."""
    dataset = dataset_of(request, dataset_id)
    comparison = actions.start_comparison(dataset, by=member_of(request).user)
    enqueue_on_commit(jobs.compare, comparison.pk)
    return redirect("disagreements:overview", dataset.pk)


@require_safe
@allow(Action.REVIEW)
def queue(request: HttpRequest, dataset_id: uuid.UUID) -> HttpResponse:
    """The first disagreement that waits. `past` was left for later, the verdict on `after` can be undone."""
    member, dataset = member_of(request), dataset_of(request, dataset_id)
    chosen = _queue(request, dataset)
    if chosen is None:
        return redirect("disagreements:overview", dataset.pk)
    past = _visible(request).filter(pk=_number(request, "past")).first()
    case = next_case(chosen, member, past=past)
    if case is None:
        messages.success(request, f"Nothing is left to judge of {chosen.variable.name} here.")
        return redirect(f"{reverse('disagreements:overview', args=[dataset.pk])}?{chosen.query}")
    mine = _visible(request).judged().filter(judged_by=member.user)
    context = {
        "dataset": dataset,
        "queue": chosen,
        "case": case,
        "panes": case.panes,
        "verdicts": list(Verdict),
        "after": mine.filter(pk=_number(request, "after")).first(),
    }
    return render(request, "disagreements/queue.html", context)


def _queue(request: HttpRequest, dataset: Dataset) -> Queue | None:
    """What the address names, else that with the most, None without any; 404 for what is not there."""
    if "variable" not in request.GET:
        most = most_waiting(standings(dataset, member_of(request)))
        return Queue(dataset, most.variable, most.source) if most and most.waiting else None
    variables = Variable.objects.visible_to(member_of(request)).filter(dataset=dataset)
    wanted = uuid_or_none(request.GET.get("variable", ""))
    sources = Source.objects.visible_to(member_of(request))
    order = request.GET.get("order", "")
    return Queue(
        dataset,
        get_object_or_404(variables, pk=wanted),
        get_object_or_404(sources, pk=_number(request, "source")),
        Order(order) if order in Order.values else Order.SIZE,
        request.GET.get("pair", "")[:32],
    )


def _number(request: HttpRequest, name: str) -> int:
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else 0


def _visible(request: HttpRequest) -> Any:
    rows = Disagreement.objects.visible_to(member_of(request))
    return rows.select_related("sample__dataset", "variable", "source", "judged_by")


@require_POST
@allow(Action.REVIEW)
def judge(request: HttpRequest, disagreement_id: int) -> HttpResponse:
    """Keep a verdict and go on with the queue that the address names."""
    row = get_object_or_404(_visible(request), pk=disagreement_id)
    try:
        actions.judge(
            row,
            verdict=request.POST.get("verdict", ""),
            by=member_of(request).user,
            seen_rev=seen_rev(request.POST, "rev", default=-1),
        )
    except (BadInput, WrongState) as refusal:
        messages.error(request, f"{row.sample}: {refusal}")
        return _go_on(request, row)
    enqueue_push(row.sample)
    return _go_on(request, row, after=row.pk)


@require_POST
@allow(Action.REVIEW)
def take_back(request: HttpRequest, disagreement_id: int) -> HttpResponse:
    """Take my verdict back, then go on with the queue that the address names."""
    row = get_object_or_404(_visible(request), pk=disagreement_id)
    try:
        actions.take_back(row, by=member_of(request).user)
    except (BadInput, WrongState) as refusal:
        messages.error(request, f"{row.sample}: {refusal}")
    else:
        messages.success(request, f"{row.sample}: your verdict is taken back.")
        enqueue_push(row.sample)
    return _go_on(request, row)


def _go_on(request: HttpRequest, row: Disagreement, **added: int) -> HttpResponse:
    """To the queue that the address names, else to that of the row's variable and source."""
    dataset = row.sample.dataset
    queue = "variable" in request.GET and _queue(request, dataset)
    query = (queue or Queue(dataset, row.variable, row.source)).query
    url = reverse("disagreements:queue", args=[dataset.pk])
    return redirect(f"{url}?{query}{'&' if added else ''}{urlencode(added)}")


@require_safe
@allow(Action.REVIEW)
def judged(request: HttpRequest, dataset_id: uuid.UUID) -> HttpResponse:
    """What was judged, the latest first; `verdict` narrows it."""
    dataset = dataset_of(request, dataset_id)
    rows = _visible(request).of(dataset).judged()
    verdict = request.GET.get("verdict", "")
    if verdict in Verdict.values:
        rows = rows.filter(verdict=verdict)
    page = keyset_page(
        rows,
        order=("judged_at", "id"),
        cursor=request.GET.get("page"),
        size=PAGE,
        newest_first=True,
    )
    chosen = f"&verdict={verdict}" if verdict in Verdict.values else ""
    context = {
        **dataset_page_context(request, dataset, tab="suggestions"),
        "crumbs": [
            *_crumbs(dataset),
            (reverse("disagreements:overview", args=[dataset.pk]), "Disagreements"),
        ],
        "rows": page.rows,
        "verdicts": Verdict.choices,
        "verdict": verdict,
        "pager": {
            "previous_query": f"?page={page.previous_cursor}{chosen}"
            if page.previous_cursor
            else "",
            "next_query": f"?page={page.next_cursor}{chosen}" if page.next_cursor else "",
        },
    }
    return render(request, "disagreements/judged.html", context)
