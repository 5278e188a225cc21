"""Error bodies: always JSON with `detail`, never a page, never a trace."""

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
WORDS_FOR: dict[type[Exception], str] = {
    ProtectedError: "It is in use.",
    SuspiciousOperation: "The request cannot be read.",
    UnreadablePostError: "The request ended before its body did.",
}
RETRY_AFTER_SECONDS = 2  # a lock is seldom held longer
NO_ROOM = {errno.ENOSPC, errno.EDQUOT}
DISK_FULL = "53100"  # PostgreSQL's codes: its manual, appendix A
BUSY_CLASSES = {"08", "40", "53", "55", "57"}  # connection, rollback, resources, locks, operator
MAX_NAMED = 5  # field errors that `detail` repeats


def handler(error: Exception, context: dict[str, Any]) -> Response:
    """The answer to any error that a view raised."""
    response = _known(error) or _hindered(error) or exception_handler(error, context)
    if response is None:
        return _unknown(error, context)
    response.data = with_detail(response.data)
    request = context["request"]  # the API's document is YAML; what is wrong is JSON there too
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
        found = []
        for key, inner in data.items():
            inner_name = name if key == "non_field_errors" else f"{name}.{key}".strip(".")
            found += _sentences(inner, inner_name)
        return found
    if isinstance(data, list):
        return [sentence for inner in data for sentence in _sentences(inner, name)]
    return [f"{name}: {data}" if name else str(data)]


def _known(error: Exception) -> Response | None:
    for kind, status in STATUS_OF.items():
        if isinstance(error, kind):
            set_rollback()
            return Response(_body(error, kind), status=status)
    return None


def _hindered(error: Exception) -> Response | None:
    """507 for a full disk, 503 for a database that is busy or away: neither is the caller's fault or ours."""
    if _is_disk_full(error):
        said, status, headers = "The disk is full. Nothing was stored.", 507, {}
    elif isinstance(error, OperationalError | InterfaceError) and _is_busy(error):
        said, status = "The database is busy. Try again soon.", 503
        headers = {"Retry-After": str(RETRY_AFTER_SECONDS)}
    else:
        return None
    log.warning("answered %s: %s", status, error)
    set_rollback()
    return Response({"detail": said}, status=status, headers=headers)


def _is_disk_full(error: Exception) -> bool:
    if isinstance(error, OSError):
        return error.errno in NO_ROOM
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
    """PostgreSQL's five characters; None without an answer of it, as when the connection broke."""
    return getattr(error.__cause__, "sqlstate", None)


def _body(error: Exception, kind: type[Exception]) -> dict[str, Any]:
    words = str(error) if isinstance(error, AnnotatorError) else WORDS_FOR[kind]
    body: dict[str, Any] = {"detail": words}
    if isinstance(error, BadInput):
        body = {**error.fields, **body}
    if isinstance(error, Conflict):
        body |= {"value": error.theirs, "rev": error.rev}
    return body


def _unknown(error: Exception, context: dict[str, Any]) -> Response:
    """A fault of ours: logged with its trace, told without it."""
    request = context["request"]._request
    log.error("%s %s failed", request.method, request.path, exc_info=error)
    got_request_exception.send(sender=None, request=request)
    set_rollback()
    return Response({"detail": "Something went wrong on the server."}, status=500)
