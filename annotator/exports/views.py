"""Choose what to export, look at the first lines, download."""

from __future__ import annotations

import json
from itertools import chain, islice

from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from annotator.accounts.permissions import Action, allow
from annotator.accounts.requests import MemberRequest
from annotator.datasets.models import Dataset
from annotator.datasets.queries import dataset_cards
from annotator.datasets.training_rows import count_rows
from annotator.exports.export import Export
from annotator.exports.formats import FORMATS, FORMER_NAMES

PREVIEWED = 2  # lines


@require_safe
@allow(Action.EXPORT)
def choose(request: MemberRequest, dataset_id: str) -> HttpResponse:
    """What an export would hold, with its first lines as they will be written."""
    dataset = _dataset(request, dataset_id)
    export = _export(request, dataset)
    counts = count_rows(dataset, approved_only=export.approved_only)
    card = dataset_cards([dataset])[0]
    others = card.total - counts.train - counts.test
    lines = [
        json.dumps(json.loads(line), indent=2, ensure_ascii=False)
        for line in islice(chain(export.lines("train"), export.lines("test")), PREVIEWED)
    ]
    context = {
        "crumbs": [
            (reverse("datasets:list"), "Datasets"),
            (reverse("datasets:gallery", args=[dataset.pk]), dataset.name),
        ],
        "dataset": dataset,
        "card": card,
        "approved_only": export.approved_only,
        "export": export,
        "groups": [
            ("For training", choices(for_people=False)),
            ("For people and other tools", choices(for_people=True)),
        ],
        "counts": {"train": counts.train, "test": counts.test, "others": others},
        "rows": counts,
        "lines": lines,
    }
    return render(request, "exports/choose.html", context)


@require_safe
@allow(Action.EXPORT)
def download(request: MemberRequest, dataset_id: str) -> StreamingHttpResponse:
    """The zip, sent while it is written."""
    dataset = _dataset(request, dataset_id)
    export = _export(request, dataset)
    response = StreamingHttpResponse(export.stream(), content_type="application/zip")
    name = slugify(dataset.name) or "dataset"
    response["Content-Disposition"] = f'attachment; filename="{name}.zip"'
    response["X-Accel-Buffering"] = "no"
    return response


def choices(*, for_people: bool) -> list[tuple[str, str]]:
    """The name and label of each format of a kind."""
    return [(each.name, each.label) for each in FORMATS.values() if each.for_people == for_people]


def _export(request: MemberRequest, dataset: Dataset) -> Export:
    """As the address says: `format` (the first one if absent) and `approved`. Http404 for no format."""
    name = request.GET.get("format") or next(iter(FORMATS))
    name = FORMER_NAMES.get(name, name)
    if name not in FORMATS:
        raise Http404(f"There is no export format “{name}”.")
    return FORMATS[name](dataset, approved_only=request.GET.get("approved") == "1")


def _dataset(request: MemberRequest, dataset_id: str) -> Dataset:
    datasets = Dataset.objects.visible_to(request.member).with_prompts()
    return get_object_or_404(datasets, pk=dataset_id)
