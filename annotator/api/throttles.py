"""Rate limits per token, user or IP address, counted in windows of one minute."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

from django.conf import settings
from django.core.cache import caches
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from annotator.accounts.models import ApiToken
from annotator.ui.cache import ForgivingRedisCache

WINDOW_SECONDS = 60


@dataclass(frozen=True)
class Rate:
    """The calls of one caller in the current window, serialized as X-RateLimit headers."""

    limit: int
    used: int
    reset_seconds: int

    @property
    def is_exceeded(self) -> bool:
        return self.used > self.limit

    @property
    def headers(self) -> dict[str, str]:
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(max(0, self.limit - self.used)),
            "X-RateLimit-Reset": str(self.reset_seconds),
        }


def count_call(request: Request) -> Rate | None:
    """Count this call for its token, else its user, else its IP address; None without a limit."""
    if isinstance(request.auth, ApiToken):
        return _count("token", str(request.auth.pk))
    if request.user.is_authenticated:
        return _count("person", str(request.user.pk))
    return count_anonymous(request)


def count_anonymous(request: Request) -> Rate | None:
    """Count an unauthenticated call, so that tokens cannot be guessed by trying."""
    return _count("address", BaseThrottle().get_ident(request))


def refuse_if_exceeded(rate: Rate | None) -> None:
    """Raise Throttled (429 with Retry-After) past the limit."""
    if rate is not None and rate.is_exceeded:
        raise Throttled(wait=rate.reset_seconds)


def _count(kind: str, who: str) -> Rate | None:
    limit = settings.API_CALLS_PER_MINUTE.get(kind)
    if limit is None:
        return None
    now = time.time()
    window = int(now // WINDOW_SECONDS)
    key = f"api-calls:{kind}:{who}:{window}"
    cache = caches["default"]
    assert isinstance(cache, ForgivingRedisCache)
    used = cache.count(key, 2 * WINDOW_SECONDS)
    return Rate(limit, used, max(1, math.ceil((window + 1) * WINDOW_SECONDS - now)))
