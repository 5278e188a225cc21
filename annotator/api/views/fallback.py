"""JSON responses for unknown addresses of the API, and for requests that reach no view."""

from __future__ import annotations

import re
from typing import Any

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.views import defaults
from django.views.decorators.csrf import csrf_exempt

from annotator.accounts.permissions import public

# All addresses of the API; account/ and api/docs/ are pages for people.
API_PATHS = (
    r"^(?:(?:vlm|recognition|detection|authorization)(?:/|$)"
    r"|account/v[0-9]+(?:/|$)|api(?:/(?!docs)|$))"
)


@csrf_exempt
@public
def unknown(request: HttpRequest, *args: Any, **kwargs: Any) -> JsonResponse:
    """404 for everybody, signed in or not."""
    return JsonResponse({"detail": "Not found."}, status=404)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """400, for an unknown host for example. Repeats nothing of the request."""
    if re.match(API_PATHS, request.path_info.lstrip("/")):
        return JsonResponse({"detail": "The request cannot be read."}, status=400)
    return defaults.bad_request(request, exception)


def server_error(request: HttpRequest) -> HttpResponseBase:
    """500 for an error outside of the API's views, which handle their own."""
    if re.match(API_PATHS, request.path_info.lstrip("/")):
        return JsonResponse({"detail": "Something went wrong on the server."}, status=500)
    return defaults.server_error(request)
