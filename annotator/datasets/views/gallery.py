"""The gallery: a dataset's samples, narrowed by filters, and what is done with many at once."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict
from django.views.decorators.http import require_safe

from annotator.accounts.models import User
from annotator.accounts.permissions import Action, allow, may, member_of
from annotator.datasets.models import Sample
from annotator.datasets.queries.facets import Counts, address, all_counts, counts_in, facets
from annotator.datasets.queries.filters import (
    PREFIX,
    SPLITS,
    GalleryFilter,
    one_each,
    read_filter,
)
from annotator.datasets.queries.sample_cards import sample_cards
from annotator.datasets.views.context import (
    dataset_of,
    dataset_page_context,
    extra_links,
    work_links,
)
from annotator.htmx import render_part
from annotator.paging import KeysetPage, keyset_page

PAGE_SIZE = 60
SHOWN = ("name", "state", "test", "created_at")  # of a sample in its card
FREQUENT = 20  # one sample in so many passes: a page is found within some 1,200 samples


@require_safe
@allow(Action.READ)
def gallery(request: HttpRequest, dataset_id: UUID) -> HttpResponse:
    """One page of samples, with the filters beside it."""
    member = member_of(request)
    dataset = dataset_of(request, dataset_id)
    variables = list(dataset.variables.live())
    narrowed = read_filter(one_each(request.GET), variables)
    whole = all_counts(dataset)
    counts = counts_in(dataset, narrowed, whole)
    matches = counts.total(state=narrowed.state, split=narrowed.split)
    page = keyset_page(
        narrowed.apply(
            Sample.objects.in_dataset(dataset).only(*SHOWN),
            frequent=matches * FREQUENT > whole.total(),
        ),
        order=("created_at", "id"),
        cursor=request.GET.get("after"),
        size=PAGE_SIZE,
        newest_first=narrowed.newest_first,
    )
    people = list(User.objects.filter(memberships__workspace=member.workspace_id))
    context = {
        **dataset_page_context(request, dataset, tab="samples"),
        **work_links(request, dataset),
        **_listing(request, narrowed, counts, page, people),
        "cards": sample_cards(page.rows, variables),
        "facets": facets(dataset, variables, narrowed, counts, whole=whole, params=request.GET),
        "whole": whole.total(),
        "to_label": whole.total(state="unlabeled"),
        "returned": whole.total(state="returned"),  # each to its author: no number for all
        "to_review": whole.total(state="submitted"),
        "has_variables": bool(variables),
        "can_move": may(member, Action.MANAGE_SAMPLES),
        "can_delete": may(member, Action.DELETE),
        "people": people,
        "extra_links": extra_links(request, dataset, narrowed),
    }
    return render_part(
        request, "datasets/gallery.html", "datasets/_gallery.html", context, target="gallery"
    )


def _listing(
    request: HttpRequest,
    narrowed: GalleryFilter,
    counts: Counts,
    page: KeysetPage[Sample],
    people: list[User],
) -> dict[str, Any]:
    """What the list says about itself: how many, which filters, where the neighbours are."""
    params = request.GET
    total = counts.total(state=narrowed.state, split=narrowed.split)
    start = int(params["at"]) if params.get("at", "").isdecimal() else 0
    return {
        "filter": narrowed,
        "chips": chips(params, narrowed, people),
        "is_narrowed": bool(narrowed.is_deep or narrowed.state or narrowed.split),
        "plain_url": request.path,
        "hidden": hidden_inputs(params),
        "matches": total,
        "matches_text": counts.text(total),
        "query": address(params, {}).removeprefix("?"),
        "pager": {
            "previous_query": _turn(params, page.previous_cursor, max(0, start - PAGE_SIZE)),
            "next_query": _turn(params, page.next_cursor, start + len(page.rows)),
            "shown": f"{start + 1}–{start + len(page.rows)} of {counts.text(total)}"
            if page.rows
            else "",
        },
    }


def _turn(params: QueryDict, cursor: str | None, start: int) -> str:
    if cursor is None:
        return ""
    return f"{address(params, {})}&after={cursor}&at={start}"


# What the search form has inputs of its own for; the rest of the filter rides along hidden.
OWN_INPUTS = ("q", "by", "order")
ENDINGS = (".min", ".max", ".has")


def hidden_inputs(params: QueryDict) -> list[tuple[str, str]]:
    """The parts of the filter that the search form keeps without showing them."""
    return [
        (name, value)
        for name, values in params.lists()
        for value in values
        if name not in {*OWN_INPUTS, "after", "at"} and not _has_input(name)
    ]


def _has_input(name: str) -> bool:
    """Whether a facet has an input for this part of the filter."""
    return name.startswith(PREFIX) and name.endswith(ENDINGS)


def chips(params: QueryDict, narrowed: GalleryFilter, people: list[User]) -> list[tuple[str, str]]:
    """(words, address without it) of each filter that is on."""
    chips = []
    if narrowed.state:
        chips.append(("state", f"State: {Sample.State(narrowed.state).label}"))
    if narrowed.split:
        chips.append(("split", f"Split: {SPLITS[narrowed.split]}"))
    if narrowed.search:
        chips.append(("q", f"Search: {narrowed.search}"))
    if narrowed.skip_reason:
        chips.append(("skipped", f"Skipped: {narrowed.skip_reason}"))
    if narrowed.person is not None:
        names = {person.pk: person.display_name for person in people}
        chips.append(("by", f"Answered by {names.get(narrowed.person, 'somebody else')}"))
    chips += [(condition.key, condition.words) for condition in narrowed.conditions]
    chips += [(extra.key, extra.words) for extra in narrowed.extras]
    return [(words, address(params, {name: ""})) for name, words in chips]
