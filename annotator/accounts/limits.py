"""Where a request comes from, and how often it may be repeated from there.

What counts is kept in the cache: without Redis nothing is limited, and nothing waits.
"""

from __future__ import annotations

import ipaddress
import math
import time
from dataclasses import dataclass

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse

from annotator.ui.cache import ForgivingRedisCache

WINDOW_SECONDS = 60
IPV6_PREFIX = 64  # what one subscriber gets: each of its addresses counts as the same


def client_address(request: HttpRequest) -> str:
    """The IP address that the request came from; of IPv6 the first of its network of 64 bits.

    Each of the settings.TRUSTED_PROXIES in front adds the address it saw at the end of X-Forwarded-For. What
    stands before those was written by the client, and is not believed.
    """
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    direct = request.META.get("REMOTE_ADDR", "")
    proxies = settings.TRUSTED_PROXIES
    seen = forwarded[-min(proxies, len(forwarded))] if proxies else direct
    return _normalized(seen) or _normalized(direct) or "unknown"


def _normalized(text: str) -> str:
    """An address in its one spelling, without a port; empty for anything else."""
    host = text.strip()
    if host.startswith("["):
        host = host[1:].partition("]")[0]
    elif host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    network = ipaddress.IPv6Network((int(address), IPV6_PREFIX), strict=False)
    return str(network.network_address)


@dataclass(frozen=True)
class Rate:
    """The calls of one caller in the current window of a minute."""

    limit: int
    used: int
    reset_seconds: int

    @property
    def is_exceeded(self) -> bool:
        """Whether this call is one too many."""
        return self.used > self.limit

    @property
    def headers(self) -> dict[str, str]:
        """How much is left to the caller."""
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(max(0, self.limit - self.used)),
            "X-RateLimit-Reset": str(self.reset_seconds),
        }


def count_call(kind: str, caller: str) -> Rate | None:
    """Count a call of `caller`, one of settings.API_CALLS_PER_MINUTE's kinds; None without a limit."""
    limit = settings.API_CALLS_PER_MINUTE.get(kind)
    if limit is None:
        return None
    now = time.time()
    window = int(now // WINDOW_SECONDS)
    cache = caches["default"]
    assert isinstance(cache, ForgivingRedisCache)
    used = cache.count(f"api-calls:{kind}:{caller}:{window}", 2 * WINDOW_SECONDS)
    return Rate(limit, used, max(1, math.ceil((window + 1) * WINDOW_SECONDS - now)))


def count_anonymous(request: HttpRequest) -> Rate | None:
    """Count a call without a valid token or session, so that tokens cannot be guessed by trying."""
    return count_call("address", client_address(request))


def refuse_guess(request: HttpRequest) -> HttpResponse | None:
    """Count a wrong token, link or secret of a page; the response 429 when they are too many, else None."""
    rate = count_anonymous(request)
    if rate is None or not rate.is_exceeded:
        return None
    message = "Too many wrong tries from your address. Wait a minute, then try again.\n"
    headers = {"Retry-After": str(rate.reset_seconds), "Cache-Control": "no-store"}
    return HttpResponse(message, status=429, content_type="text/plain", headers=headers)
