"""Exports that a worker writes: start, show, cancel, delete, and their files."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.signing import BadSignature, SignatureExpired
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from annotator.accounts.limits import refuse_guess
from annotator.accounts.permissions import Action, allow, member_of, public
from annotator.datasets.models import Dataset
from annotator.datasets.views.context import crumbs_to, dataset_of
from annotator.downloads import stored_zip_response
from annotator.errors import BadInput
from annotator.exports import actions, jobs
from annotator.exports.formats import FORMATS
from annotator.exports.links import job_of, link_to
from annotator.exports.models import ExportJob
from annotator.htmx import render_part
from annotator.snapshots.models import Snapshot
from annotator.ui.refusals import refusal_as_message


@require_POST
@allow(Action.EXPORT)
def start(request: HttpRequest, dataset_id: UUID) -> HttpResponse:
    """Have a worker write what the page's form says; `format` and `select` as in its address."""
    dataset = dataset_of(request, dataset_id)
    select = request.POST.get("select", "")
    snapshot = _chosen_snapshot(request, dataset)
    try:
        job = actions.start(
            dataset,
            by=member_of(request).user,
            format_name=request.POST.get("format", ""),
            query=select,
            host=f"{request.scheme}://{request.get_host()}",
            snapshot=snapshot,
            snapshot_name=request.POST.get("snapshot_name", ""),
        )
    except BadInput as refusal:
        messages.error(request, str(refusal))
        if snapshot is not None:
            return redirect("exports:snapshot", snapshot.pk)
        return redirect(f"{reverse('exports:choose', args=[dataset.pk])}?{select}")
    jobs.enqueue(job)
    return redirect("exports:show", job.pk)


def _chosen_snapshot(request: HttpRequest, dataset: Dataset) -> Snapshot | None:
    """The snapshot that the form names, None without one; Http404 for one that isn't the dataset's."""
    pk = request.POST.get("snapshot")
    if not pk:
        return None
    rows = Snapshot.objects.visible_to(member_of(request)).filter(dataset=dataset)
    try:
        return get_object_or_404(rows, pk=pk)
    except ValidationError as error:
        raise Http404("There is no such snapshot.") from error


def visible_job(request: HttpRequest, job_id: UUID) -> ExportJob:
    """An export of the current workspace, else 404."""
    rows = ExportJob.objects.visible_to(member_of(request))
    return get_object_or_404(
        rows.select_related("dataset__workspace", "requested_by", "snapshot"), pk=job_id
    )


def crumbs(dataset: Dataset) -> list[tuple[str, str]]:
    """The way to the page where exports are chosen."""
    return [
        *crumbs_to(dataset),
        (reverse("exports:choose", args=[dataset.pk]), "Export"),
    ]


@require_safe
@allow(Action.EXPORT)
def show(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """One export: its progress, then its file."""
    job = visible_job(request, job_id)
    rate = job.samples_per_second
    context: dict[str, Any] = {
        "crumbs": crumbs(job.dataset),
        "dataset": job.dataset,
        "job": job,
        "label": FORMATS[job.format].label if job.format in FORMATS else "Snapshot",
        "rate": f"{rate:,.0f} samples a second" if rate else "",
        "link": request.build_absolute_uri(link_to(job)) if job.is_downloadable else "",
    }
    return render_part(
        request, "exports/show.html", "exports/_progress.html", context, target="export"
    )


@require_POST
@allow(Action.EXPORT)
def cancel(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Stop it; nothing of it is kept."""
    job = visible_job(request, job_id)
    with refusal_as_message(request):
        actions.cancel(job, by=member_of(request).user)
    return redirect("exports:show", job.pk)


@require_POST
@allow(Action.EXPORT)
def delete(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Delete its file before its time."""
    job = visible_job(request, job_id)
    with refusal_as_message(request):
        actions.delete(job, by=member_of(request).user)
    return redirect("exports:show", job.pk)


@require_safe
@allow(Action.EXPORT)
def file(request: HttpRequest, job_id: UUID) -> HttpResponseBase:
    """The zip."""
    job = visible_job(request, job_id)
    if not job.is_downloadable:
        raise Http404("This export has no file (any more).")
    return stored_zip_response(job.stored_name, job.file_name)


@public
@require_safe
def archive(request: HttpRequest, signed: str, name: str) -> HttpResponseBase:
    """The zip behind a link: whoever has the link may fetch it until it ends."""
    try:
        job = job_of(signed)
    except SignatureExpired:
        return HttpResponse("This link has ended. Ask for a new one.\n", "text/plain", status=410)
    except BadSignature:
        job = None
    if job is None:
        refused = refuse_guess(request)
        return refused or HttpResponse("There is no such file.\n", "text/plain", status=404)
    return stored_zip_response(job.stored_name, job.file_name)
