"""Error responses: always JSON with `detail`, never HTML or a traceback."""

from __future__ import annotations

import errno
import logging
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.core.signals import got_request_exception
from django.db import InterfaceError, OperationalError, connection
from django.db.models import ProtectedError
from django.http import UnreadablePostError
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import exception_handler, set_rollback

from annotator.errors import (
    AnnotatorError,
    BadInput,
    Conflict,
    NotPermitted,
    RemoteError,
    WrongState,
)

log = logging.getLogger(__name__)

STATUS_OF: dict[type[Exception], int] = {
    NotPermitted: 403,
    WrongState: 409,
    BadInput: 400,
    RemoteError: 502,
    ProtectedError: 409,
    SuspiciousOperation: 400,
    UnreadablePostError: 400,
}
DETAIL_OF: dict[type[Exception], str] = {
    ProtectedError: "It is in use.",
    SuspiciousOperation: "The request cannot be read.",
    UnreadablePostError: "The request ended before its body did.",
}
RETRY_AFTER_SECONDS = 2  # a lock is seldom held longer
DISK_FULL_ERRNOS = {errno.ENOSPC, errno.EDQUOT}
DISK_FULL = "53100"  # PostgreSQL's codes: its manual, appendix A
BUSY_CLASSES = {"08", "40", "53", "55", "57"}  # connection, rollback, resources, locks, operator
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
    for error_class, status in STATUS_OF.items():
        if isinstance(error, error_class):
            set_rollback()
            return Response(_body(error, error_class), status=status)
    return None


def _unavailable(error: Exception) -> Response | None:
    """507 for a full disk, 503 for a database that is busy or unreachable."""
    if _is_disk_full(error):
        detail, status, headers = "The disk is full. Nothing was stored.", 507, {}
    elif isinstance(error, OperationalError | InterfaceError) and _is_busy(error):
        detail, status = "The database is busy. Try again soon.", 503
        headers = {"Retry-After": str(RETRY_AFTER_SECONDS)}
    else:
        return None
    log.warning("responded with %s: %s", status, error)
    set_rollback()
    return Response({"detail": detail}, status=status, headers=headers)


def _is_disk_full(error: Exception) -> bool:
    if isinstance(error, OSError):
        return error.errno in DISK_FULL_ERRNOS
    if not isinstance(error, OperationalError):
        return False
    return _code(error) == DISK_FULL or "disk is full" in str(error)


def _is_busy(error: Exception) -> bool:
    """Whether the same call may succeed soon; "no such table" may not."""
    if connection.vendor == "sqlite":
        return "locked" in str(error)
    code = _code(error)
    return code is None or code[:2] in BUSY_CLASSES


def _code(error: Exception) -> str | None:
    """PostgreSQL's five characters; None when it sent none, as when the connection broke."""
    return getattr(error.__cause__, "sqlstate", None)


def _body(error: Exception, error_class: type[Exception]) -> dict[str, Any]:
    detail = str(error) if isinstance(error, AnnotatorError) else DETAIL_OF[error_class]
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
