"""Pages of figures: how far people agree in a dataset, the samples behind a figure, the table as a file."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from annotator.accounts.permissions import Action, allow, may, member_of
from annotator.accounts.requests import HttpRequest
from annotator.annotation.work import uuid_or_none
from annotator.datasets.models import Dataset, Variable
from annotator.datasets.views.context import crumbs_to, dataset_of, dataset_page_context
from annotator.figures import jobs
from annotator.figures.given import MOST_SAMPLES, SHOWN, sample_rows
from annotator.figures.people import names_of
from annotator.kept import needs_job
from annotator.queueing import enqueue_on_commit
from annotator.ui.csv_lines import csv_lines

if TYPE_CHECKING:
    from annotator.figures.report import Report

PAIRS_SHOWN = 100  # those with most samples in common
HEADER = ["variable", "measure", "value", "low", "high", "samples"]


@require_safe
@allow(Action.READ_OTHERS_ANSWERS)
def agreement(request: HttpRequest, dataset_id: uuid.UUID) -> HttpResponse:
    """How far people agree, by variable, over time and between each pair."""
    from annotator.figures.report import pairs_in  # loads NumPy

    dataset = dataset_of(request, dataset_id)
    variables = Variable.objects.asked_in(dataset)
    report = report_in(dataset, variables)
    chosen = _chosen(request, variables)
    path = request.GET.get("path", "")
    context = {
        **_context(request, dataset, report),
        "agreements": report.agreements,
        "variables": variables,
        "chosen": chosen,
        "pairs": pairs_in(dataset, report, chosen, path)[:PAIRS_SHOWN] if chosen else [],
        "pairs_shown": PAIRS_SHOWN,
    }
    return render(request, "figures/agreement.html", context)


def report_in(dataset: Dataset, variables: list[Variable]) -> Report:
    """How far people agree, as it is kept; a job works it out anew where that takes long."""
    from annotator.figures.report import key_of, report_of  # loads NumPy

    report = report_of(dataset, variables)
    if needs_job(key_of(dataset), report):
        enqueue_on_commit(jobs.make_report, str(dataset.pk))
    return report


def _chosen(request: HttpRequest, variables: list[Variable]) -> Variable | None:
    """The variable that pairs are compared in: the first unless the address names one."""
    wanted = uuid_or_none(request.GET.get("variable", ""))
    named = [each for each in variables if each.pk == wanted]
    return next(iter(named or variables), None)


def _context(request: HttpRequest, dataset: Dataset, report: Report) -> dict[str, Any]:
    asking = reverse("annotation:asking", args=[dataset.pk])
    return {
        **dataset_page_context(request, dataset, tab="agreement"),
        "crumbs": crumbs_to(dataset),
        "report": report,
        "number": report.samples,
        "most": MOST_SAMPLES if report.is_cut else 0,
        "asking_url": asking if may(member_of(request), Action.MANAGE_SCHEMA) else "",
    }


@require_safe
@allow(Action.READ_OTHERS_ANSWERS)
def samples(request: HttpRequest, dataset_id: uuid.UUID, variable_id: uuid.UUID) -> HttpResponse:
    """The samples behind a figure, with what each person gave; `people=1-2`: of these two alone."""
    from annotator.figures.report import given_of  # loads NumPy

    dataset = dataset_of(request, dataset_id)
    variable = get_object_or_404(dataset.variables.live(), pk=variable_id)
    report, people = report_in(dataset, Variable.objects.asked_in(dataset)), _people(request)
    given = given_of(dataset, report)
    differing = request.GET.get("show") != "same"
    rows = sample_rows(given, variable, people=people, differing=differing)
    context = {
        **_context(request, dataset, report),
        "variable": variable,
        "rows": rows,
        "shown_at_most": SHOWN if len(rows) == SHOWN else 0,
        "differing": differing,
        "people": sorted(names_of(given.people.intersection(people)).values()),
        "people_query": f"&people={request.GET['people']}" if people else "",
    }
    return render(request, "figures/samples.html", context)


def _people(request: HttpRequest) -> list[int]:
    parts = request.GET.get("people", "").split("-")
    return [int(each) for each in parts if each.isascii() and each.isdigit() and len(each) < 12]


@require_safe
@allow(Action.READ_OTHERS_ANSWERS)
def agreement_csv(request: HttpRequest, dataset_id: uuid.UUID) -> StreamingHttpResponse:
    """The table of `agreement` as a file."""
    dataset = dataset_of(request, dataset_id)
    report = report_in(dataset, Variable.objects.asked_in(dataset))
    return csv_response("agreement.csv", HEADER, _csv_rows(report.agreements))


def csv_response(name: str, header: list[str], rows: Iterator[list[Any]]) -> StreamingHttpResponse:
    """A table as a file of this name, line by line."""
    lines = csv_lines(header, rows)
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _csv_rows(rows: Sequence[Any]) -> Iterator[list[Any]]:
    for row in rows:
        for each in row.figures:
            estimate = each.estimate
            numbers = [estimate.value, estimate.low, estimate.high]
            shown = ["" if number is None else round(number, 4) for number in numbers]
            yield [row.name, each.measure.name, *shown, estimate.units]
