"""The import page, the files it sends, the report."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    JsonResponse,
    StreamingHttpResponse,
)
from django.shortcuts import get_object_or_404, redirect, render
from django.template.defaultfilters import pluralize
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotator.accounts.permissions import Action, allow, member_of
from annotator.datasets.models import Dataset
from annotator.htmx import render_part
from annotator.images.decoding import ACCEPTED
from annotator.imports import actions, queries, renaming
from annotator.imports.forms import ChoicesForm, ImportForm
from annotator.imports.jobs import read_pictures
from annotator.imports.models import ImageImport, ImportedFile
from annotator.imports.progress import fetching_progress
from annotator.imports.requests import paths_of, receive_files, refuse_address
from annotator.paging import keyset_page
from annotator.queueing import enqueue_on_commit
from annotator.ui.csv_lines import csv_lines

PAGE_SIZE = 50


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.MANAGE_SAMPLES)
def new(request: HttpRequest, dataset_id: Any) -> HttpResponseBase:
    """Choose files and how they become samples. A POST sends all, or begins an import whose files follow."""
    datasets = Dataset.objects.visible_to(member_of(request))
    dataset = get_object_or_404(datasets, pk=dataset_id)
    if request.method != "POST":
        return _page(request, dataset, ImportForm())
    if request.accepts("text/html"):
        return _import_at_once(request, dataset)
    form = ChoicesForm(request.POST)
    refuse_address(request, ImportForm.BOTH)
    if not form.is_valid():
        return JsonResponse(
            {"detail": "Correct the choices that are marked.", "fields": form.errors}, status=422
        )
    image_import = actions.begin(dataset, by=member_of(request).user, **form.cleaned_data)
    return JsonResponse(_addresses(image_import), status=201)


@require_POST
@allow(Action.MANAGE_SAMPLES)
def preview(request: HttpRequest, dataset_id: Any) -> HttpResponse:
    """What an import of the files named in `paths`, a JSON list, will make; changes nothing."""
    get_object_or_404(Dataset.objects.visible_to(member_of(request)), pk=dataset_id)
    form = ChoicesForm(request.POST)
    shown = None
    if form.is_valid():
        shown = queries.preview(paths_of(request), **form.cleaned_data)
    status = 200 if shown else 422
    return render(request, "imports/_preview.html", {"preview": shown}, status=status)


def _import_at_once(request: HttpRequest, dataset: Dataset) -> HttpResponseBase:
    """An address, or the form without JavaScript: everything came in one request."""
    form = ImportForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, dataset, form, status=422)
    choices = {name: form.cleaned_data[name] for name in ("grouping", "test_percent", "address")}
    image_import = actions.begin(dataset, by=member_of(request).user, **choices)
    for path, file in form.named_files():
        actions.receive(image_import, path=path, chunks=file.chunks())
    if not image_import.is_fetching:
        actions.start(image_import, by=member_of(request).user)
    enqueue_on_commit(read_pictures, str(image_import.pk))
    return redirect("imports:detail", image_import.pk)


@require_safe
@allow(Action.MANAGE_SAMPLES)
def resume(request: HttpRequest, import_id: Any) -> HttpResponseBase:
    """The page again, for an upload that was interrupted: what has arrived is not sent twice."""
    image_import = _find(request, import_id)
    if image_import.state != ImageImport.State.RECEIVING:
        return redirect("imports:detail", image_import.pk)
    return _page(request, image_import.dataset, ImportForm(), resumed=image_import)


def _page(
    request: HttpRequest,
    dataset: Dataset,
    form: ImportForm,
    *,
    status: int = 200,
    resumed: ImageImport | None = None,
) -> HttpResponse:
    imports = dataset.imports.select_related("started_by")
    context = {
        "dataset": dataset,
        "form": form,
        "resumed": resumed,
        "addresses": _addresses(resumed) if resumed else {},
        "earlier": imports[:10],
        "can_import": not dataset.is_mirrored,
        "accepted": ACCEPTED,
        "megabytes": settings.IMAGE_MAX_BYTES // 1_000_000,
    }
    return render(request, "imports/new.html", context, status=status)


def _addresses(image_import: ImageImport) -> dict[str, str]:
    return {
        "files_url": reverse("imports:files", args=[image_import.pk]),
        "start_url": reverse("imports:start", args=[image_import.pk]),
    }


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.MANAGE_SAMPLES)
def files(request: HttpRequest, import_id: Any) -> JsonResponse:
    """The paths received so far. A POST brings some `files`, and as JSON their `paths`."""
    image_import = _find(request, import_id)
    if request.method != "POST":
        received = image_import.files.exclude(sent_path="")
        return JsonResponse({"paths": list(received.values_list("sent_path", flat=True))})
    return receive_files(
        request, lambda path, chunks: actions.receive(image_import, path=path, chunks=chunks)
    )


@require_POST
@allow(Action.MANAGE_SAMPLES)
def start(request: HttpRequest, import_id: Any) -> HttpResponseBase:
    """All files are here: read them. Idempotent, for a browser that lost the response.

    `passed_over` says how many hidden and system files the browser did not send.
    """
    image_import = _find(request, import_id)
    if image_import.state == ImageImport.State.RECEIVING:
        count = request.POST.get("passed_over", "")
        passed_over = int(count) if re.fullmatch("[0-9]{1,6}", count) else 0
        actions.start(image_import, by=member_of(request).user, passed_over=passed_over)
        enqueue_on_commit(read_pictures, str(image_import.pk))
    if request.accepts("text/html"):
        return redirect("imports:detail", image_import.pk)
    return JsonResponse({"url": reverse("imports:detail", args=[image_import.pk])})


@require_POST
@allow(Action.MANAGE_SAMPLES)
def cancel(request: HttpRequest, import_id: Any) -> HttpResponseBase:
    """Stop reading; samples that were made stay."""
    image_import = _find(request, import_id)
    actions.cancel(image_import, by=member_of(request).user)
    return redirect("imports:detail", image_import.pk)


@require_POST
@allow(Action.MANAGE_SAMPLES)
def names(request: HttpRequest, import_id: Any) -> HttpResponseBase:
    """Read the names of a zip that does not say their encoding in the chosen `encoding`."""
    image_import = _find(request, import_id)
    encoding = request.POST.get("encoding", "")
    count = renaming.read_names_as(image_import, encoding=encoding, by=member_of(request).user)
    messages.success(request, f"{count:,} file name{pluralize(count)} read again.")
    return redirect("imports:detail", image_import.pk)


@require_safe
@allow(Action.MANAGE_SAMPLES)
def detail(request: HttpRequest, import_id: Any) -> HttpResponse:
    """How far it is, and the result of each file."""
    image_import = _find(request, import_id)
    chosen = request.GET.get("state", "")
    progress = queries.progress_of(image_import)
    rows = queries.report(image_import, chosen)
    cursor = request.GET.get("cursor")
    page = keyset_page(rows, order=("path", "id"), cursor=cursor, size=PAGE_SIZE)
    context = {
        "image_import": image_import,
        "dataset": image_import.dataset,
        "progress": progress,
        "filters": queries.filters(progress, chosen),
        "page": page,
        "pager": queries.pager(page, state=chosen),
        "fetching": fetching_progress(image_import) if image_import.is_fetching else None,
        "is_working": image_import.is_working,
        "is_receiving": image_import.state == ImageImport.State.RECEIVING,
        "guess": None if image_import.is_open else renaming.guess_of(image_import),
        "passed_over": queries.passed_over_sentence(image_import.passed_over)
        if image_import.passed_over
        else "",
        "with_answers": [] if image_import.is_open else queries.files_with_answers(image_import),
        "here": request.get_full_path(),
    }
    return render_part(
        request, "imports/detail.html", "imports/_import.html", context, target="import"
    )


@require_safe
@allow(Action.MANAGE_SAMPLES)
def report_csv(request: HttpRequest, import_id: Any) -> StreamingHttpResponse:
    """The full report as a table."""
    image_import = _find(request, import_id)
    lines = _csv_lines(queries.report(image_import, request.GET.get("state", "")))
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="import-{image_import.pk}.csv"'
    return response


def _csv_lines(rows: Any) -> Iterator[str]:
    files: Iterator[ImportedFile] = rows.iterator(chunk_size=500)
    return csv_lines(
        ["file", "state", "reason", "image", "sample"],
        (
            [file.path, file.state, file.reason, file.image_id or "", file.sample_id or ""]
            for file in files
        ),
    )


def _find(request: HttpRequest, import_id: Any) -> ImageImport:
    visible = ImageImport.objects.visible_to(member_of(request))
    return get_object_or_404(visible.select_related("dataset__workspace"), pk=import_id)
