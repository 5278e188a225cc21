"""Tasks: the list, one task, its settings."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotator.accounts.permissions import Action, allow, may, member_of
from annotator.htmx import render_part
from annotator.training import actions, preflight, queries
from annotator.training.forms import TaskForm
from annotator.training.models import Task


def visible_task(request: HttpRequest, task_id: str) -> Task:
    """A task of the current workspace, else 404."""
    found = Task.objects.visible_to(member_of(request))
    found = found.select_related("workspace", "remote", "system_prompt", "user_prompt")
    return get_object_or_404(found, pk=task_id)


@require_safe
@allow(Action.READ)
def tasks(request: HttpRequest) -> HttpResponse:
    """The tasks of the workspace, with what became of their last training."""
    member = member_of(request)
    context = {"tasks": queries.tasks(member), "can_manage": may(member, Action.MANAGE_SCHEMA)}
    return render(request, "training/tasks.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.MANAGE_SCHEMA)
def new(request: HttpRequest) -> HttpResponse:
    """Make a task."""
    member = member_of(request)
    form = TaskForm(request.POST or None, member=member)
    if form.is_valid():
        task = actions.create_task(member.workspace, by=member.user, **form.changes())
        messages.success(request, f"{task.name} is ready to be trained.")
        return redirect("training:task", task.pk)
    context = {"form": form, "here": "New task", "crumbs": [(reverse("training:tasks"), "Tasks")]}
    return render(request, "training/form.html", context, status=422 if request.POST else 200)


@require_safe
@allow(Action.READ)
def task(request: HttpRequest, task_id: str) -> HttpResponse:
    """One task: how its training goes, what stands in the way of the next, its versions."""
    found = visible_task(request, task_id)
    member = member_of(request)
    runs = list(found.runs.select_related("requested_by")[:10])
    version = found.versions.first()
    figures = queries.variable_figures(version) if version else []
    run = runs[0] if runs else None
    context = {
        "crumbs": [(reverse("training:tasks"), "Tasks")],
        "task": found,
        "datasets": found.datasets.filter(removed_at=None),
        "preflight": preflight.look(found),
        "run": run,
        "progress": queries.progress(run) if run else None,
        "curves": queries.curves(run) if run else None,
        "runs": runs,
        "versions": found.versions.all()[:20],
        "version": version,
        "bars": queries.score_bars(figures),
        "can_train": may(member, Action.TRAIN) and not (run and run.is_active),
        "can_cancel": may(member, Action.TRAIN),
        "can_manage": may(member, Action.MANAGE_SCHEMA),
    }
    return draw_run(request, "training/task.html", context)


def draw_run(request: HttpRequest, page: str, context: dict[str, Any]) -> HttpResponse:
    """The page, or the part that follows its run; when that has ended, htmx draws the page anew.

    The new version, its figures and the button for the next training stand outside of the part.
    """
    response = render_part(request, page, "training/_run.html", context, target="run")
    follows = request.htmx.target == "run" and not request.htmx.boosted  # type: ignore[attr-defined]
    if follows and context["run"] and not context["run"].is_active:
        response["HX-Refresh"] = "true"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.MANAGE_SCHEMA)
def settings(request: HttpRequest, task_id: str) -> HttpResponse:
    """Change a task. A mirrored one is changed at its home."""
    found = visible_task(request, task_id)
    member = member_of(request)
    form = TaskForm(request.POST or None, instance=found, member=member)
    if form.is_valid():
        actions.update_task(Task.objects.get(pk=found.pk), by=member.user, **form.changes())
        messages.success(request, "Saved.")
        return redirect("training:task", found.pk)
    context = {
        "crumbs": [
            (reverse("training:tasks"), "Tasks"),
            (reverse("training:task", args=[found.pk]), found.name),
        ],
        "here": "Settings",
        "form": form,
        "task": found,
    }
    return render(request, "training/form.html", context, status=422 if request.POST else 200)


@require_POST
@allow(Action.DELETE)
def delete(request: HttpRequest, task_id: str) -> HttpResponse:
    """Take the task out of the list."""
    found = visible_task(request, task_id)
    actions.remove_task(found, by=member_of(request).user)
    messages.success(request, f"{found.name} was deleted.")
    return redirect("training:tasks")
