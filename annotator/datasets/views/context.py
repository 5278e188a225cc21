"""What every page of one dataset shares: the dataset itself, the way here, its tabs, its actions."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpRequest
from django.urls import NoReverseMatch, reverse

from annotator.accounts.permissions import Action, may, member_of
from annotator.datasets.models import Dataset
from annotator.datasets.queries.filters import GalleryFilter
from annotator.datasets.queries.page import dataset_to_show


def dataset_of(request: HttpRequest, dataset_id: UUID) -> Dataset:
    """The dataset with its remote and prompts, else 404."""
    dataset = dataset_to_show(member_of(request), dataset_id)
    if dataset is None:
        raise Http404("There is no such dataset.")
    return dataset


def dataset_page_context(request: HttpRequest, dataset: Dataset, *, tab: str) -> dict[str, Any]:
    """The context of the page's head; `tab` is one of those below."""
    member = member_of(request)
    tabs = [
        ("samples", "Samples", reverse("datasets:gallery", args=[dataset.pk])),
        ("schema", "Schema", reverse("datasets:schema", args=[dataset.pk])),
    ]
    if guidelines := link("guidelines:guidelines", dataset.pk):
        tabs.append(("guidelines", "Guidelines", guidelines))
    suggestions = link("suggestions:sources", dataset.pk)
    if suggestions and may(member, Action.SET_VALUES):
        tabs.append(("suggestions", "Suggestions", suggestions))
    assignments = link("assignments:overview", dataset.pk)
    if assignments and may(member, Action.ASSIGN):
        tabs.append(("assignment", "Assignment", assignments))
    if may(member, Action.READ_OTHERS_ANSWERS):
        for name, words in (("progress", "Progress"), ("agreement", "Agreement")):
            if url := link(f"figures:{name}", dataset.pk):
                tabs.append((name, words, url))
    gold = link("gold:gold", dataset.pk)
    if gold and may(member, Action.READ_GOLD):
        tabs.append(("gold", "Gold", gold))
    if may(member, Action.MANAGE_SCHEMA):
        tabs.append(("settings", "Settings", reverse("datasets:settings", args=[dataset.pk])))
    return {
        "crumbs": [(reverse("datasets:list"), "Datasets")],
        "dataset": dataset,
        "tabs": [(name, words, url, name == tab) for name, words, url in tabs],
        "can_manage": may(member, Action.MANAGE_SCHEMA),
    }


def crumbs_to(dataset: Dataset) -> list[tuple[str, str]]:
    """The way to the dataset, for a page below it: (address, words) of each step."""
    return [
        (reverse("datasets:list"), "Datasets"),
        (reverse("datasets:gallery", args=[dataset.pk]), dataset.name),
    ]


def link(name: str, *args: object) -> str:
    """The address of another room's page; empty while that room has none."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def work_links(request: HttpRequest, dataset: Dataset) -> dict[str, str]:
    """Where this person can go on from the dataset: label, review, bring in, export."""
    member = member_of(request)
    wanted = {
        "label_url": ("annotation:next", Action.LABEL),
        "review_url": ("review:queue", Action.REVIEW),
        "import_url": ("imports:new", Action.MANAGE_SAMPLES),
        "answers_url": ("imports:answers_new", Action.MANAGE_SAMPLES),
        "export_url": ("exports:choose", Action.EXPORT),
    }
    links = {
        key: link(name, dataset.pk) if may(member, action) else ""
        for key, (name, action) in wanted.items()
    }
    if dataset.is_mirrored:
        links["import_url"] = ""  # its samples come from its home
    return links


def extra_links(
    request: HttpRequest, dataset: Dataset, narrowed: GalleryFilter
) -> list[tuple[str, str]]:
    """(words, address) of what other rooms do with the samples of this filter."""
    member = member_of(request)
    query = request.GET.urlencode()
    links = []
    if query and may(member, Action.EXPORT):
        links.append(("Export these", link("exports:choose", dataset.pk) + f"?{query}"))
    if any(each.key.startswith("s.") for each in narrowed.extras) and may(member, Action.LABEL):
        links.append(("Accept suggestions", link("review:accept", dataset.pk) + f"?{query}"))
    if may(member, Action.TRAIN):
        filter_ = urlencode({"filter": query}) if query else ""
        links.append(("Predict", f"{link('predictions:new', dataset.pk)}?{filter_}"))
    return [(words, url) for words, url in links if not url.startswith("?")]
