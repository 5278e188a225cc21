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
from annotator.errors import BadInput, RemoteError, WrongState
from annotator.htmx import render_part
from annotator.mirror import actions, jobs, queries
from annotator.mirror.models import MirrorRun
from annotator.paging import keyset_page
from annotator.queueing import enqueue_on_commit
from annotator.remote.calls import checked_id

RUNS_SIZE = 50


@require_safe
@allow(Action.SYNC)
def browse(request: HttpRequest, remote_id: Any) -> HttpResponseBase:
    """A page of the remote's datasets, asked for now."""
    remote = _remote(request, remote_id)
    context: dict[str, Any] = {"remote": remote, "crumbs": _crumbs(), "here": remote.name}
    after = request.GET.get("after", "")[:2000]
    try:
        with client_for(remote) as client:
            found = queries.offers(remote, client, after=after or None)
    except RemoteError as error:
        context["error"] = str(error)
    else:
        following = f"?{urlencode({'after': found.next_query})}" if found.next_query else ""
        shown = f"{found.count} dataset{pluralize(found.count)}"
        context["offers"] = found.rows
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
    """Start mirroring, or join the run that is at it."""
    remote = _remote(request, remote_id)
    run = actions.start_mirror(
        remote,
        _checked(remote_dataset_id),
        member_of(request).user,
        name=request.POST.get("name", ""),
        believe_gaps=request.POST.get("believe_gaps") == "yes",
    )
    enqueue_on_commit(jobs.run_steps, str(run.pk))
    return redirect("mirror:run", run.pk)


@require_safe
@allow(Action.SEE_SYNC)
def run(request: HttpRequest, run_id: Any) -> HttpResponseBase:
    """How far a run is; the page asks again while it goes on."""
    found = _run(request, run_id)
    images = queries.images_of(found)
    context = {
        "run": found,
        "progress": queries.progress(found),
        "files_progress": queries.files_progress(images),
        "images": images,
        "lines": queries.report_lines(found),
        "can_sync": may(member_of(request), Action.SYNC),
        "can_resume": found.state in {MirrorRun.State.CANCELLED, MirrorRun.State.FAILED},
        "here_url": reverse("mirror:run", args=[found.pk]),
        "crumbs": [*_crumbs(), (reverse("mirror:runs", args=[found.source_id]), found.source.name)],
        "here": str(found),
    }
    return render_part(request, "mirror/run.html", "mirror/_run.html", context, target="run")


@require_safe
@allow(Action.SEE_SYNC)
def runs(request: HttpRequest, remote_id: Any) -> HttpResponseBase:
    """All runs of a remote."""
    remote = _remote(request, remote_id)
    found = MirrorRun.objects.visible_to(member_of(request)).filter(source=remote)
    page = keyset_page(
        found.select_related("started_by", "dataset"),
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
    """Go on where a run stopped."""
    found = _run(request, run_id)
    try:
        actions.resume(found, by=member_of(request).user)
    except WrongState as error:
        messages.error(request, str(error))
    else:
        enqueue_on_commit(jobs.run_steps, str(found.pk))
    return redirect("mirror:run", found.pk)


@require_POST
@allow(Action.SYNC)
def retry_images(request: HttpRequest, run_id: Any) -> HttpResponseBase:
    """Try the dataset's missing image files once more."""
    found = _run(request, run_id)
    number = actions.retry_images(found, by=member_of(request).user)
    messages.success(request, f"{number} files are tried again.")
    enqueue_on_commit(jobs.fetch_images, str(found.source_id))
    return redirect("mirror:run", found.pk)


def _remote(request: HttpRequest, remote_id: Any) -> Remote:
    return get_object_or_404(Remote.objects.visible_to(member_of(request)), pk=remote_id)


def _run(request: HttpRequest, run_id: Any) -> MirrorRun:
    found = MirrorRun.objects.visible_to(member_of(request))
    return get_object_or_404(
        found.select_related("source__workspace", "dataset", "started_by"), pk=run_id
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
