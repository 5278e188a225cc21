"""Headers that every page carries."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

Next = Callable[[HttpRequest], HttpResponseBase]


def content_security_policy(get_response: Next) -> Next:
    """Enforce settings.CONTENT_SECURITY_POLICY, unless a view has set a stricter one itself."""
    directives = settings.CONTENT_SECURITY_POLICY
    everywhere = "; ".join(f"{name} {value}" for name, value in directives.items())

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", everywhere)
        return response

    return middleware
