"""What every answer passes on its way out: unchanged ones are not sent again, long ones are packed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.middleware.http import ConditionalGetMiddleware
from django.utils.decorators import decorator_from_middleware
from django.views.decorators.gzip import gzip_page

from annotator.api.throttles import Rate

RATE_HEADERS = tuple(Rate(limit=0, used=0, reset_seconds=0).headers)


class UnlessUnchanged(ConditionalGetMiddleware):
    """ETag and 304 for a GET; the 304 tells the rate, as every answer does."""

    def process_response(self, request: HttpRequest, response: Any) -> HttpResponseBase:
        answer = super().process_response(request, response)
        for name in RATE_HEADERS:
            if name in response.headers:
                answer.headers.setdefault(name, response.headers[name])
        return answer


unless_unchanged = decorator_from_middleware(UnlessUnchanged)


def delivered(view: Callable[..., Any]) -> Callable[..., Any]:
    """The view, with ETags over what it says, and gzip (of random length: BREACH) where it is taken."""
    return gzip_page(unless_unchanged(view))
