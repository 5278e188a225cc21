"""Lists and reads rows of one kind; the same for all kinds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

from annotator.remote.calls import Calls, checked_id
from annotator.remote.pages import PAGE_SIZE, Page, Query, walk

Shape = TypeVar("Shape")


class Rows(Generic[Shape]):
    """The rows under one path, such as `vlm/v2/sample`."""

    def __init__(self, calls: Calls, path: str, mapper: Callable[[Any], Shape]) -> None:
        self._calls = calls
        self._path = path
        self._mapper = mapper

    def pages(
        self,
        *,
        after: str | None = None,
        start: Query | None = None,
        page_size: int = PAGE_SIZE,
        max_pages: int | None = None,
        max_rows: int | None = None,
        **filters: Any,
    ) -> Iterator[Page[Shape]]:
        """Pages, fetched lazily, from a stored `next_query` (`after`) or with `start` in the first query.

        Filters are the platform's own (`dataset`, `search`, `type`, `task` …); None means no filter,
        booleans are written True and False as the vendor's client does. The platform documents
        `page_size` for variables only and may ignore it.
        """
        query: Query = {"page_size": str(page_size)}
        query |= {name: str(value) for name, value in filters.items() if value is not None}
        bounds: dict[str, Any] = {"max_pages": max_pages, "max_rows": max_rows}
        return walk(
            lambda page_query: self._calls.get(f"{self._path}/", page_query),
            self._mapper,
            query,
            after=after,
            start=start,
            **{name: bound for name, bound in bounds.items() if bound is not None},
        )

    def all(self, **filters: Any) -> Iterator[Shape]:
        """Every row; for short lists, not for samples."""
        for page in self.pages(**filters):
            yield from page.rows

    def get(self, remote_id: str) -> Shape:
        """One row with all its fields. Raises RemoteRefused with status 404 when it is gone."""
        return self._mapper(self._calls.get(f"{self._path}/{checked_id(remote_id)}/"))
