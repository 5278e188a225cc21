"""Reads a list page by page, without calling an address that the server names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import parse_qsl, urlencode, urlsplit

from annotator.errors import InvalidResponse
from annotator.remote.mappers import rows as read_rows
from annotator.remote.reading import JsonReader

Shape = TypeVar("Shape")
Query = dict[str, str]

PAGE_SIZE = 100
MAX_PAGES = 50_000
MAX_ROWS = 5_000_000
MAX_NEXT_LENGTH = 4096  # characters


@dataclass(frozen=True)
class Page(Generic[Shape]):
    """Rows of one page and the server's count of all.

    `number` counts from 1. `next_query` continues after this page, and can be stored as a checkpoint; None on
    the last page. Rows may repeat or be missing when the list changes while it
    is read: compare the distinct ids with the count of the first and of the last page.
    """

    number: int
    count: int
    rows: tuple[Shape, ...]
    next_query: str | None


def walk(
    get: Callable[[Query], Any],
    mapper: Callable[[Any], Shape],
    query: Query,
    *,
    after: str | None = None,
    start: Query | None = None,
    max_pages: int = MAX_PAGES,
    max_rows: int = MAX_ROWS,
) -> Iterator[Page[Shape]]:
    """Pages in the server's order, fetched lazily. `after` is a stored `next_query`; without it, `start` is
    added to the query of the first page.

    Only the query string of `next` is used, with the path of our own base address, and `query` overrides
    it. Raises InvalidResponse for an unusable page, for a page that comes again, and over the limits.
    """
    seen: set[str] = set()
    rows_seen = 0
    page_query = _joined(after, query) if after else {**(start or {}), **query}
    for number in range(1, max_pages + 1):
        key = urlencode(sorted(page_query.items()))
        if key in seen:
            raise InvalidResponse("The pages of the list go in a circle.")
        seen.add(key)
        page = _read_page(get(page_query), mapper, number)
        rows_seen += len(page.rows)
        if rows_seen > max_rows:
            raise InvalidResponse(f"The list is longer than {max_rows:,} rows.")
        yield page
        if page.next_query is None:
            return
        page_query = _joined(page.next_query, query)
    raise InvalidResponse(f"The list has more than {max_pages:,} pages.")


def _joined(next_query: str, query: Query) -> Query:
    """The server's next query, with our filters unchanged: they decide what is read."""
    return {**dict(parse_qsl(next_query, keep_blank_values=True)), **query}


def _read_page(data: Any, mapper: Callable[[Any], Shape], number: int) -> Page[Shape]:
    row = JsonReader(data, "list")
    count = row.integer("count")
    if count is None or count < 0:
        raise InvalidResponse("A list in the answer has no count.")
    rows = read_rows(row.data.get("results"), mapper)
    next_query = _query_of(row.text("next"))
    if next_query is not None and not rows:
        raise InvalidResponse("An empty page announces another one.")
    return Page(number, count, rows, next_query)


def _query_of(address: str) -> str | None:
    if not address:
        return None
    try:
        query = urlsplit(address).query
    except ValueError:
        query = ""
    if not query or len(query) > MAX_NEXT_LENGTH:
        raise InvalidResponse("The address of the next page cannot be used.")
    return query
