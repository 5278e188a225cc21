"""Pages of an import of answers: send files, choose columns, check, import, undo."""

from __future__ import annotations

from typing import Any

from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    JsonResponse,
    StreamingHttpResponse,
)
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotator.accounts.permissions import Action, allow, may, member_of
from annotator.datasets.models import Dataset
from annotator.errors import BadInput, NotPermitted
from annotator.htmx import render_part
from annotator.imports.answers import actions, queries, received
from annotator.imports.answers.forms import AnswersForm, read_cells, read_targets
from annotator.imports.answers.mapping import Target
from annotator.imports.jobs import work_on_answers
from annotator.imports.models import AnswerImport
from annotator.imports.queries import pager
from annotator.imports.requests import paths_of, receive_files, refuse_address
from annotator.paging import keyset_page
from annotator.queueing import enqueue_on_commit
from annotator.ui.csv_lines import csv_lines

PAGE_SIZE = 50
REPORT = ["row", "column", "value", "reason", "what to do"]


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.MANAGE_SAMPLES)
def new(request: HttpRequest, dataset_id: Any) -> HttpResponseBase:
    """Choose files with answers, or an address. A POST sends all, or begins an import whose files follow."""
    datasets = Dataset.objects.visible_to(member_of(request))
    dataset = get_object_or_404(datasets, pk=dataset_id)
    by = member_of(request).user
    if request.method != "POST":
        return _new_page(request, dataset, AnswersForm())
    if not request.accepts("text/html"):
        refuse_address(request, AnswersForm.BOTH)
        return JsonResponse(_addresses(actions.begin(dataset, by=by)), status=201)
    form = AnswersForm(request.POST, request.FILES)
    if not form.is_valid():
        return _new_page(request, dataset, form, status=422)
    if address := form.cleaned_data["address"]:
        return _work(actions.begin(dataset, by=by, address=address))
    answer_import = actions.begin(dataset, by=by)
    try:
        for path, file in form.named_files():
            actions.receive(answer_import, path=path, chunks=file.chunks())
        actions.start_reading(answer_import)
    except BadInput as refusal:
        actions.cancel(answer_import, by=by)
        form.add_error(None, str(refusal))
        return _new_page(request, dataset, form, status=422)
    return _work(answer_import)


def _new_page(
    request: HttpRequest, dataset: Dataset, form: AnswersForm, *, status: int = 200
) -> HttpResponse:
    earlier = dataset.answer_imports.select_related("started_by")[:10]
    context = {"dataset": dataset, "form": form, "earlier": earlier}
    return render(request, "imports/answers/new.html", context, status=status)


@require_POST
@allow(Action.MANAGE_SAMPLES)
def preview(request: HttpRequest, dataset_id: Any) -> HttpResponse:
    """How many files were chosen; changes nothing."""
    get_object_or_404(Dataset.objects.visible_to(member_of(request)), pk=dataset_id)
    shown = queries.chosen_files(paths_of(request))
    return render(request, "imports/answers/_preview.html", {"preview": shown})


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.MANAGE_SAMPLES)
def files(request: HttpRequest, answer_import_id: Any) -> JsonResponse:
    """The paths received so far. A POST brings some `files`, and as JSON their `paths`."""
    answer_import = _find(request, answer_import_id)
    if request.method != "POST":
        return JsonResponse({"paths": received.names(answer_import)})
    return receive_files(
        request, lambda path, chunks: actions.receive(answer_import, path=path, chunks=chunks)
    )


@require_POST
@allow(Action.MANAGE_SAMPLES)
def start(request: HttpRequest, answer_import_id: Any) -> HttpResponseBase:
    """All files are here: read their columns. Idempotent, for a browser that lost the response."""
    answer_import = _find(request, answer_import_id)
    if answer_import.is_receiving:
        actions.start_reading(answer_import)
        enqueue_on_commit(work_on_answers, str(answer_import.pk))
    if request.accepts("text/html"):
        return redirect("imports:answers", answer_import.pk)
    return JsonResponse({"url": reverse("imports:answers", args=[answer_import.pk])})


@require_safe
@allow(Action.MANAGE_SAMPLES)
def detail(request: HttpRequest, answer_import_id: Any) -> HttpResponse:
    """Its columns, how far it is, its report."""
    answer_import = _find(request, answer_import_id)
    return _page(request, answer_import)


def _page(
    request: HttpRequest,
    answer_import: AnswerImport,
    *,
    targets: list[Target] | None = None,
    refusal: BadInput | None = None,
) -> HttpResponse:
    member = member_of(request)
    refusals = answer_import.refusals.all()
    cursor = request.GET.get("cursor")
    page = keyset_page(refusals, order=("number", "id"), cursor=cursor, size=PAGE_SIZE)
    context = {
        "answer_import": answer_import,
        "dataset": answer_import.dataset,
        "columns": queries.column_rows(
            answer_import,
            targets or queries.chosen_targets(answer_import),
            can_make=may(member, Action.MANAGE_SCHEMA),
            problems=refusal.fields if refusal else None,
        ),
        "readings": queries.reading_choices(answer_import),
        "format": queries.format_label(answer_import),
        "standings": queries.standings(answer_import),
        "has_addresses": queries.has_addresses(answer_import),
        "problem": str(refusal) if refusal else "",
        "progress": queries.progress_of(answer_import) if answer_import.is_working else None,
        "counts": queries.counts_of(answer_import),
        "page": page,
        "rows": queries.refusal_rows(answer_import, page),
        "pager": pager(page),
        "can_undo": answer_import.can_undo and _may_undo(request, answer_import),
        "here": request.get_full_path(),
    }
    part = "imports/answers/_import.html"
    template = "imports/answers/detail.html"
    status = 422 if refusal else 200
    return render_part(request, template, part, context, target="answers", status=status)


