"""Lists in pages: `{count, next, previous, results}` by page number, or by a cursor when asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param

from annotator.paging import MAX_PAGE_SIZE, keyset_page

PAGE_SIZE = 50
ORDER = ("created_at", "id")  # the same in every list: new rows come last, none moves
Draw = Callable[[list[Any]], list[dict[str, Any]]]


class Pages(PageNumberPagination):
    """Numbered pages; `page_size` is held within 1–MAX_PAGE_SIZE."""

    page_size = PAGE_SIZE
    page_size_query_param = "page_size"
    max_page_size = MAX_PAGE_SIZE


def page(request: Request, rows: QuerySet, draw: Draw) -> Response:
    """The page of `rows` that the address asks for. A page that is not there: 404."""
    if "cursor" in request.query_params:
        return _keyset(request, rows, draw)
    pages = Pages()
    found = pages.paginate_queryset(rows.order_by(*ORDER), request)
    return pages.get_paginated_response(draw(list(found or [])))


def _keyset(request: Request, rows: QuerySet, draw: Draw) -> Response:
    """A page found by its neighbour's last row instead of by skipping; the first has the empty cursor."""
    cursor = request.query_params["cursor"]
    size = Pages().get_page_size(request) or PAGE_SIZE
    found = keyset_page(rows, order=ORDER, cursor=cursor, size=size)
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
