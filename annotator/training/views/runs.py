"""Runs: start, show, cancel."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from annotator.accounts.permissions import Action, allow, member_of
from annotator.accounts.requests import HttpRequest
from annotator.snapshots.models import Snapshot
from annotator.training import actions, jobs
from annotator.training.models import TrainingRun
from annotator.training.views.tasks import render_run, run_context, visible_task
from annotator.ui.refusals import refusal_as_message


@require_POST
@allow(Action.TRAIN)
def train(request: HttpRequest, task_id: str) -> HttpResponse:
    """Start a training, then show its progress. A second click starts no second run."""
    task = visible_task(request, task_id)
    with refusal_as_message(request):
        run = actions.start(task, by=member_of(request).user)
        jobs.enqueue_run(run)
        messages.success(
            request,
            "The training is queued." if not run.is_remote else "The remote is asked to train.",
        )
    return redirect("training:task", task.pk)


def visible_run(request: HttpRequest, run_id: str) -> TrainingRun:
    """A run of the current workspace, else 404."""
    runs = TrainingRun.objects.visible_to(member_of(request))
    return get_object_or_404(runs.select_related("task__remote", "requested_by"), pk=run_id)


@require_safe
@allow(Action.READ)
def show(request: HttpRequest, run_id: str) -> HttpResponse:
    """One run: its progress, its curves, the data it learns from, its log."""
    run = visible_run(request, run_id)
    context = {
        "crumbs": [
            (reverse("training:tasks"), "Tasks"),
            (reverse("training:task", args=[run.task_id]), run.task.name),
        ],
        **run_context(request, run),
        "task": run.task,
        "version": run.versions.first(),
        "snapshots": Snapshot.objects.visible_to(member_of(request))
        .filter(
            pk__in=[
                row["snapshot"] for row in run.snapshot.get("datasets", []) if "snapshot" in row
            ]
        )
        .select_related("dataset"),
    }
    return render_run(request, "training/run.html", context)


@require_POST
@allow(Action.TRAIN)
def end_early(request: HttpRequest, run_id: str) -> HttpResponse:
    """Stop the training of a run, and keep what there is."""
    run = visible_run(request, run_id)
    with refusal_as_message(request):
        actions.end_early(run, by=member_of(request).user)
        messages.success(request, "The run stops training, then evaluates and saves what there is.")
    return redirect("training:run", run.pk)


@require_POST
@allow(Action.TRAIN)
def resume(request: HttpRequest, run_id: str) -> HttpResponse:
    """Let an ended run go on from its newest checkpoint."""
    run = visible_run(request, run_id)
    with refusal_as_message(request):
        actions.resume(run, by=member_of(request).user)
        jobs.enqueue_run(run)
        messages.success(request, "The run is queued again; it goes on from its newest checkpoint.")
    return redirect("training:run", run.pk)


@require_POST
@allow(Action.TRAIN)
def cancel(request: HttpRequest, run_id: str) -> HttpResponse:
    """Cancel a run."""
    run = visible_run(request, run_id)
    with refusal_as_message(request):
        actions.cancel(run, by=member_of(request).user)
        messages.success(request, "The run is being cancelled.")
    return redirect("training:run", run.pk)
