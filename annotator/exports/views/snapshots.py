"""Snapshots: the list, a new one, one with what changed since another, delete."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotator.accounts.permissions import Action, allow, may, member_of
from annotator.accounts.requests import HttpRequest
from annotator.datasets.views.context import dataset_of
from annotator.errors import BadInput
from annotator.exports import actions, jobs
from annotator.exports.snapshot_states import changes_between, changes_since_version
from annotator.exports.views.choosing import choices
from annotator.exports.views.files import crumbs
from annotator.snapshots.models import Snapshot
from annotator.training.data_changes import NAMED, DataChanges
from annotator.training.models import ModelVersion
from annotator.training.views.changes import visible_ids


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.EXPORT)
def list_(request: HttpRequest, dataset_id: UUID) -> HttpResponse:
    """The snapshots of a dataset; POST has the worker make one, of the samples that `select` says."""
    dataset = dataset_of(request, dataset_id)
    member = member_of(request)
    if request.method == "POST":
        name, query = request.POST.get("name", ""), request.POST.get("select", "")
        try:
            job = actions.start_snapshot(dataset, by=member.user, name=name, query=query)
        except BadInput as refusal:
            messages.error(request, str(refusal))
            return redirect("exports:snapshots", dataset.pk)
        jobs.enqueue(job)
        return redirect("exports:show", job.pk)
    rows = Snapshot.objects.visible_to(member).filter(dataset=dataset)
    context = {
        "crumbs": crumbs(dataset),
        "dataset": dataset,
        "snapshots": rows.select_related("created_by"),
        "select": request.GET.urlencode(),
    }
    return render(request, "exports/snapshots.html", context)


def visible_snapshot(request: HttpRequest, snapshot_id: UUID) -> Snapshot:
    """A snapshot of the current workspace, else 404."""
    rows = Snapshot.objects.visible_to(member_of(request))
    return get_object_or_404(
        rows.select_related("dataset__workspace", "created_by"), pk=snapshot_id
    )


@require_safe
@allow(Action.EXPORT)
def show(request: HttpRequest, snapshot_id: UUID) -> HttpResponse:
    """One snapshot, and what changed in it since another, or since a version was trained (`since`)."""
    snapshot = visible_snapshot(request, snapshot_id)
    dataset, member = snapshot.dataset, member_of(request)
    others = list(dataset.snapshots.exclude(pk=snapshot.pk))
    versions = list(
        ModelVersion.objects.visible_to(member)
        .filter(task__datasets=dataset)
        .exclude(archive="")
        .select_related("task")
    )
    states: list[Snapshot | ModelVersion] = [*others, *versions]
    since = next((each for each in states if str(each.pk) == request.GET.get("since")), None)
    changes, problem = _changes(since, snapshot)
    context: dict[str, Any] = {
        "crumbs": [
            *crumbs(dataset),
            (reverse("exports:snapshots", args=[dataset.pk]), "Snapshots"),
        ],
        "dataset": dataset,
        "snapshot": snapshot,
        "others": others,
        "versions": versions,
        "since": since,
        "changes": changes,
        "problem": problem,
        "visible": visible_ids(request, changes),
        "named": NAMED,
        "formats": [*choices(for_people=False), *choices(for_people=True)],
        "can_delete": may(member, Action.DELETE),
    }
    return render(request, "exports/snapshot.html", context)


def _changes(
    since: Snapshot | ModelVersion | None, until: Snapshot
) -> tuple[DataChanges | None, str]:
    """What changed, or why it can't be said."""
    if since is None:
        return None, ""
    if isinstance(since, Snapshot):
        return changes_between(since, until), ""
    changes = changes_since_version(since, until)
    return changes, "" if changes is not None else "This version keeps no list of its samples."


@require_POST
@allow(Action.DELETE)
def delete(request: HttpRequest, snapshot_id: UUID) -> HttpResponse:
    """Delete it for good, with the exports made from it."""
    snapshot = visible_snapshot(request, snapshot_id)
    actions.delete_snapshot(snapshot, by=member_of(request).user)
    messages.success(request, f"{snapshot.name} is deleted.")
    return redirect("exports:snapshots", snapshot.dataset_id)
