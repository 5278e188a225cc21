"""Addresses below the API's that name nothing, and requests that reach no view: JSON too."""

from __future__ import annotations

import re
from typing import Any

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.views import defaults
from django.views.decorators.csrf import csrf_exempt

from annotator.accounts.permissions import public

# All addresses of the API; account/ and api/docs/ are pages for people.
OURS = (
    r"^(?:(?:vlm|recognition|detection|authorization)(?:/|$)"
    r"|account/v[0-9]+(?:/|$)|api(?:/(?!docs)|$))"
)


@csrf_exempt
@public
def unknown(request: HttpRequest, *args: Any, **kwargs: Any) -> JsonResponse:
    """404, whoever asks: there is nothing here to keep from anybody."""
    return JsonResponse({"detail": "Not found."}, status=404)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """400: a host that is not ours, say. Nothing of what was sent is repeated."""
    if re.match(OURS, request.path_info.lstrip("/")):
        return JsonResponse({"detail": "The request cannot be read."}, status=400)
    return defaults.bad_request(request, exception)


def server_error(request: HttpRequest) -> HttpResponseBase:
    """500: what broke before a view was reached, since views answer for themselves."""
    if re.match(OURS, request.path_info.lstrip("/")):
        return JsonResponse({"detail": "Something went wrong on the server."}, status=500)
    return defaults.server_error(request)
