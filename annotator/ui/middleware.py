"""What every page carries: its security policy, and its text compressed."""

from __future__ import annotations

import gzip
import secrets
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import patch_vary_headers

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


COMPRESSED_TYPES = ("text/html", "application/json")
MIN_BYTES = 1_000  # fewer fit into one packet anyway
LEVEL = 1  # of gzip: a part of 18 kB takes 0.06 ms and becomes 4.6 kB; level 6 takes more than twice as long
MAX_PADDING_BYTES = 100
FILE_NAME_FLAG = 8  # of a gzip header: a name follows, here the padding


def compress(get_response: Next) -> Next:
    """Compress pages and JSON with gzip where the browser accepts it.

    Each gets a padding of random length, and CSRF tokens are masked anew in every page, so that the length
    tells nothing about a secret beside a guessed text (BREACH).
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if not isinstance(response, HttpResponse) or not is_worth_compressing(response):
            return response
        patch_vary_headers(response, ["Accept-Encoding"])
        if "gzip" not in request.headers.get("Accept-Encoding", ""):
            return response
        response.content = padded(gzip.compress(response.content, LEVEL, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
        response.headers["Content-Length"] = str(len(response.content))
        etag = response.headers.get("ETag", "")
        if etag.startswith('"'):  # of the text, no longer of these very bytes
            response.headers["ETag"] = f"W/{etag}"
        return response

    return middleware


def is_worth_compressing(response: HttpResponse) -> bool:
    """Whether it is text of some length that nobody has compressed yet."""
    is_text = response.headers.get("Content-Type", "").startswith(COMPRESSED_TYPES)
    return is_text and "Content-Encoding" not in response and len(response.content) >= MIN_BYTES


def padded(compressed: bytes) -> bytes:
    """The same gzip with a file name of random length in its header."""
    name = b"a" * secrets.randbelow(MAX_PADDING_BYTES) + b"\0"
    header = bytearray(compressed[:10])
    header[3] |= FILE_NAME_FLAG
    return bytes(header) + name + compressed[10:]
