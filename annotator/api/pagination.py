"""Lists in pages: `{count, next, previous, results}` by page number, or by a cursor when asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import QuerySet, Value
from django.db.models.functions import Coalesce
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param

from annotator.paging import MAX_PAGE_SIZE, keyset_page

PAGE_SIZE = 50
ORDER = ("created_at", "id")  # unless asked otherwise: new rows come last, none moves
KEYS: dict[str, tuple[Any, Any]] = {
    "name": ("name", Value("")),
    "version": ("version", Value(0)),
}
Draw = Callable[[list[Any]], list[dict[str, Any]]]


class Pages(PageNumberPagination):
    """Numbered pages; `page_size` is held within 1–MAX_PAGE_SIZE."""

    page_size = PAGE_SIZE
    page_size_query_param = "page_size"
    max_page_size = MAX_PAGE_SIZE


def page(
    request: Request, rows: QuerySet, draw: Draw, *, orders: Sequence[str] = ("created",)
) -> Response:
    """The page of `rows` that the address asks for. A page that is not there: 404.

    `orders`: what `?ordering=` may name. An order of its own goes by cursors unless a page number is
    asked for: rows that come meanwhile would move numbered pages.
    """
    asked = request.query_params.get("ordering") or "created"
    name = asked.removeprefix("-")
    if name not in orders:
        known = ", ".join(f"{word}, -{word}" for word in orders)
        raise ValidationError({"ordering": [f"Choose among: {known}."]})
    is_backward = asked.startswith("-")
    order = ORDER
    if name != "created":
        # A sample may have no name, and nothing comes after null.
        rows = rows.annotate(order_key=Coalesce(*KEYS[name]))
        order = ("order_key", "id")
    by_cursor = asked != "created" and "page" not in request.query_params
    if by_cursor or "cursor" in request.query_params:
        return _keyset(request, rows, draw, order=order, is_backward=is_backward)
    pages = Pages()
    ordered = rows.order_by(*(f"-{column}" if is_backward else column for column in order))
    # Ids first: to skip rows, PostgreSQL would make up all that is shown of each.
    ids = pages.paginate_queryset(ordered.prefetch_related(None).values_list("pk"), request)
    found = ordered.filter(pk__in=[pk for (pk,) in ids or []])
    return pages.get_paginated_response(draw(list(found)))


def _keyset(
    request: Request, rows: QuerySet, draw: Draw, *, order: tuple[str, str], is_backward: bool
) -> Response:
    """A page found by its neighbour's last row instead of by skipping; the first has the empty cursor."""
    cursor = request.query_params.get("cursor", "")
    size = Pages().get_page_size(request) or PAGE_SIZE
    found = keyset_page(rows, order=order, cursor=cursor, size=size, newest_first=is_backward)
    here = remove_query_param(request.build_absolute_uri(), "page")
    return Response(
        {
            "count": rows.count(),
            "next": _at(here, found.next_cursor),
            "previous": _at(here, found.previous_cursor),
            "results": draw(found.rows),
        }
    )


def _at(address: str, cursor: str | None) -> str | None:
    return None if cursor is None else replace_query_param(address, "cursor", cursor)
