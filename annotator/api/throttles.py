"""Rate limits per token, user or IP address: which one holds for a call, and the response beyond it."""

from __future__ import annotations

from rest_framework.exceptions import Throttled
from rest_framework.request import Request

from annotator.accounts import limits
from annotator.accounts.limits import Rate
from annotator.accounts.models import ApiToken


def count_call(request: Request) -> Rate | None:
    """Count this call for its token, else its user, else its IP address; None without a limit."""
    if isinstance(request.auth, ApiToken):
        return limits.count_call("token", str(request.auth.pk))
    if request.user.is_authenticated:
        return limits.count_call("person", str(request.user.pk))
    return count_anonymous(request)


def count_anonymous(request: Request) -> Rate | None:
    """Count an unauthenticated call, so that tokens cannot be guessed by trying."""
    return limits.count_anonymous(request._request)


def refuse_if_exceeded(rate: Rate | None) -> None:
    """Raise Throttled (429 with Retry-After) past the limit."""
    if rate is not None and rate.is_exceeded:
        raise Throttled(wait=rate.reset_seconds)
