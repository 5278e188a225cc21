"""Browse a remote's datasets, look before mirroring one, start it and watch it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.template.defaultfilters import pluralize
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from annotator.accounts.permissions import Action, allow, may, member_of
from annotator.connections.actions import client_for
from annotator.connections.models import Remote
from annotator.errors import BadInput, RemoteError
from annotator.htmx import render_part
from annotator.mirror import actions, jobs, queries
from annotator.mirror.models import MirrorRun
from annotator.paging import keyset_page
from annotator.queueing import enqueue_on_commit
from annotator.remote.calls import checked_id
from annotator.ui.refusals import refusal_as_message

RUNS_SIZE = 50


@require_safe
@allow(Action.SYNC)
def browse(request: HttpRequest, remote_id: Any) -> HttpResponseBase:
    """A page of the remote's datasets, read from it now."""
    remote = _remote(request, remote_id)
    context: dict[str, Any] = {"remote": remote, "crumbs": _crumbs(), "here": remote.name}
    after = request.GET.get("after", "")[:2000]
    try:
        with client_for(remote) as client:
            offers = queries.offers(remote, client, after=after or None)
    except RemoteError as error:
        context["error"] = str(error)
    else:
        following = f"?{urlencode({'after': offers.next_query})}" if offers.next_query else ""
        shown = f"{offers.count} dataset{pluralize(offers.count)}"
        context["offers"] = offers.rows
        context["pager"] = {
            "previous_query": reverse("mirror:browse", args=[remote.pk]) if after else "",
            "next_query": following,
            "shown": shown,
        }
    return render(request, "mirror/browse.html", context)


@require_safe
@allow(Action.SYNC)
def plan(request: HttpRequest, remote_id: Any, remote_dataset_id: str) -> HttpResponseBase:
    """What mirroring would bring, before it is started."""
    remote = _remote(request, remote_id)
    browse_url = reverse("mirror:browse", args=[remote.pk])
    context: dict[str, Any] = {
        "remote": remote,
        "remote_dataset_id": _checked(remote_dataset_id),
        "crumbs": [*_crumbs(), (browse_url, remote.name)],
        "here": "Before mirroring",
    }
    try:
        with client_for(remote) as client:
            context["plan"] = queries.plan(client, remote_dataset_id)
    except RemoteError as error:
        context["error"] = str(error)
    return render(request, "mirror/plan.html", context)


@require_POST
@allow(Action.SYNC)
def start(request: HttpRequest, remote_id: Any, remote_dataset_id: str) -> HttpResponseBase:
    """Start mirroring, or show the run that is active."""
    remote = _remote(request, remote_id)
    run = actions.start_mirror(
        remote,
        _checked(remote_dataset_id),
        member_of(request).user,
        name=request.POST.get("name", ""),
        confirm_removals=request.POST.get("confirm_removals") == "yes",
    )
    enqueue_on_commit(jobs.run_steps, str(run.pk))
    return redirect("mirror:run", run.pk)


@require_safe
@allow(Action.SEE_SYNC)
def run(request: HttpRequest, run_id: Any) -> HttpResponseBase:
    """How far a run is; the page reloads this part until it has ended."""
    mirror_run = _run(request, run_id)
    images = queries.images_of(mirror_run)
    context = {
        "run": mirror_run,
        "progress": queries.progress(mirror_run),
        "files_progress": queries.files_progress(images),
        "images": images,
        "lines": queries.report_lines(mirror_run),
        "can_sync": may(member_of(request), Action.SYNC),
        "can_resume": mirror_run.state in {MirrorRun.State.CANCELLED, MirrorRun.State.FAILED},
        "here_url": reverse("mirror:run", args=[mirror_run.pk]),
        "crumbs": [
            *_crumbs(),
            (reverse("mirror:runs", args=[mirror_run.source_id]), mirror_run.source.name),
        ],
        "here": str(mirror_run),
    }
    return render_part(request, "mirror/run.html", "mirror/_run.html", context, target="run")


@require_safe
@allow(Action.SEE_SYNC)
def runs(request: HttpRequest, remote_id: Any) -> HttpResponseBase:
    """All runs of a remote."""
    remote = _remote(request, remote_id)
    mirror_runs = MirrorRun.objects.visible_to(member_of(request)).filter(source=remote)
    page = keyset_page(
        mirror_runs.select_related("started_by", "dataset"),
        order=("created_at", "id"),
        newest_first=True,
        cursor=request.GET.get("cursor"),
        size=RUNS_SIZE,
    )
    context = {
        "remote": remote,
        "runs": page.rows,
        "pager": _pager(page),
        "crumbs": _crumbs(),
        "here": f"Mirror runs of {remote.name}",
    }
    return render(request, "mirror/runs.html", context)


@require_POST
@allow(Action.SYNC)
def cancel(request: HttpRequest, run_id: Any) -> HttpResponseBase:
    """End a run; what is here stays."""
    actions.cancel(_run(request, run_id), by=member_of(request).user)
    return redirect("mirror:run", run_id)


@require_POST
@allow(Action.SYNC)
def resume(request: HttpRequest, run_id: Any) -> HttpResponseBase:
    """Continue where a run stopped."""
    mirror_run = _run(request, run_id)
    with refusal_as_message(request):
        actions.resume(mirror_run, by=member_of(request).user)
        enqueue_on_commit(jobs.run_steps, str(mirror_run.pk))
    return redirect("mirror:run", mirror_run.pk)


@require_POST
@allow(Action.SYNC)
def retry_images(request: HttpRequest, run_id: Any) -> HttpResponseBase:
    """Retry the dataset's missing image files."""
    mirror_run = _run(request, run_id)
    number = actions.retry_images(mirror_run, by=member_of(request).user)
    messages.success(request, f"{number} file{pluralize(number)} will be fetched again.")
    enqueue_on_commit(jobs.fetch_images, str(mirror_run.source_id))
    return redirect("mirror:run", mirror_run.pk)


def _remote(request: HttpRequest, remote_id: Any) -> Remote:
    return get_object_or_404(Remote.objects.visible_to(member_of(request)), pk=remote_id)


def _run(request: HttpRequest, run_id: Any) -> MirrorRun:
    mirror_runs = MirrorRun.objects.visible_to(member_of(request))
    return get_object_or_404(
        mirror_runs.select_related("source__workspace", "dataset", "started_by"), pk=run_id
    )


def _checked(remote_dataset_id: str) -> str:
    try:
        return checked_id(remote_dataset_id)
    except BadInput as error:
        raise Http404 from error


def _crumbs() -> list[tuple[str, str]]:
    return [(reverse("connections:list"), "Remotes")]


def _pager(page: Any) -> dict[str, str]:
    return {
        "previous_query": f"?cursor={page.previous_cursor}" if page.previous_cursor else "",
        "next_query": f"?cursor={page.next_cursor}" if page.next_cursor else "",
        "shown": "",
    }
