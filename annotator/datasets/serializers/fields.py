"""Pieces that every wire shape is made of."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import Any

from django.db.models import QuerySet, UUIDField
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from annotator.accounts.given import GIVEN_MEMBER, visible_instances
from annotator.accounts.models import Membership
from annotator.compiled import CompiledQuery, Given


def wire_time(moment: datetime) -> str:
    """2025-12-17T14:59:34.529951Z: always UTC, always with microseconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@extend_schema_field({"type": "object", "additionalProperties": {}})
class JsonObject(serializers.JSONField):
    """Any JSON object; a list or a bare value is refused."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            raise serializers.ValidationError("Send an object.")
        return data


@extend_schema_field({"type": "number", "format": "double"})
class Number(serializers.Field):
    """A finite number; text and booleans are refused, since true is not 1."""

    def to_internal_value(self, data: Any) -> float:
        if isinstance(data, bool) or not isinstance(data, int | float):
            raise serializers.ValidationError("Send a number.")
        if isinstance(data, int) and (data.bit_length() > 1000 or int(float(data)) != data):
            raise serializers.ValidationError("The number has more digits than can be kept.")
        return float(data)

    def to_representation(self, value: float) -> float:
        return value


class WholeNumber(serializers.IntegerField):
    """A whole number; text, booleans and 1.5 are refused, 10.0 is 10."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, float) and data.is_integer():
            data = int(data)
        if isinstance(data, bool) or not isinstance(data, int):
            raise serializers.ValidationError("Send a whole number.")
        return super().to_internal_value(data)


@cache
def _by_id(rows: Callable[[Membership], QuerySet]) -> CompiledQuery:
    """The row of an id among those that a member may see."""
    return CompiledQuery(lambda: rows(GIVEN_MEMBER).filter(pk=Given("row", UUIDField())).order_by())


class RowId(serializers.UUIDField):
    """The id of a row that the caller may see; validated, it is the row.

    Needs the Membership as context["member"]. An id of another workspace is as unknown as one of none.
    """

    default_error_messages = {"unknown": "There is no {noun} {id} in this workspace."}

    def __init__(self, rows: Callable[[Membership], QuerySet], *, noun: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rows = rows
        self.noun = noun

    def to_internal_value(self, data: Any) -> Any:
        row_id = super().to_internal_value(data)
        rows = visible_instances(_by_id(self.rows), self.context["member"], row=row_id)
        if not rows:
            self.fail("unknown", noun=self.noun, id=row_id)
        return rows[0]


class RowIds(serializers.ListField):
    """Ids of rows that the caller may see, in one query; validated, the rows in the order given."""

    def __init__(
        self,
        rows: Callable[[Membership], QuerySet],
        *,
        noun: str,
        max_length: int = 1000,
        **kwargs: Any,
    ) -> None:
        super().__init__(child=serializers.UUIDField(), max_length=max_length, **kwargs)
        self.rows = rows
        self.noun = noun

    def to_internal_value(self, data: Any) -> list[Any]:
        ids = super().to_internal_value(data)
        rows = {row.pk: row for row in self.rows(self.context["member"]).filter(pk__in=ids)}
        unknown = [row_id for row_id in ids if row_id not in rows]
        if unknown:
            raise serializers.ValidationError(
                [f"There is no {self.noun} {row_id} in this workspace." for row_id in unknown[:10]]
            )
        return [rows[row_id] for row_id in ids]


class Text(serializers.CharField):
    """A text that may be empty; null is the empty text. White space is kept."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            **{"required": False, "allow_blank": True, "allow_null": True} | kwargs,
            trim_whitespace=False,
        )

    def validate_empty_values(self, data: Any) -> tuple[bool, Any]:
        if data is None:
            return True, ""
        return super().validate_empty_values(data)