@require_POST
@allow(Action.MANAGE_SAMPLES)
def columns(request: HttpRequest, answer_import_id: Any) -> HttpResponseBase:
    """Keep what the columns are for, and check all rows."""
    answer_import = _find(request, answer_import_id)
    targets = queries.chosen_targets(answer_import)
    try:
        targets = read_targets(request.POST, targets)
        standing = request.POST.get("standing", "")
        fetches = request.POST.get("fetch_pictures") == "on"
        actions.choose_columns(answer_import, targets, standing=standing, fetches_pictures=fetches)
        _require_schema_right(request, answer_import)
        actions.start_check(answer_import)
    except BadInput as refusal:
        return _page(request, answer_import, targets=targets, refusal=refusal)
    return _work(answer_import)


@require_POST
@allow(Action.MANAGE_SAMPLES)
def reading(request: HttpRequest, answer_import_id: Any) -> HttpResponseBase:
    """Read the file differently: its encoding, separator and so on, or another file of the folder."""
    answer_import = _find(request, answer_import_id)
    actions.read_again(
        answer_import,
        reading=queries.read_as(request.POST.dict()),
        source_format=answer_import.source_format,
        table=request.POST.get("table", ""),
    )
    return _work(answer_import)


@require_POST
@allow(Action.MANAGE_SAMPLES)
def mend(request: HttpRequest, answer_import_id: Any) -> HttpResponseBase:
    """Put corrected cells in place of refused ones, and check all rows again."""
    answer_import = _find(request, answer_import_id)
    actions.mend(answer_import, read_cells(request.POST.dict(), answer_import))
    actions.start_check(answer_import)
    return _work(answer_import)


@require_POST
@allow(Action.MANAGE_SAMPLES)
def run(request: HttpRequest, answer_import_id: Any) -> HttpResponseBase:
    """Write what was checked."""
    answer_import = _find(request, answer_import_id)
    _require_schema_right(request, answer_import)
    actions.start_import(answer_import, by=member_of(request).user)
    return _work(answer_import)


@require_POST
@allow(Action.MANAGE_SAMPLES)
def cancel(request: HttpRequest, answer_import_id: Any) -> HttpResponseBase:
    """Stop; what was written stays, and can be undone."""
    answer_import = _find(request, answer_import_id)
    actions.cancel(answer_import, by=member_of(request).user)
    return redirect("imports:answers", answer_import.pk)


@require_POST
@allow(Action.MANAGE_SAMPLES)
def undo(request: HttpRequest, answer_import_id: Any) -> HttpResponseBase:
    """Take back what the import wrote, where nobody has changed it since."""
    answer_import = _find(request, answer_import_id)
    if not _may_undo(request, answer_import):
        raise NotPermitted("This import made samples or variables: ask an admin to undo it.")
    actions.start_undo(answer_import, by=member_of(request).user)
    return _work(answer_import)


@require_safe
@allow(Action.MANAGE_SAMPLES)
def report_csv(request: HttpRequest, answer_import_id: Any) -> StreamingHttpResponse:
    """Every refusal as a table."""
    answer_import = _find(request, answer_import_id)
    lines = csv_lines(REPORT, queries.report_lines(answer_import))
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="answers-{answer_import.pk}.csv"'
    return response


def _may_undo(request: HttpRequest, answer_import: AnswerImport) -> bool:
    """Who deletes samples and changes the schema otherwise."""
    member = member_of(request)
    deletes = not answer_import.samples_made or may(member, Action.DELETE)
    return deletes and (not answer_import.variables_made or may(member, Action.MANAGE_SCHEMA))


def _require_schema_right(request: HttpRequest, answer_import: AnswerImport) -> None:
    """Raises BadInput when the import makes variables that this person may not make."""
    if may(member_of(request), Action.MANAGE_SCHEMA):
        return
    if actions.makes_variables(answer_import):
        raise BadInput(
            "Only admins make variables. Choose an existing one, or leave the column out."
        )


def _addresses(answer_import: AnswerImport) -> dict[str, str]:
    return {
        "files_url": reverse("imports:answers_files", args=[answer_import.pk]),
        "start_url": reverse("imports:answers_start", args=[answer_import.pk]),
    }


def _work(answer_import: AnswerImport) -> HttpResponseBase:
    """Let a worker go on, and show the page."""
    enqueue_on_commit(work_on_answers, str(answer_import.pk))
    return redirect("imports:answers", answer_import.pk)


def _find(request: HttpRequest, answer_import_id: Any) -> AnswerImport:
    visible = AnswerImport.objects.visible_to(member_of(request))
    return get_object_or_404(visible.select_related("dataset__workspace"), pk=answer_import_id)
