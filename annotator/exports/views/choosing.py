"""Choose what to export, look at the first lines, download."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import chain, islice
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from annotator.accounts.models import User
from annotator.accounts.permissions import Action, allow
from annotator.accounts.requests import MemberRequest
from annotator.datasets.models import Dataset, Sample
from annotator.datasets.queries import dataset_cards
from annotator.datasets.training_rows import count_rows
from annotator.datasets.views.context import crumbs_to
from annotator.datasets.views.gallery import chips, hidden_inputs
from annotator.exports.export import Export
from annotator.exports.formats import FORMATS, FORMER_NAMES
from annotator.exports.models import ExportJob
from annotator.exports.selection import FORM_FIELDS, Pictures, read_selection
from annotator.htmx import render_part

PREVIEWED = 2  # lines


@require_safe
@allow(Action.EXPORT)
def choose(request: MemberRequest, dataset_id: str) -> HttpResponse:
    """What an export would hold, with its first lines as they will be written."""
    dataset = _dataset(request, dataset_id)
    export = _export(request, dataset)
    context = {
        "crumbs": crumbs_to(dataset),
        "dataset": dataset,
        "export": export,
        "selection": export.selection,
        **_choices(request, export),
        "jobs": ExportJob.objects.visible_to(request.member).filter(dataset=dataset)[:10],
        **_preview(export),
    }
    return render_part(
        request, "exports/choose.html", "exports/_preview.html", context, target="export-preview"
    )


def _choices(request: MemberRequest, export: Export) -> dict[str, Any]:
    """What the form offers, and what is chosen."""
    selection = export.selection
    chosen = selection.variables
    people = list(User.objects.filter(memberships__workspace=request.member.workspace_id))
    return {
        "chips": chips(request.GET, selection.filter, people),
        "hidden": [
            (name, value)
            for name, value in hidden_inputs(request.GET, own=())
            if name not in FORM_FIELDS
        ],
        "states": [(*pair, pair[0] in selection.states) for pair in Sample.State.choices],
        "variables": [
            (each.name, chosen is None or each.name in chosen) for each in export.all_variables
        ],
        "groups": [
            ("For training", choices(for_people=False)),
            ("For people and other tools", choices(for_people=True)),
        ],
        "pictures": [
            (each.value, each.label) for each in Pictures if each.value in export.picture_choices
        ],
    }


def _preview(export: Export) -> dict[str, Any]:
    """How many samples would go in, why others would not, and the first lines."""
    if export.problem:
        return {"problem": export.problem}
    counts = count_rows(export.dataset, choice=export.choice)
    card = dataset_cards(Dataset.objects.filter(pk=export.dataset.pk))[0]
    return {
        "card": card,
        "counts": {
            "train": counts.train,
            "test": counts.test,
            "others": card.total - counts.train - counts.test,
        },
        "rows": counts,
        "is_large": counts.train + counts.test + counts.excluded > settings.EXPORT_JOB_SAMPLES,
        "lines": list(_first_lines(export)),
    }


def _first_lines(export: Export) -> Iterator[str]:
    for line in islice(chain(export.lines("train"), export.lines("test")), PREVIEWED):
        yield json.dumps(json.loads(line), indent=2, ensure_ascii=False)


@require_safe
@allow(Action.EXPORT)
def download(request: MemberRequest, dataset_id: str) -> HttpResponse | StreamingHttpResponse:
    """The zip, sent while it is written. A selection that makes no sense leads back to the page."""
    dataset = _dataset(request, dataset_id)
    export = _export(request, dataset)
    if export.problem:
        messages.error(request, export.problem)
        address = reverse("exports:choose", args=[dataset.pk])
        return redirect(f"{address}?{request.GET.urlencode()}")
    response = StreamingHttpResponse(export.stream(), content_type="application/zip")
    name = slugify(dataset.name) or "dataset"
    response["Content-Disposition"] = f'attachment; filename="{name}.zip"'
    response["X-Accel-Buffering"] = "no"
    return response


def choices(*, for_people: bool) -> list[tuple[str, str]]:
    """The name and label of each format of a kind."""
    return [(each.name, each.label) for each in FORMATS.values() if each.for_people == for_people]


def _export(request: MemberRequest, dataset: Dataset) -> Export:
    """As the address says: `format` (the first one if absent) and selection.py. Http404 for no format."""
    name = request.GET.get("format") or next(iter(FORMATS))
    name = FORMER_NAMES.get(name, name)
    if name not in FORMATS:
        raise Http404(f"There is no export format “{name}”.")
    selection = read_selection(request.GET, list(dataset.variables.live()))
    host = f"{request.scheme}://{request.get_host()}"
    return FORMATS[name](dataset, selection, host=host)


def _dataset(request: MemberRequest, dataset_id: str) -> Dataset:
    datasets = Dataset.objects.visible_to(request.member).with_prompts()
    return get_object_or_404(datasets, pk=dataset_id)
