"""Error responses: always JSON with `detail`, never HTML or a traceback."""

from __future__ import annotations

import logging
from typing import Any

from django.core.signals import got_request_exception
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import exception_handler, set_rollback

from annotator.errors import BadInput, Conflict
from annotator.ui.failures import expected_failure, unavailable_failure

log = logging.getLogger(__name__)

MAX_NAMED = 5  # field errors that `detail` repeats


def handler(error: Exception, context: dict[str, Any]) -> Response:
    """The response to any error that a view raised."""
    response = _expected(error) or _unavailable(error) or exception_handler(error, context)
    if response is None:
        return _unexpected(error, context)
    response.data = with_detail(response.data)
    request = context["request"]  # errors are JSON where the OpenAPI document is YAML, too
    request.accepted_renderer, request.accepted_media_type = JSONRenderer(), "application/json"
    return response


def with_detail(data: Any) -> dict[str, Any]:
    """`detail` for people and for the platform's clients, beside the fields' own messages."""
    if isinstance(data, dict):
        if "detail" in data:
            return data
        return {"detail": " ".join(_sentences(data)[:MAX_NAMED]) or "Invalid input.", **data}
    return {"detail": " ".join(_sentences(data)[:MAX_NAMED]) or "Invalid input."}


def _sentences(data: Any, name: str = "") -> list[str]:
    """Every message, with the name of its field in front."""
    if isinstance(data, dict):
        sentences = []
        for key, inner in data.items():
            inner_name = name if key == "non_field_errors" else f"{name}.{key}".strip(".")
            sentences += _sentences(inner, inner_name)
        return sentences
    if isinstance(data, list):
        return [sentence for inner in data for sentence in _sentences(inner, name)]
    return [f"{name}: {data}" if name else str(data)]


def _expected(error: Exception) -> Response | None:
    failure = expected_failure(error)
    if failure is None:
        return None
    set_rollback()
    return Response(_body(error, failure.detail), status=failure.status)


def _unavailable(error: Exception) -> Response | None:
    """507 for a full disk, 503 for a database that is busy or unreachable."""
    failure = unavailable_failure(error)
    if failure is None:
        return None
    log.warning("responded with %s: %s", failure.status, error)
    set_rollback()
    return Response({"detail": failure.detail}, status=failure.status, headers=failure.headers)


def _body(error: Exception, detail: str) -> dict[str, Any]:
    body: dict[str, Any] = {"detail": detail}
    if isinstance(error, BadInput):
        body = {**error.fields, **body}
    if isinstance(error, Conflict):
        body |= {"value": error.theirs, "rev": error.rev}
    return body


def _unexpected(error: Exception, context: dict[str, Any]) -> Response:
    """A bug: the traceback is logged, and not in the response."""
    request = context["request"]._request
    log.error("%s %s failed", request.method, request.path, exc_info=error)
    got_request_exception.send(sender=None, request=request)
    set_rollback()
    return Response({"detail": "Something went wrong on the server."}, status=500)
