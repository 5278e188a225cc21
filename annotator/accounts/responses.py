"""Responses that stand in for a view's: refusals, and failures that can be tried again.

They are rendered without the request's context, which would ask the database.
"""

from __future__ import annotations

import logging
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string

from annotator.accounts.permissions import wants_json
from annotator.ui.failures import Failure, unavailable_failure

log = logging.getLogger(__name__)


def unavailable_response(request: HttpRequest, error: BaseException) -> HttpResponse | None:
    """503 or 507 when the database is busy or the disk full, None for any other error.

    The page tries again by itself (503) or by a button (507), with what was typed.
    """
    failure = unavailable_failure(error)
    if failure is None:
        return None
    log.warning("%s %s: responded with %s: %s", request.method, request.path, failure.status, error)
    session = getattr(request, "session", None)
    if session is not None:
        session.modified = False  # saving it would ask the same database
    # Who was being signed in got another token, with which the form that is sent again would be refused.
    request.META["CSRF_COOKIE_NEEDS_UPDATE"] = False
    headers = {**failure.headers, "Cache-Control": "no-store"}
    if wants_json(request):
        return JsonResponse({"detail": failure.detail}, status=failure.status, headers=headers)
    if request.headers.get("HX-Request"):  # the page that is open keeps what was typed
        return HttpResponse(
            failure.detail, status=failure.status, headers=headers, content_type="text/plain"
        )
    page = render_to_string("unavailable.html", _page_context(request, failure))
    return HttpResponse(page, status=failure.status, headers=headers)


def bad_text_response(request: HttpRequest, message: str) -> HttpResponse:
    """400 for a text that no database can store."""
    if wants_json(request):
        return JsonResponse({"detail": message}, status=400)
    return HttpResponse(render_to_string("400.html", {"message": message}), status=400)


def _page_context(request: HttpRequest, failure: Failure) -> dict[str, Any]:
    """What the page needs to send the request again; passwords are not sent back, one types them again."""
    fields: list[tuple[str, str]] = []
    has_files = False
    if request.method == "POST":
        try:
            fields = [(name, value) for name, values in request.POST.lists() for value in values]
            is_multipart = request.content_type == "multipart/form-data"
            has_files = bool(request.FILES) or (is_multipart and not fields)  # it may not have fit
        except (OSError, SuspiciousOperation):  # the body itself did not arrive
            has_files = True
    return {
        "failure": failure,
        "is_post": request.method == "POST",
        "has_files": has_files,
        "path": request.get_full_path(),
        "fields": [field for field in fields if "password" not in field[0]],
        "passwords": [name for name, _ in fields if "password" in name],
    }
