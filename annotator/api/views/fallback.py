"""Addresses below the API's that name nothing: JSON too."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from annotator.accounts.permissions import public


@csrf_exempt
@public
def unknown(request: HttpRequest, *args: Any, **kwargs: Any) -> JsonResponse:
    """404, whoever asks: there is nothing here to keep from anybody."""
    return JsonResponse({"detail": "Not found."}, status=404)
