"""Pages about assignments: who is asked for what, assigning many samples, who has what open."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from annotator.accounts.permissions import Action, allow, member_of
from annotator.accounts.requests import HttpRequest
from annotator.assignments import actions, jobs
from annotator.assignments.forms import AssignForm, ChangeForm, checked_due
from annotator.assignments.models import Distribution
from annotator.assignments.queries import (
    assignment_rows,
    members_of,
    open_samples,
    person_rows,
)
from annotator.datasets.models import Assignment, Dataset, Sample
from annotator.datasets.views.context import crumbs_to, dataset_of, dataset_page_context
from annotator.datasets.views.many import gallery_url, picked_ids, posted_choice, selected_samples
from annotator.errors import BadInput
from annotator.htmx import render_part
from annotator.queueing import enqueue_on_commit

AT_ONCE = 500  # samples that are assigned before the page responds


@require_safe
@allow(Action.ASSIGN)
def overview(request: HttpRequest, dataset_id: uuid.UUID) -> HttpResponse:
    """Who is asked for how much, which assignments there are, who has which sample open."""
    dataset = dataset_of(request, dataset_id)
    rows, people = assignment_rows(dataset), members_of(dataset)
    context = {
        **dataset_page_context(request, dataset, tab="assignment"),
        "crumbs": crumbs_to(dataset),
        "rows": rows,
        "people": person_rows(people, rows) if rows else [],
        "members": people,
        "open_samples": open_samples(dataset),
        "gallery_url": f"{reverse('datasets:gallery', args=[dataset.pk])}?state={Sample.State.UNLABELED}",
    }
    return render_part(
        request, "assignments/overview.html", "assignments/_open.html", context, target="open"
    )


@require_POST
@allow(Action.ASSIGN)
def assign(request: HttpRequest, dataset_id: uuid.UUID) -> HttpResponse:
    """Assign the picked samples, or all in a filter, or take them back; asked first to whom (422)."""
    dataset, member = dataset_of(request, dataset_id), member_of(request)
    verb = request.POST.get("verb", "")
    form = _form(request, dataset, is_bound=verb == "assign")
    which = {"filter": request.POST.get("filter", ""), "sample_ids": picked_ids(request)}
    problem = ""
    try:
        if verb == "take_back":
            return _run(actions.start_distribution(dataset, by=member.user, shares=[], **which))
        if verb == "assign" and form.is_valid():
            choices = {**form.choices, **which}
            return _run(actions.start_distribution(dataset, by=member.user, **choices))
    except BadInput as refusal:
        problem = str(refusal)
    context = {
        **dataset_page_context(request, dataset, tab="assignment"),
        "crumbs": crumbs_to(dataset),
        "form": form,
        "problem": problem,
        "count": selected_samples(request, dataset).filter(state=Sample.State.UNLABELED).count(),
        "posted": posted_choice(request),
        "back_url": gallery_url(request, dataset),
    }
    return render(request, "assignments/assign.html", context, status=422)


def _form(request: HttpRequest, dataset: Dataset, *, is_bound: bool) -> AssignForm:
    people = members_of(dataset)
    left = {row.user.pk: row.left for row in person_rows(people, assignment_rows(dataset))}
    data = request.POST if is_bound else None
    return AssignForm(data, dataset=dataset, people=people, left=left)


def _run(distribution: Distribution) -> HttpResponse:
    """Do it now, or leave it to the worker when it is more than people wait for."""
    pk = str(distribution.pk)
    if distribution.total <= AT_ONCE:
        jobs.distribute(pk)
    else:
        enqueue_on_commit(jobs.distribute, pk)
    return redirect("assignments:distribution", pk)


@require_safe
@allow(Action.ASSIGN)
def distribution(request: HttpRequest, distribution_id: uuid.UUID) -> HttpResponse:
    """How far the job is, and who got how many."""
    rows = Distribution.objects.visible_to(member_of(request))
    row = get_object_or_404(rows.select_related("dataset"), pk=distribution_id)
    given = {int(person): number for person, number in row.given.items()}
    context = {
        "distribution": row,
        "dataset": row.dataset,
        "crumbs": crumbs_to(row.dataset),
        "given": [
            (person, given[person.pk]) for person in members_of(row.dataset) if person.pk in given
        ],
    }
    return render_part(
        request,
        "assignments/distribution.html",
        "assignments/_distribution.html",
        context,
        target="distribution",
    )


@require_POST
@allow(Action.ASSIGN)
def change(request: HttpRequest, assignment_id: int) -> HttpResponse:
    """Give what is left of an assignment another day or another person, or take it back."""
    member = member_of(request)
    rows = Assignment.objects.visible_to(member).select_related("dataset__workspace")
    assignment = get_object_or_404(rows, pk=assignment_id)
    if request.POST.get("verb") == "take_back":
        number = actions.take_back(assignment, by=member.user)
        messages.success(request, f"{_samples(number)} free for all again.")
    else:
        _change(request, assignment)
    return redirect("assignments:overview", assignment.dataset_id)


def _change(request: HttpRequest, assignment: Assignment) -> None:
    """Save the posted day, then hand over to the posted person. Raises BadInput."""
    form, by = ChangeForm(request.POST), member_of(request).user
    if not form.is_valid():
        raise BadInput("Choose a day as YYYY-MM-DD, or none, and a person of the list.")
    due_on, chosen = form.cleaned_data["due_on"], form.cleaned_data["person"]
    if due_on != assignment.due_on:
        checked_due(due_on)
        actions.change_due(assignment, due_on=due_on, by=by)
        messages.success(request, "Saved.")
    if chosen is not None:
        people: dict[Any, Any] = {each.pk: each for each in members_of(assignment.dataset)}
        if chosen not in people:
            raise BadInput("Choose a person of this workspace.")
        number = actions.hand_over(assignment, to=people[chosen], by=by)
        messages.success(
            request, f"{_samples(number)} assigned to {people[chosen].display_name} now."
        )


def _samples(number: int) -> str:
    return f"{number:,} sample{' is' if number == 1 else 's are'}"
