"""The gallery: a dataset's samples, narrowed by filters, and what is done with many at once."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.views.decorators.http import require_safe

from annotator.accounts.models import Membership, User
from annotator.accounts.permissions import Action, allow, may, member_of
from annotator.datasets.models import Dataset, Sample, SampleQuerySet, Variable
from annotator.datasets.queries.assigned import ASSIGNEES, names_of
from annotator.datasets.queries.assigned_facet import assigned_facet
from annotator.datasets.queries.facets import Counts, Facet, address, counts_in, facets
from annotator.datasets.queries.filters import (
    PREFIX,
    SPLITS,
    GalleryFilter,
    one_each,
    read_filter,
)
from annotator.datasets.queries.gold import shown_in
from annotator.datasets.queries.gold_facet import gold_facet
from annotator.datasets.queries.page import GalleryDataset, gallery_dataset
from annotator.datasets.queries.sample_cards import sample_cards
from annotator.datasets.views.cards import card_html
from annotator.datasets.views.context import dataset_page_context, extra_links, link, work_links
from annotator.htmx import render_part
from annotator.paging import KeysetPage, keyset_page

PAGE_SIZE = 60
SHOWN = ("name", "state", "test", "created_at", "assignment__due_on")  # of a sample in its card
FREQUENT = 20  # one sample in so many passes: a page is found within some 1,200 samples


@require_safe
@allow(Action.READ)
def gallery(request: HttpRequest, dataset_id: UUID) -> HttpResponse:
    """One page of samples, with the filters beside it."""
    member = member_of(request)
    shown = gallery_dataset(member, dataset_id)
    if shown is None:
        raise Http404("There is no such dataset.")
    dataset, whole, people = shown.dataset, shown.whole, shown.people
    samples = shown_in(dataset, member, shown.copies)
    variables = Variable.objects.asked_in(dataset)
    narrowed = read_filter(one_each(request.GET), variables).allowed_to(member)
    counts = counts_in(samples, narrowed, whole)
    page = _page(request, _shown_samples(samples), narrowed, counts, whole)
    cards, can_move = sample_cards(page.rows, variables), may(member, Action.MANAGE_SAMPLES)
    context = {
        **dataset_page_context(request, dataset, tab="samples"),
        **work_links(request, dataset),
        **_listing(request, narrowed, counts, page, people),
        "cards": cards,
        "shown_cards": [card_html(card, can_move=can_move, people=people) for card in cards],
        "facets": _facets(request, shown, samples, variables, narrowed, counts),
        **_figures(whole),
        "has_variables": bool(variables),
        "can_move": can_move,
        **_bulk_actions(member, dataset),
        "people": people,
        "extra_links": extra_links(request, dataset, narrowed),
    }
    return render_part(
        request, "datasets/gallery.html", "datasets/_gallery.html", context, target="gallery"
    )


def _facets(
    request: HttpRequest,
    shown: GalleryDataset,
    samples: SampleQuerySet,
    variables: list[Variable],
    narrowed: GalleryFilter,
    counts: Counts,
) -> list[Facet]:
    """The choices beside the samples."""
    return [
        *assigned_facet(shown.assigned, shown.people, shown.whole.total(), request.GET),
        *facets(
            shown.dataset,
            variables,
            narrowed,
            counts,
            whole=shown.whole,
            params=request.GET,
            among=samples if shown.copies else None,
        ),
        *gold_facet(shown.dataset, member_of(request), request.GET),
    ]


def _page(
    request: HttpRequest,
    samples: SampleQuerySet,
    narrowed: GalleryFilter,
    counts: Counts,
    whole: Counts,
) -> KeysetPage[Sample]:
    """The page of samples that the address asks for."""
    matches = counts.total(state=narrowed.state, split=narrowed.split)
    listing = None if narrowed.order else narrowed.listing
    return keyset_page(
        narrowed.apply(
            samples,
            frequent=counts.capped or matches * FREQUENT > whole.total(),
            listing=listing,
        ),
        order=listing.columns if listing else ("created_at", "id"),
        cursor=request.GET.get("after"),
        size=PAGE_SIZE,
        newest_first=listing.is_descending if listing else narrowed.newest_first,
    )


def _orders(narrowed: GalleryFilter) -> list[tuple[str, str]]:
    """(value, words) of the orders to choose from, the usual one first."""
    orders = [("oldest", "Oldest first")]
    if narrowed.listing:
        return [("", narrowed.listing.label), ("newest", "Newest first"), *orders]
    return [("", "Newest first"), *orders]


def _bulk_actions(member: Membership, dataset: Dataset) -> dict[str, Any]:
    """What the member may do with many samples at once."""
    return {
        "can_delete": may(member, Action.DELETE),
        "gold_url": link("gold:mark", dataset.pk) if may(member, Action.MANAGE_GOLD) else "",
        "assign_url": link("assignments:assign", dataset.pk) if may(member, Action.ASSIGN) else "",
    }


def _shown_samples(samples: SampleQuerySet) -> SampleQuerySet:
    """The samples with what their cards show of them, and to whom they are assigned."""
    samples = samples.select_related("assignment")
    return samples.only(*SHOWN).annotate(assignees=ASSIGNEES)


def _figures(whole: Counts) -> dict[str, int]:
    """How many samples the dataset has, and what waits in it."""
    return {
        "whole": whole.total(),
        "to_label": whole.total(state=Sample.State.UNLABELED),
        # Each to its author: no number for all.
        "returned": whole.total(state=Sample.State.RETURNED),
        "to_review": whole.total(state=Sample.State.SUBMITTED),
    }


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
        "orders": _orders(narrowed),
        "chips": chips(params, narrowed, people),
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


def hidden_inputs(params: QueryDict, own: Collection[str] = OWN_INPUTS) -> list[tuple[str, str]]:
    """The parts of the filter that the search form keeps without showing them."""
    return [
        (name, value)
        for name, values in params.lists()
        for value in values
        if name not in {*own, "after", "at"} and not (own and _has_input(name))
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
    for extra in narrowed.extras:
        name = names_of([extra.person], people) or "somebody else" if extra.person else ""
        chips.append((extra.key, f"{extra.words} {name}".rstrip()))
    return [(words, address(params, {name: ""})) for name, words in chips]
