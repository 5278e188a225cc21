"""The filters of lists. Only those that a view declares exist; any other parameter changes nothing."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from django.db.models import Exists, OuterRef, Q, QuerySet
from rest_framework.exceptions import ValidationError

MAX_INTEGER = 2**31 - 1  # of a database's integer
TRUE, FALSE = {"true", "1"}, {"false", "0"}


class Filter(Protocol):
    """One parameter of a list's address."""

    @property
    def name(self) -> str: ...

    @property
    def about(self) -> str: ...

    def schema(self) -> dict[str, Any]:
        """Its type in OpenAPI."""

    def read(self, text: str) -> Q:
        """The condition that it stands for; ValueError with a sentence for a senseless value."""


@dataclass(frozen=True)
class SearchFilter:
    """Rows whose `column` holds the text, in any case."""

    column: str = "name"
    name: str = "search"
    about: str = "Rows whose name holds this text, in upper or lower case."

    def schema(self) -> dict[str, Any]:
        return {"type": "string"}

    def read(self, text: str) -> Q:
        if "\x00" in text:
            raise ValueError("The character U+0000 cannot be searched for.")
        return Q((f"{self.column}__icontains", text))


@dataclass(frozen=True)
class ChoiceFilter:
    """Rows whose `name` is one of a few known words."""

    name: str
    choices: tuple[str, ...]
    about: str

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "enum": list(self.choices)}

    def read(self, text: str) -> Q:
        if text not in self.choices:
            raise ValueError(f"Choose one of: {', '.join(self.choices)}.")
        return Q((self.name, text))


@dataclass(frozen=True)
class IdFilter:
    """Rows that refer to the row of this id. One that is not visible is referred to by no visible row."""

    name: str
    column: str
    about: str

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "uuid"}

    def read(self, text: str) -> Q:
        return Q((self.column, parse_id(text)))


@dataclass(frozen=True)
class RelatedIdFilter:
    """Rows that one of `others` names by `key`, where its `column` is the id given."""

    name: str
    others: QuerySet
    column: str
    key: str
    about: str

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "uuid"}

    def read(self, text: str) -> Q:
        return Q(pk__in=self.others.filter(**{self.column: parse_id(text)}).values(self.key))


@dataclass(frozen=True)
class ExistsFilter:
    """Rows that one of `others` names by `key`; for `false` those that none names."""

    name: str
    others: QuerySet
    key: str
    about: str

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}

    def read(self, text: str) -> Q:
        named = Q(Exists(self.others.filter(**{self.key: OuterRef("pk")})))
        return named if parse_boolean(text) else ~named


@dataclass(frozen=True)
class BooleanFilter:
    """Rows for which `name` is so; `True` and `true` are the same."""

    name: str
    about: str
    column: str = field(default="")

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}

    def read(self, text: str) -> Q:
        return Q((self.column or self.name, parse_boolean(text)))


@dataclass(frozen=True)
class IntegerFilter:
    """Rows whose `name` is this whole number."""

    name: str
    about: str

    def schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": 0, "maximum": MAX_INTEGER}

    def read(self, text: str) -> Q:
        if not (text.isascii() and text.isdigit() and len(text) < 11 and int(text) <= MAX_INTEGER):
            raise ValueError("Send a whole number.")
        return Q((self.name, int(text)))


@dataclass(frozen=True)
class Time:
    """Rows whose `column` is at or after the time given, or before it when `lookup` is lt."""

    name: str
    column: str
    lookup: str
    about: str

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "date-time"}

    def read(self, text: str) -> Q:
        return Q((f"{self.column}__{self.lookup}", parse_time(text)))


def created_filters() -> tuple[Time, Time]:
    """`created_after` and `created_before`."""
    when = "ISO 8601, in UTC unless said otherwise"
    return (
        Time("created_after", "created_at", "gte", f"Rows made at or after this time; {when}."),
        Time("created_before", "created_at", "lt", f"Rows made before this time; {when}."),
    )


def parse_boolean(text: str) -> bool:
    """ValueError with a sentence for what is neither yes nor no."""
    if text.lower() not in TRUE | FALSE:
        raise ValueError("Say true or false.")
    return text.lower() in TRUE


def parse_id(text: str) -> uuid.UUID:
    """ValueError with a sentence for what is no id."""
    try:
        return uuid.UUID(text)
    except ValueError:
        raise ValueError("This is not a valid id.") from None


def parse_time(text: str) -> datetime:
    """A time in UTC; a day alone is its start. ValueError with a sentence."""
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+"))  # a plus sign in an address
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("This is not a time: write 2025-12-17T14:59:34Z.") from None


def apply_filters(
    rows: QuerySet, filters: tuple[Filter, ...], given: Mapping[str, str]
) -> QuerySet:
    """The rows that pass every filter given. ValidationError (400) names the senseless ones."""
    problems: dict[str, list[str]] = {}
    for known in filters:
        text = given.get(known.name, "")
        if text == "":
            continue
        try:
            rows = rows.filter(known.read(text))
        except ValueError as error:
            problems[known.name] = [str(error)]
    if problems:
        raise ValidationError(problems)
    return rows
