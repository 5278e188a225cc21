"""Pages about work: how far a dataset is and who did how much; what one person did where."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from annotator.accounts.models import Membership
from annotator.accounts.permissions import Action, allow, member_of
from annotator.accounts.requests import HttpRequest, MemberRequest
from annotator.annotation.models import AnswerCount, GoldResult
from annotator.annotation.models.gold import GoldResultQuerySet
from annotator.datasets.models import Dataset, Variable
from annotator.datasets.views.context import crumbs_to, dataset_of, dataset_page_context
from annotator.figures import charts
from annotator.figures.people import names_of
from annotator.figures.progress import (
    Row,
    csv_rows,
    dataset_progress,
    person_progress,
    variable_rows,
)
from annotator.figures.views.agreement import csv_response, report_in
from annotator.figures.work import Period

HEADER = ["submitted", "working_seconds", "timed", "accepted_at_once", "returned"]
HEADER += ["gold_values", "gold_right"]


@require_safe
@allow(Action.READ_OTHERS_ANSWERS)
def progress(request: HttpRequest, dataset_id: uuid.UUID) -> HttpResponse:
    """How far a dataset is and when it is done; who did how much, and what became of it."""
    from annotator.figures.gold import gold_scores, of_everybody  # loads NumPy

    dataset = dataset_of(request, dataset_id)
    period = Period.named(request.GET.get("days", ""))
    variables, done = Variable.objects.asked_in(dataset), dataset_progress(dataset, period)
    report = report_in(dataset, variables)
    scores = gold_scores(_gold(member_of(request), period).filter(dataset=dataset), "user")
    gold = of_everybody(scores)
    people = done.people_with(report, scores)
    context = {
        **dataset_page_context(request, dataset, tab="progress"),
        "crumbs": crumbs_to(dataset),
        "period": period,
        "done": done,
        "charts": charts.of_days(done.days, period),
        "people": people,
        "bars": charts.of_people(people),
        "variables": variable_rows(variables, period, done.all, report=report, gold=gold),
        "report": report,
        "shows_gold": bool(scores),
    }
    return render(request, "figures/progress.html", context)


def _gold(member: Membership, period: Period) -> GoldResultQuerySet:
    """What the member may read of how people answered gold samples in the period."""
    return GoldResult.objects.visible_to(member).of_period(period.begins_at)


@require_safe
@allow(Action.READ_OTHERS_ANSWERS)
def progress_csv(request: HttpRequest, dataset_id: uuid.UUID) -> StreamingHttpResponse:
    """The work in a dataset by day and person as a file."""
    from annotator.figures.gold import gold_by_day  # loads NumPy

    dataset = dataset_of(request, dataset_id)
    period = Period.named(request.GET.get("days", ""))
    counts = period.of(AnswerCount.objects.filter(dataset=dataset))
    gold = gold_by_day(_gold(member_of(request), period).filter(dataset=dataset), "user")
    authors = counts.values_list("author", flat=True).distinct()
    names = names_of({*authors, *(user for user, _ in gold)})
    rows = csv_rows(counts, "author", names, gold)
    return csv_response("progress.csv", ["day", "person", *HEADER], rows)


@require_safe
@allow(Action.READ)
def own(request: MemberRequest) -> HttpResponse:
    """One's own work."""
    return _person_page(request, request.member)


@require_safe
@allow(Action.READ_OTHERS_ANSWERS)
def person(request: MemberRequest, user_id: int) -> HttpResponse:
    """The work of a member of the workspace."""
    return _person_page(request, _member_named(request, user_id))


def _member_named(request: MemberRequest, user_id: int) -> Membership:
    members = Membership.objects.visible_to(request.member).select_related("user")
    return get_object_or_404(members, user=user_id)


def _person_page(request: MemberRequest, member: Membership) -> HttpResponse:
    from annotator.figures.gold import gold_scores  # loads NumPy

    period = Period.named(request.GET.get("days", ""))
    theirs = _gold(request.member, period).filter(user=member.user_id)
    done = person_progress(member, period, gold_scores(theirs, "dataset"))
    row = done.row_named(request.GET.get("dataset", ""))
    context = {
        "period": period,
        "done": done,
        "charts": charts.of_days(done.days, period),
        "person": member,
        "is_own": member.pk == request.member.pk,
        "row": row,
        **(_of_dataset(row, member, period) if row else {}),
    }
    return render(request, "figures/person.html", context)


def _of_dataset(row: Row, member: Membership, period: Period) -> dict[str, Any]:
    variables = Variable.objects.asked_in(row.key)
    report = report_in(row.key, variables)
    gold = row.gold.variables if row.gold else {}
    rows = variable_rows(
        variables, period, row.work, report=report, author=member.user_id, gold=gold
    )
    return {"variables": rows, "report": report, "shows_gold": row.gold is not None}


@require_safe
@allow(Action.READ)
def own_csv(request: MemberRequest) -> StreamingHttpResponse:
    """One's own work by day and dataset as a file."""
    return _person_csv(request, request.member)


@require_safe
@allow(Action.READ_OTHERS_ANSWERS)
def person_csv(request: MemberRequest, user_id: int) -> StreamingHttpResponse:
    """The work of a member by day and dataset as a file."""
    return _person_csv(request, _member_named(request, user_id))


def _person_csv(request: MemberRequest, member: Membership) -> StreamingHttpResponse:
    from annotator.figures.gold import gold_by_day  # loads NumPy

    period = Period.named(request.GET.get("days", ""))
    datasets = Dataset.objects.visible_to(member)
    counts = AnswerCount.objects.filter(author=member.user_id, dataset__in=datasets)
    gold = gold_by_day(_gold(request.member, period).filter(user=member.user_id), "dataset")
    rows = csv_rows(period.of(counts), "dataset", dict(datasets.values_list("pk", "name")), gold)
    return csv_response("work.csv", ["day", "dataset", *HEADER], rows)
