"""Runs: start, follow, cancel."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from annotator.accounts.permissions import Action, allow, may, member_of
from annotator.errors import BadInput, WrongState
from annotator.queueing import enqueue_on_commit
from annotator.training import actions, jobs, queries
from annotator.training.models import TrainingRun
from annotator.training.views.tasks import draw_run, visible_task


@require_POST
@allow(Action.TRAIN)
def train(request: HttpRequest, task_id: str) -> HttpResponse:
    """Start a training, then show how it goes. A second click finds the first one's run."""
    task = visible_task(request, task_id)
    try:
        run = actions.start(task, by=member_of(request).user)
    except (BadInput, WrongState) as refusal:
        messages.error(request, str(refusal))
    else:
        enqueue_on_commit(jobs.ask_remote if task.is_mirrored else jobs.train, str(run.pk))
        messages.success(
            request, "The training is queued." if not task.is_mirrored else "The remote is asked."
        )
    return redirect("training:task", task.pk)


@require_safe
@allow(Action.READ)
def run(request: HttpRequest, run_id: str) -> HttpResponse:
    """One run: how far it is, its curves, what it learns from, what it said."""
    found = get_object_or_404(
        TrainingRun.objects.visible_to(member_of(request)).select_related(
            "task", "task__remote", "requested_by"
        ),
        pk=run_id,
    )
    context = {
        "crumbs": [
            (reverse("training:tasks"), "Tasks"),
            (reverse("training:task", args=[found.task_id]), found.task.name),
        ],
        "run": found,
        "task": found.task,
        "progress": queries.progress(found),
        "curves": queries.curves(found),
        "version": found.versions.first(),
        "can_cancel": may(member_of(request), Action.TRAIN),
    }
    return draw_run(request, "training/run.html", context)


@require_POST
@allow(Action.TRAIN)
def cancel(request: HttpRequest, run_id: str) -> HttpResponse:
    """Ask a run to stop."""
    found = get_object_or_404(TrainingRun.objects.visible_to(member_of(request)), pk=run_id)
    try:
        actions.cancel(found, by=member_of(request).user)
    except WrongState as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "The run is asked to stop.")
    return redirect("training:run", found.pk)
