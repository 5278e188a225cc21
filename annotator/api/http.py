"""Conditional GET and gzip for every response of the API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.middleware.http import ConditionalGetMiddleware
from django.utils.decorators import decorator_from_middleware
from django.views.decorators.gzip import gzip_page

from annotator.accounts.limits import Rate

RATE_HEADERS = tuple(Rate(limit=0, used=0, reset_seconds=0).headers)


class ConditionalGet(ConditionalGetMiddleware):
    """ETag and 304 for a GET; the 304 keeps the headers of the rate limit."""

    def process_response(self, request: HttpRequest, response: Any) -> HttpResponseBase:
        final = super().process_response(request, response)
        for name in RATE_HEADERS:
            if name in response.headers:
                final.headers.setdefault(name, response.headers[name])
        return final


conditional_get = decorator_from_middleware(ConditionalGet)


def conditional_gzip(view: Callable[..., Any]) -> Callable[..., Any]:
    """The view with an ETag of its content, and with gzip (of random length: BREACH) where it is accepted."""
    return gzip_page(conditional_get(view))
