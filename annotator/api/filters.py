"""The filters of lists. Only those that a view declares exist; any other parameter changes nothing."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.db.models import QuerySet
from rest_framework.exceptions import ValidationError

TRUE, FALSE = {"true", "1"}, {"false", "0"}


class Filter(Protocol):
    """One parameter of a list's address."""

    @property
    def name(self) -> str: ...

    @property
    def about(self) -> str: ...

    def schema(self) -> dict[str, Any]:
        """Its type in OpenAPI."""

    def read(self, text: str) -> dict[str, Any]:
        """The lookup that it stands for; ValueError with a sentence for a senseless value."""


@dataclass(frozen=True)
class Search:
    """Rows whose `column` holds the text, in any case."""

    column: str = "name"
    name: str = "search"
    about: str = "Rows whose name holds this text, in upper or lower case."

    def schema(self) -> dict[str, Any]:
        return {"type": "string"}

    def read(self, text: str) -> dict[str, Any]:
        if "\x00" in text:
            raise ValueError("The character U+0000 cannot be searched for.")
        return {f"{self.column}__icontains": text}


@dataclass(frozen=True)
class OneOf:
    """Rows whose `name` is one of a few known words."""

    name: str
    choices: tuple[str, ...]
    about: str

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "enum": list(self.choices)}

    def read(self, text: str) -> dict[str, Any]:
        if text not in self.choices:
            raise ValueError(f"Choose one of: {', '.join(self.choices)}.")
        return {self.name: text}


@dataclass(frozen=True)
class Id:
    """Rows that refer to the row of this id. One that is not visible is referred to by no visible row."""

    name: str
    column: str
    about: str

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "uuid"}

    def read(self, text: str) -> dict[str, Any]:
        try:
            return {self.column: uuid.UUID(text)}
        except ValueError:
            raise ValueError("This is not a valid id.") from None


@dataclass(frozen=True)
class YesNo:
    """Rows for which `name` is so; `True` and `true` are the same."""

    name: str
    about: str
    column: str = field(default="")

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}

    def read(self, text: str) -> dict[str, Any]:
        if text.lower() not in TRUE | FALSE:
            raise ValueError("Say true or false.")
        return {self.column or self.name: text.lower() in TRUE}


def narrowed(rows: QuerySet, filters: tuple[Filter, ...], given: Mapping[str, str]) -> QuerySet:
    """The rows that pass every filter given. ValidationError (400) names the senseless ones."""
    problems: dict[str, list[str]] = {}
    for known in filters:
        text = given.get(known.name, "")
        if text == "":
            continue
        try:
            rows = rows.filter(**known.read(text))
        except ValueError as error:
            problems[known.name] = [str(error)]
    if problems:
        raise ValidationError(problems)
    return rows
