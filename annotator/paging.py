"""Keyset pagination: pages of a long list, as fast at the end as at the start.

A page starts after the last row of the one before instead of skipping rows, so that page 40,000 costs as
much as page 1, and rows inserted meanwhile move nothing.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import DateTimeField, Model, Q, QuerySet

Row = TypeVar("Row", bound=Model)

MAX_PAGE_SIZE = 200


@dataclass(frozen=True)
class KeysetPage(Generic[Row]):
    """Rows in order, and the cursors of its neighbours (None at an end)."""

    rows: list[Row]
    next_cursor: str | None
    previous_cursor: str | None


def encode_cursor(values: list[Any], *, backward: bool = False) -> str:
    """Opaque text for the query string: the sort keys of one row."""
    text = json.dumps([backward, *[str(value) for value in values]], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode_cursor(cursor: str) -> tuple[bool, list[str]] | None:
    """(backward, keys), or None for a cursor that cannot be read."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        parts = json.loads(base64.urlsafe_b64decode(padded.encode()).decode())
        backward, keys = parts[0], parts[1:]
        json.dumps(keys, ensure_ascii=False).encode()  # no halves of surrogate pairs
    except (binascii.Error, ValueError, TypeError, IndexError, KeyError, RecursionError):
        return None
    if not isinstance(backward, bool) or not all(isinstance(key, str) for key in keys):
        return None
    return None if any("\x00" in key for key in keys) else (backward, keys)


def _sort_key(model: type[Model], name: str, text: str) -> Any:
    """The key as the column compares it; ValueError for a time that no column of times can hold."""
    try:
        field = model._meta.get_field(name)
    except FieldDoesNotExist:  # an annotation
        return text
    if not isinstance(field, DateTimeField):
        return text
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without its offset")
    return moment.astimezone(UTC)


def keyset_page(
    rows: QuerySet[Row],
    *,
    order: tuple[str, str],
    cursor: str | None,
    size: int,
    newest_first: bool = False,
) -> KeysetPage[Row]:
    """One page of `rows` in `order` (a field and a unique tie-breaker), ascending or newest first.

    `size` is held within 1–MAX_PAGE_SIZE. A cursor that cannot be read gives the first page.
    """
    size = max(1, min(size, MAX_PAGE_SIZE))
    first, second = order
    after = _after_cursor(rows, order, cursor, newest_first=newest_first)
    rows, backward = after or (rows, False)
    direction = "-" if backward != newest_first else ""
    page = list(rows.order_by(f"{direction}{first}", f"{direction}{second}")[: size + 1])
    more = len(page) > size
    page = page[:size]
    if backward:
        page.reverse()
    if not page:
        return KeysetPage([], None, None)
    has_next = backward or more
    has_previous = more if backward else after is not None
    return KeysetPage(
        page,
        encode_cursor(_keys(page[-1], first)) if has_next else None,
        encode_cursor(_keys(page[0], first), backward=True) if has_previous else None,
    )


def _after_cursor(
    rows: QuerySet[Row], order: tuple[str, str], cursor: str | None, *, newest_first: bool
) -> tuple[QuerySet[Row], bool] | None:
    """The rows after the cursor's, and whether that is backward; None for a cursor that cannot be read."""
    decoded = decode_cursor(cursor) if cursor else None
    if decoded is None or len(decoded[1]) != 2:
        return None
    backward, keys = decoded
    first, second = order
    sign = "lt" if backward != newest_first else "gt"
    try:
        start = _sort_key(rows.model, first, keys[0])
        # The first condition alone is where an index begins to be read; an OR of two is not.
        rows = rows.filter(
            Q(**{f"{first}__{sign}e": start}),
            Q(**{f"{first}__{sign}": start}) | Q(**{f"{second}__{sign}": keys[1]}),
        )
    except (ValueError, TypeError, OverflowError, ValidationError):
        return None
    return rows, backward


def _keys(row: Model, name: str) -> list[Any]:
    """The sort keys of a row. A time keeps its microseconds as text, so that equality still holds."""
    value = getattr(row, name)
    return [value.isoformat() if hasattr(value, "isoformat") else value, row.pk]
