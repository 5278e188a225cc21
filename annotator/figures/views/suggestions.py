"""The page that says whether suggestions help, and its figures as a file."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from annotator.accounts.permissions import Action, allow, member_of
from annotator.accounts.requests import HttpRequest
from annotator.datasets.views.context import crumbs_to, dataset_of, dataset_page_context
from annotator.figures import jobs
from annotator.figures import suggestions as helping
from annotator.figures.decided import (
    MOST_ANSWERS,
    Decided,
    decided_in,
    decisions_of,
    key_of,
    make_decisions,
)
from annotator.figures.views.agreement import csv_response
from annotator.kept import needs_job
from annotator.queueing import enqueue_on_commit


@require_safe
@allow(Action.READ_OTHERS_ANSWERS)
def suggestions(request: HttpRequest, dataset_id: uuid.UUID) -> HttpResponse:
    """Whether suggestions help: acceptance, calibration, what they save, and whether they seduce."""
    dataset = dataset_of(request, dataset_id)
    decisions = decisions_of(dataset)
    if needs_job(key_of(dataset), decisions):
        enqueue_on_commit(jobs.make_decisions, str(dataset.pk))
    context = {
        **dataset_page_context(request, dataset, tab="suggestions"),
        "crumbs": [
            *crumbs_to(dataset),
            (reverse("suggestions:sources", args=[dataset.pk]), "Suggestions"),
        ],
        "decisions": decisions,
        "most": MOST_ANSWERS,
        "blind_percent": dataset.blind_percent,
    }
    if decisions is not None:
        decided = decided_in(dataset, decisions, member_of(request))
        context |= {**_figures(request, decided), "efforts": decisions.efforts}
    return render(request, "figures/suggestions.html", context)


def _figures(request: HttpRequest, decided: list[Decided]) -> dict[str, Any]:
    """Of all sources, or of the one that the address names."""
    sources = sorted({each.source for each in decided}, key=lambda each: -each.pk)
    wanted = request.GET.get("source", "")
    of_source = next((each for each in sources if str(each.pk) == wanted), None)
    chosen = [each for each in decided if of_source in {None, each.source}]
    shown, blind = (helping.calibration(chosen, blind=is_blind) for is_blind in (False, True))
    return {
        "acceptances": helping.acceptances(decided),
        "sources": sources,
        "source": of_source,
        "bins": [("Shown", shown), ("Answered blind", blind)],
        "chart": helping.calibration_chart(shown, blind),
        "anchorings": helping.anchorings(chosen),
    }


@require_safe
@allow(Action.READ_OTHERS_ANSWERS)
def suggestions_csv(request: HttpRequest, dataset_id: uuid.UUID) -> StreamingHttpResponse:
    """All figures of `suggestions` as a file."""
    dataset = dataset_of(request, dataset_id)
    decisions = decisions_of(dataset) or make_decisions(dataset)
    decided = decided_in(dataset, decisions, member_of(request))
    rows = helping.csv_rows(decided, decisions.efforts)
    return csv_response("suggestions.csv", helping.HEADER, rows)
