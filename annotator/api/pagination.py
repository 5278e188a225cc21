"""Lists in pages: `{count, next, previous, results}` by page number, or by a cursor when asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet, Value
from django.db.models.functions import Coalesce
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param

from annotator.paging import MAX_PAGE_SIZE, keyset_page

PAGE_SIZE = 50
ORDER = ("created_at", "id")  # by default: new rows come last, none moves
KEYS: dict[str, tuple[Any, Any]] = {
    "name": ("name", Value("")),
    "version": ("version", Value(0)),
}
SerializeRows = Callable[[list[Any]], list[dict[str, Any]]]


class NumberedPagination(PageNumberPagination):
    """Numbered pages; `page_size` is held within 1–MAX_PAGE_SIZE. `count`: the number of all rows."""

    page_size = PAGE_SIZE
    page_size_query_param = "page_size"
    max_page_size = MAX_PAGE_SIZE
    django_paginator_class: Any

    def __init__(self, count: int | None = None) -> None:
        self.django_paginator_class = partial(_paginator, count=count)


def _paginator(rows: QuerySet, page_size: int, *, count: int | None) -> Paginator[Any]:
    pages = Paginator(rows, page_size)
    if count is not None:
        pages.count = count  # in place of counting
    return pages


def paginated_response(
    request: Request,
    rows: QuerySet,
    serialize: SerializeRows,
    *,
    orders: Sequence[str] = ("created",),
    serialize_ids: SerializeRows | None = None,
    count: int | None = None,
) -> Response:
    """The page of `rows` that the query string asks for; 404 when there is no such page.

    `orders` are the values of `?ordering=`. Any but the default uses cursors unless a page number is
    given: rows added meanwhile would move numbered pages. With `serialize_ids`, which takes the rows' ids,
    nothing else of the rows is read. `count`: how many rows there are, where that is known.
    """
    ordering = request.query_params.get("ordering") or "created"
    name = ordering.removeprefix("-")
    if name not in orders:
        choices = ", ".join(f"{word}, -{word}" for word in orders)
        raise ValidationError({"ordering": [f"Choose among: {choices}."]})
    is_backward = ordering.startswith("-")
    order = ORDER
    if name != "created":
        # A sample may have no name, and nothing comes after null.
        rows = rows.annotate(order_key=Coalesce(*KEYS[name]))
        order = ("order_key", "id")
    by_cursor = ordering != "created" and "page" not in request.query_params
    if by_cursor or "cursor" in request.query_params:
        if serialize_ids is not None:
            rows = rows.only(*(column for column in order if column != "order_key"))
            serialize = partial(_of_ids, serialize_ids)
        return _keyset(request, rows, serialize, order=order, is_backward=is_backward, count=count)
    pages = NumberedPagination(count)
    ordered = rows.order_by(*(f"-{column}" if is_backward else column for column in order))
    # PostgreSQL would compute all columns of the rows that OFFSET skips.
    ids = pages.paginate_queryset(ordered.prefetch_related(None).values_list("pk"), request)
    page = [pk for (pk,) in ids or []]
    if serialize_ids is not None:
        return pages.get_paginated_response(serialize_ids(page))
    return pages.get_paginated_response(serialize(list(ordered.filter(pk__in=page))))


def _of_ids(serialize_ids: SerializeRows, rows: list[Any]) -> list[dict[str, Any]]:
    return serialize_ids([row.pk for row in rows])


def _keyset(
    request: Request,
    rows: QuerySet,
    serialize: SerializeRows,
    *,
    order: tuple[str, str],
    is_backward: bool,
    count: int | None,
) -> Response:
    """A page after the last row of the one before, without an OFFSET; the first has the empty cursor."""
    cursor = request.query_params.get("cursor", "")
    size = NumberedPagination().get_page_size(request) or PAGE_SIZE
    page = keyset_page(rows, order=order, cursor=cursor, size=size, newest_first=is_backward)
    here = remove_query_param(request.build_absolute_uri(), "page")
    return Response(
        {
            "count": rows.count() if count is None else count,
            "next": _page_url(here, page.next_cursor),
            "previous": _page_url(here, page.previous_cursor),
            "results": serialize(page.rows),
        }
    )


def _page_url(address: str, cursor: str | None) -> str | None:
    return None if cursor is None else replace_query_param(address, "cursor", cursor)
