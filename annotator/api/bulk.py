"""Many rows in one call: each is read by itself, the good ones are written, and each has its result."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from annotator.api.errors import with_detail
from annotator.errors import BadInput


class Outcome(serializers.Serializer[Any]):
    """What became of one row: its id, or what is wrong with it."""

    index = serializers.IntegerField()
    id = serializers.UUIDField(required=False)
    detail = serializers.CharField(required=False)


class Outcomes(serializers.Serializer[Any]):
    """What became of all, in the order they were sent; a subclass says what `results` are."""

    done = serializers.IntegerField()
    failed = serializers.IntegerField()


def read_row(shape: serializers.Serializer[Any], row: Any) -> dict[str, Any]:
    """The row as `shape` reads it, which is made once for all rows: that takes longer. ValidationError."""
    return dict(shape.run_validation(row))


def tried(read: Callable[[], Any]) -> Any:
    """What it gives, or the error that says why it does not."""
    try:
        return read()
    except (BadInput, ValidationError) as error:
        return error


def answered(
    rows: list[Any], write: Callable[[list[Any]], list[Any]], *, all_or_nothing: bool = False
) -> Response:
    """Write the good rows, unless one is wrong and nothing is wanted then. 400 when none was good.

    `rows`: what `write` takes, or the error that a row is. `write` gives the result of each, or its error.
    """
    good = [row for row in rows if not isinstance(row, Exception)]
    is_off = all_or_nothing and len(good) < len(rows)
    written = iter(write(good) if good and not is_off else [])
    results, done, failed = [], 0, 0
    for index, row in enumerate(rows):
        found = row if isinstance(row, Exception) or is_off else next(written)
        if isinstance(found, Exception):
            failed += 1
            results.append({"index": index, **_said(found)})
        elif is_off:
            results.append({"index": index, "detail": "Not done, since others are wrong."})
        else:
            done += 1
            results.append({"index": index, **found})
    body: dict[str, Any] = {"done": done, "failed": failed, "results": results}
    if failed and not done:
        body = {"detail": f"{failed} of {len(rows)} rows are wrong; nothing was done.", **body}
    return Response(body, status=400 if failed and not done else 200)


def _said(error: Exception) -> dict[str, Any]:
    if isinstance(error, BadInput):
        return {**error.fields, "detail": str(error)}
    return with_detail(getattr(error, "detail", str(error)))
