"""Tasks: the list, one task, its settings."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotator.accounts.permissions import Action, allow, may, member_of
from annotator.accounts.requests import HttpRequest
from annotator.htmx import render_part
from annotator.training import actions, job_folders, preflight, queries
from annotator.training.curves import curve_charts
from annotator.training.forms import TaskForm
from annotator.training.models import Task, TrainingRun


def visible_task(request: HttpRequest, task_id: str) -> Task:
    """A task of the current workspace, else 404."""
    tasks = Task.objects.visible_to(member_of(request))
    tasks = tasks.select_related("workspace", "remote", "system_prompt", "user_prompt")
    return get_object_or_404(tasks, pk=task_id)


@require_safe
@allow(Action.READ)
def tasks(request: HttpRequest) -> HttpResponse:
    """The tasks of the workspace, with the result of their last training."""
    member = member_of(request)
    context = {"tasks": queries.tasks(member), "can_manage": may(member, Action.MANAGE_SCHEMA)}
    return render(request, "training/tasks.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.MANAGE_SCHEMA)
def new(request: HttpRequest) -> HttpResponse:
    """Create a task."""
    member = member_of(request)
    form = TaskForm(request.POST or None, member=member)
    if form.is_valid():
        task = actions.create_task(member.workspace, by=member.user, **form.changes())
        messages.success(
            request, f"{task.name} is saved. Its preflight says whether it can be trained."
        )
        return redirect("training:task", task.pk)
    context = {"form": form, "here": "New task", "crumbs": [(reverse("training:tasks"), "Tasks")]}
    return render(request, "training/form.html", context, status=422 if request.POST else 200)


@require_safe
@allow(Action.READ)
def show(request: HttpRequest, task_id: str) -> HttpResponse:
    """One task: the progress of its training, what blocks the next one, its versions."""
    task = visible_task(request, task_id)
    member = member_of(request)
    runs = list(task.runs.select_related("requested_by")[:10])
    run = runs[0] if runs else None
    if is_refresh(request):  # every second: what is beside the run's progress is not computed
        return render_run(request, "training/task.html", run_context(request, run))
    versions = list(task.versions.all()[:20])
    version = versions[0] if versions else None
    figures = queries.variable_figures(version) if version else []
    cards = preflight.counted_datasets(task)
    context = {
        "crumbs": [(reverse("training:tasks"), "Tasks")],
        "task": task,
        "datasets": [card.dataset for card in cards],
        "trained_by": queries.trainer_label(task),
        "preflight": preflight.kept_check(
            task, cards=cards, anew=request.GET.get("check") == "again"
        ),
        **run_context(request, run),
        "runs": runs,
        "versions": versions,
        "version": version,
        "bars": queries.score_bars(figures),
        "can_train": may(member, Action.TRAIN) and not (run and run.is_active),
        "can_manage": may(member, Action.MANAGE_SCHEMA),
    }
    return render_run(request, "training/task.html", context)


def run_context(request: HttpRequest, run: TrainingRun | None) -> dict[str, Any]:
    """What `_run.html` needs of the run."""
    if run is None:
        return {"run": None}
    may_train = may(member_of(request), Action.TRAIN)
    return {
        "run": run,
        "progress": queries.progress(run),
        "before_it": queries.runs_before(run),
        "curves": curve_charts(run),
        "can_cancel": may_train and not run.is_remote,
        "can_end_early": may_train and actions.can_end_early(run),
        "can_resume": may_train and job_folders.can_resume(run),
    }


def is_refresh(request: HttpRequest) -> bool:
    """Whether the page asks for the part that shows its run's progress, and for nothing else."""
    return request.htmx.target == "run" and not request.htmx.boosted


def render_run(request: HttpRequest, page: str, context: dict[str, Any]) -> HttpResponse:
    """The page, or the part that shows its run's progress; when the run has ended, htmx reloads the page.

    The new version, its figures and the button for the next training are outside of the part.
    """
    response = render_part(request, page, "training/_run.html", context, target="run")
    if is_refresh(request) and context["run"] and not context["run"].is_active:
        response["HX-Refresh"] = "true"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.MANAGE_SCHEMA)
def settings(request: HttpRequest, task_id: str) -> HttpResponse:
    """Change a task. A mirrored one is changed on its remote."""
    task = visible_task(request, task_id)
    member = member_of(request)
    form = TaskForm(request.POST or None, instance=task, member=member)
    if form.is_valid():
        actions.update_task(Task.objects.get(pk=task.pk), by=member.user, **form.changes())
        messages.success(request, "Saved.")
        return redirect("training:task", task.pk)
    context = {
        "crumbs": [
            (reverse("training:tasks"), "Tasks"),
            (reverse("training:task", args=[task.pk]), task.name),
        ],
        "here": "Settings",
        "form": form,
        "task": task,
    }
    return render(request, "training/form.html", context, status=422 if request.POST else 200)


@require_POST
@allow(Action.DELETE)
def delete(request: HttpRequest, task_id: str) -> HttpResponse:
    """Remove the task from the list."""
    task = visible_task(request, task_id)
    actions.remove_task(task, by=member_of(request).user)
    messages.success(request, f"{task.name} was deleted.")
    return redirect("training:tasks")
