"""Two versions of a task side by side."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from annotator.accounts.permissions import Action, allow, may, member_of
from annotator.accounts.requests import HttpRequest
from annotator.training import comparisons
from annotator.training.models import ModelVersion, Task
from annotator.training.prediction_pages import PAGE_SIZE, CardPage, pair_cards
from annotator.training.queries import display
from annotator.training.views.predictions import page_number, pager
from annotator.training.views.tasks import visible_task
from annotator.ui.csv_lines import csv_lines

CSV_HEADER = ["sample", "name", "variable", "outcome", "accepted value"]


@require_safe
@allow(Action.READ)
def compare(request: HttpRequest, task_id: str) -> HttpResponse:
    """What the later version won and lost, per variable; the samples of one outcome with their pictures."""
    task = visible_task(request, task_id)
    versions = list(task.versions.all())
    before, after = chosen_versions(request, task, versions)
    context: dict[str, Any] = {
        "crumbs": [
            (reverse("training:tasks"), "Tasks"),
            (reverse("training:task", args=[task.pk]), task.name),
        ],
        "task": task,
        "versions": versions,
        "before": before,
        "after": after,
        "can_download": may(member_of(request), Action.EXPORT),
    }
    if before is not None and after is not None:
        context |= comparison_context(request, comparisons.compare(before, after))
    return render(request, "training/compare.html", context)


def chosen_versions(
    request: HttpRequest, task: Task, versions: list[ModelVersion]
) -> tuple[ModelVersion | None, ModelVersion | None]:
    """Those of the query string; else the newest and, before it, the one in production or the one before.

    404 for a number that is none of the task's versions.
    """
    by_number = {str(version.version): version for version in versions}
    chosen = []
    for name in ("before", "after"):
        number = request.GET.get(name, "")
        if number and number not in by_number:
            raise Http404("This task has no such version.")
        chosen.append(by_number.get(number))
    before, after = chosen
    after = after or (versions[0] if versions else None)
    if before is None and after is not None:
        before = comparisons.usual_before(after, versions)
    return before, after


def comparison_context(request: HttpRequest, comparison: comparisons.Comparison) -> dict[str, Any]:
    """What the page shows of the comparison; the samples where a variable or an outcome is chosen."""
    variable, outcome = request.GET.get("variable", ""), request.GET.get("outcome", "")
    context: dict[str, Any] = {
        "comparison": comparison,
        "compared": comparisons.COMPARED,
        "outcomes": comparisons.OUTCOMES,
        "variable": variable,
        "outcome": outcome,
    }
    if variable or outcome:
        number = page_number(request)
        pairs = [
            pair
            for pair in comparison.pairs()
            if variable in ("", pair.variable) and outcome in ("", pair.outcome)
        ]
        start = (number - 1) * PAGE_SIZE
        shown = pairs[start : start + PAGE_SIZE]
        page = CardPage(
            pair_cards(shown, member_of(request)), number, len(pairs) > start + PAGE_SIZE
        )
        context |= {"page": page, "pager": pager(request, page) | {"total": len(pairs)}}
    return context


@require_safe
@allow(Action.EXPORT)
def compare_csv(request: HttpRequest, task_id: str) -> StreamingHttpResponse:
    """The whole comparison as a table: a line per sample and variable."""
    task = visible_task(request, task_id)
    before, after = chosen_versions(request, task, list(task.versions.all()))
    if before is None or after is None:
        raise Http404("There are no two versions to compare.")
    numbers = [before.version, after.version]
    header = CSV_HEADER + [
        f"{what} {number}" for what in ("version", "score of version") for number in numbers
    ]
    lines = csv_lines(header, csv_rows(comparisons.compare(before, after)))
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    name = f"{slugify(task.name) or 'task'}-{before.version}-{after.version}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def csv_rows(comparison: comparisons.Comparison) -> Iterator[list[Any]]:
    """As CSV_HEADER says, then both predictions and both scores."""
    for pair in comparison.pairs():
        yield [
            pair.sample_id,
            pair.name,
            pair.variable,
            pair.outcome,
            *(display(value) for value in (pair.expected, pair.before, pair.after)),
            round(pair.score_before, 4),
            round(pair.score_after, 4),
        ]
