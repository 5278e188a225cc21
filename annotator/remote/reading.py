"""Reads one row of JSON field by field: absent is fine, the wrong type is not."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from annotator.errors import InvalidResponse

# What may stand in a path of ours: no slash, no dots in front, nothing to escape.
ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~-]{0,63}\Z")
MAX_INTEGER = 2**53  # exact in every JSON reader


def parse_time(text: str | None) -> datetime | None:
    """An aware UTC time, or None for what is no time. Without a zone it is taken as UTC.

    Remote clocks are wrong now and then: show these times, never order by them.
    """
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


class JsonReader:
    """One object of a response. Each method raises InvalidResponse when the field has the wrong type."""

    def __init__(self, data: Any, kind: str) -> None:
        if not isinstance(data, dict):
            raise InvalidResponse(f"A {kind} in the answer is not an object.")
        self.data: dict[str, Any] = data
        self.kind = kind

    def _wrong(self, key: str) -> InvalidResponse:
        return InvalidResponse(f"A {self.kind} in the answer has an unusable {key}.")

    def _get(self, key: str, types: type | tuple[type, ...]) -> Any:
        value = self.data.get(key)
        if value is None:
            return None
        if not isinstance(value, types) or (isinstance(value, bool) and types is not bool):
            raise self._wrong(key)
        return value

    def ref(self, key: str) -> str | None:
        """The id of another row. Some servers count their rows: 17 is read as "17"."""
        value = self._get(key, (str, int))
        if value is None or value == "":
            return None
        if not ID.match(str(value)):
            raise self._wrong(key)
        return str(value)

    def id(self, key: str = "id") -> str:
        """An id that must be there."""
        value = self.ref(key)
        if value is None:
            raise InvalidResponse(f"A {self.kind} in the answer has no {key}.")
        return value

    def refs(self, key: str) -> tuple[str, ...] | None:
        """Ids of other rows; None without the field."""
        values = self._get(key, list)
        if values is None:
            return None
        return tuple(JsonReader({"id": value}, self.kind).id() for value in values)

    def text(self, key: str) -> str:
        """Text; empty when absent or null."""
        return self._get(key, str) or ""

    def required_text(self, key: str) -> str:
        """Text that must be there."""
        value = self.text(key)
        if not value:
            raise self._wrong(key)
        return value

    def text_or_none(self, key: str) -> str | None:
        """Text; None when absent or null, which then means something."""
        value: str | None = self._get(key, str)
        return value

    def address(self, *keys: str) -> str:
        """The first web address (or path on the remote) under these keys; others are dropped."""
        for key in keys:
            value = self.text(key)
            if value.startswith(("http://", "https://", "/")):
                return value
        return ""

    def integer(self, key: str) -> int | None:
        """A whole number; 10.0 is one, true is not."""
        value = self._get(key, (int, float))
        if value is None:
            return None
        if value != int(value) or abs(value) > MAX_INTEGER:
            raise self._wrong(key)
        return int(value)

    def number(self, key: str) -> float | int | None:
        """Any number, as it was written."""
        value: float | int | None = self._get(key, (int, float))
        return value

    def boolean(self, key: str) -> bool:
        """True only for true."""
        return bool(self._get(key, bool))

    def mapping(self, key: str) -> dict[str, Any]:
        """An object; empty when absent or null."""
        return self._get(key, dict) or {}

    def items(self, key: str) -> list[Any]:
        """A list; absent is not an empty list."""
        value = self._get(key, list)
        if value is None:
            raise self._wrong(key)
        return list(value)

    def box(self, key: str) -> tuple[float, float, float, float] | None:
        """Corners xmin, ymin, xmax, ymax in pixels; None when absent or not four numbers."""
        corners = self.data.get(key)
        if not isinstance(corners, list) or len(corners) != 4:
            return None
        if not all(isinstance(c, int | float) and not isinstance(c, bool) for c in corners):
            return None
        xmin, ymin, xmax, ymax = corners
        return xmin, ymin, xmax, ymax

    def created_text(self) -> str:
        """The time of creation as text, from `created` or `created_date`."""
        return self.text("created_date") or self.text("created")
