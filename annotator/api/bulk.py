"""Many rows in one call: each is validated by itself, the valid ones are written, each has its result."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

from django.core.validators import ProhibitNullCharactersValidator
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response
from rest_framework.validators import ProhibitSurrogateCharactersValidator

from annotator.api.errors import with_detail
from annotator.errors import BadInput

# Of each character, which no text of `GuardedJSONParser` is: they take longer than all else of a text.
BY_PARSER = {ProhibitNullCharactersValidator, ProhibitSurrogateCharactersValidator}


class RowResult(serializers.Serializer[Any]):
    """The result of one row: its id, or its error."""

    index = serializers.IntegerField()
    id = serializers.UUIDField(required=False)
    detail = serializers.CharField(required=False)


class RowResults(serializers.Serializer[Any]):
    """The results in the order of the rows; a subclass adds `results`."""

    done = serializers.IntegerField()
    failed = serializers.IntegerField()


class PlainRow(serializers.Serializer[Any]):
    """A row whose fields have no defaults and which has no validators of its own: validated in a third of the
    time, and fields that are not given take none.
    """

    def run_validation(self, data: Any = serializers.empty) -> Any:
        return self.to_internal_value(data)

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            return super().to_internal_value(data)
        valid, errors = {}, {}
        for name, field in self._written.items():
            try:
                if name in data:
                    valid[name] = field.run_validation(data[name])
                elif field.required:
                    field.fail("required")
            except ValidationError as error:
                errors[name] = error.detail
        if errors:
            raise ValidationError(errors)
        return valid

    @cached_property
    def _written(self) -> dict[str, Any]:
        """The fields that are given, without what the parser of the body has looked for already."""
        written = {name: field for name, field in self.fields.items() if not field.read_only}
        for field in written.values():
            field.validators = [each for each in field.validators if type(each) not in BY_PARSER]
        return written


def validate_row(serializer: serializers.Serializer[Any], row: Any) -> dict[str, Any]:
    """The validated row; ValidationError. One serializer serves all rows: making it takes longer."""
    return dict(serializer.run_validation(row))


def value_or_error(read: Callable[[], Any]) -> Any:
    """The result of `read`, or the BadInput or ValidationError that it raised."""
    try:
        return read()
    except (BadInput, ValidationError) as error:
        return error


def bulk_response(
    rows: list[Any], write: Callable[[list[Any]], list[Any]], *, all_or_nothing: bool = False
) -> Response:
    """Write the valid rows, or none with `all_or_nothing` when one is invalid. 400 when none was written.

    `rows` holds an error in place of each invalid row. `write` gives the result or the error of each.
    """
    valid = [row for row in rows if not isinstance(row, Exception)]
    is_cancelled = all_or_nothing and len(valid) < len(rows)
    written = iter(write(valid) if valid and not is_cancelled else [])
    results, done, failed = [], 0, 0
    for index, row in enumerate(rows):
        result = row if isinstance(row, Exception) or is_cancelled else next(written)
        if isinstance(result, Exception):
            failed += 1
            results.append({"index": index, **_error_body(result)})
        elif is_cancelled:
            results.append({"index": index, "detail": "Not done, since others are wrong."})
        else:
            done += 1
            results.append({"index": index, **result})
    body: dict[str, Any] = {"done": done, "failed": failed, "results": results}
    if failed and not done:
        body = {"detail": f"{failed} of {len(rows)} rows are wrong; nothing was done.", **body}
    return Response(body, status=400 if failed and not done else 200)


def _error_body(error: Exception) -> dict[str, Any]:
    if isinstance(error, BadInput):
        return {**error.fields, "detail": str(error)}
    return with_detail(getattr(error, "detail", str(error)))
