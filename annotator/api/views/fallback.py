"""JSON responses for unknown addresses of the API, and for requests that reach no view."""

from __future__ import annotations

import sys
from typing import Any

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.views import defaults
from django.views.decorators.csrf import csrf_exempt

from annotator.accounts.permissions import is_for_api, public
from annotator.accounts.responses import unavailable_response


@csrf_exempt
@public
def unknown(request: HttpRequest, *args: Any, **kwargs: Any) -> JsonResponse:
    """404 for everybody, signed in or not."""
    return JsonResponse({"detail": "Not found."}, status=404)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """400, for an unknown host for example. Repeats nothing of the request."""
    if is_for_api(request):
        return JsonResponse({"detail": "The request cannot be read."}, status=400)
    return defaults.bad_request(request, exception)


def server_error(request: HttpRequest) -> HttpResponseBase:
    """The response to an error that neither a view nor a middleware answered; Django calls it while it
    handles the error. 500 for a bug, 503 or 507 where the database or the disk failed.
    """
    error = sys.exc_info()[1]
    response = unavailable_response(request, error) if error else None
    if response is not None:
        return response
    if is_for_api(request):
        return JsonResponse({"detail": "Something went wrong on the server."}, status=500)
    return defaults.server_error(request)
