"""Filters of lists. Only those that a view declares exist; any other parameter is ignored."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from rest_framework.exceptions import ValidationError

from annotator.names import name_contains

MAX_INTEGER = 2**31 - 1  # of a database's integer
TRUE, FALSE = {"true", "1"}, {"false", "0"}
ID = {"type": "string", "format": "uuid"}
BOOLEAN = {"type": "boolean"}
TIME = {"type": "string", "format": "date-time"}


@dataclass(frozen=True)
class Filter:
    """One parameter of a list's query string.

    `schema` is its type in OpenAPI. `condition` reads its text; ValueError with a message for the caller.
    """

    name: str
    description: str
    schema: dict[str, Any]
    condition: Callable[[str], Q]


def search_filter(
    description: str = "Rows whose name holds this text, in upper or lower case.",
) -> Filter:
    """`?search=`: a part of the name, in any case."""

    def condition(text: str) -> Q:
        if "\x00" in text:
            raise ValueError("The character U+0000 cannot be searched for.")
        return name_contains(text)

    return Filter("search", description, {"type": "string"}, condition)


def choice_filter(name: str, choices: Collection[str], description: str) -> Filter:
    """Rows whose column `name` is the given one of `choices`."""

    def condition(text: str) -> Q:
        if text not in choices:
            raise ValueError(f"Choose one of: {', '.join(choices)}.")
        return Q((name, text))

    return Filter(name, description, {"type": "string", "enum": list(choices)}, condition)


def id_filter(name: str, column: str, description: str) -> Filter:
    """Rows that refer to the row of this id. No visible row refers to one that is not visible."""
    return Filter(name, description, ID, lambda text: Q((column, parse_id(text))))


def related_id_filter(
    name: str, related: QuerySet, column: str, key: str, description: str
) -> Filter:
    """Rows that one of `related` refers to by `key`, where its `column` is the id given."""

    def condition(text: str) -> Q:
        return Q(pk__in=related.filter(**{column: parse_id(text)}).values(key))

    return Filter(name, description, ID, condition)


def exists_filter(name: str, related: QuerySet, key: str, description: str) -> Filter:
    """Rows that one of `related` refers to by `key`; for `false` those that none refers to."""

    def condition(text: str) -> Q:
        exists = Q(Exists(related.filter(**{key: OuterRef("pk")})))
        return exists if parse_boolean(text) else ~exists

    return Filter(name, description, BOOLEAN, condition)


def boolean_filter(name: str, description: str, column: str = "") -> Filter:
    """Rows whose column is true, or false; `True` and `true` are the same."""
    return Filter(name, description, BOOLEAN, lambda text: Q((column or name, parse_boolean(text))))


def integer_filter(name: str, description: str) -> Filter:
    """Rows whose column `name` is this integer, 0 to 2^31 - 1."""

    def condition(text: str) -> Q:
        if not (text.isascii() and text.isdigit() and len(text) < 11 and int(text) <= MAX_INTEGER):
            raise ValueError("Send a whole number.")
        return Q((name, int(text)))

    schema = {"type": "integer", "minimum": 0, "maximum": MAX_INTEGER}
    return Filter(name, description, schema, condition)


def time_filter(name: str, lookup: str, description: str) -> Filter:
    """Rows for which `lookup`, such as created_at__gte, holds for the time given."""
    return Filter(name, description, TIME, lambda text: Q((lookup, parse_time(text))))


def created_filters() -> tuple[Filter, Filter]:
    """`created_after` (inclusive) and `created_before` (exclusive)."""
    when = "ISO 8601, in UTC unless said otherwise"
    return (
        time_filter(
            "created_after", "created_at__gte", f"Rows made at or after this time; {when}."
        ),
        time_filter("created_before", "created_at__lt", f"Rows made before this time; {when}."),
    )


def parse_boolean(text: str) -> bool:
    """ValueError with a message for anything but true and false."""
    if text.lower() not in TRUE | FALSE:
        raise ValueError("Say true or false.")
    return text.lower() in TRUE


def parse_id(text: str) -> uuid.UUID:
    """ValueError with a message for what is no id."""
    try:
        return uuid.UUID(text)
    except ValueError:
        raise ValueError("This is not a valid id.") from None


def parse_time(text: str) -> datetime:
    """A time in UTC; a day alone is its start. ValueError with a message."""
    try:
        time = datetime.fromisoformat(text.replace(" ", "+"))  # a plus sign in an address
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("This is not a time: write 2025-12-17T14:59:34Z.") from None


def apply_filters(
    rows: QuerySet, filters: tuple[Filter, ...], query: Mapping[str, str]
) -> QuerySet:
    """The rows that match every filter in `query`. ValidationError (400) names the invalid ones."""
    problems: dict[str, list[str]] = {}
    for each in filters:
        text = query.get(each.name, "")
        if text == "":
            continue
        try:
            rows = rows.filter(each.condition(text))
        except ValueError as error:
            problems[each.name] = [str(error)]
    if problems:
        raise ValidationError(problems)
    return rows
