"""Reads a response of the remote: as data, or as one of our errors."""

from __future__ import annotations

import json
import math
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, NoReturn

from annotator.errors import (
    InvalidResponse,
    RemoteRefused,
    RemoteUnauthorized,
    RemoteUnavailable,
)
from annotator.remote.fetch import REDIRECTS, RemoteResponse

MAX_DEPTH = 64
MAX_DETAIL = 300  # characters of the server's message that we show
MAX_RETRY_AFTER_SECONDS = 24 * 3600
RETRY_STATUSES = {408, 425, 429}
TOKEN_REFUSED = re.compile(r"invalid token|authentication credentials", re.IGNORECASE)


def read(response: RemoteResponse) -> Any:
    """The JSON of a successful response; None without a body. Raises RemoteError otherwise."""
    check(response)
    if response.status == 204 or not response.body.strip():
        return None
    return read_json(response.body)


def check(response: RemoteResponse) -> None:
    """Raise the RemoteError of the status, unless it is a success."""
    if 200 <= response.status < 300:
        return
    if response.status in RETRY_STATUSES or response.status >= 500:
        raise RemoteUnavailable(
            f"The server is busy or has an error (status {response.status}).",
            retry_after_seconds=retry_after_seconds(response.headers.get("retry-after")),
            # A request over the rate limit, or sent too slowly, had no effect.
            sent=response.status not in RETRY_STATUSES,
        )
    _raise_refused(response)


def _raise_refused(response: RemoteResponse) -> NoReturn:
    """Raise RemoteRefused: the same call would be refused again."""
    status, detail = response.status, error_detail(response.body)
    if status == 401 or (status == 403 and TOKEN_REFUSED.search(detail)):
        raise RemoteUnauthorized("The server does not accept the token.", status=status)
    if status in REDIRECTS:
        raise RemoteRefused(
            "The server redirects to another address. Enter that address (often https).",
            status=status,
        )
    raise RemoteRefused(detail or f"The server refused with status {status}.", status=status)


def read_json(body: bytes) -> Any:
    """JSON that is safe to keep and to show. Raises InvalidResponse for anything else.

    Not safe: deeper than 64 levels, a NUL (PostgreSQL refuses it), half a surrogate pair (cannot be
    written as UTF-8), numbers that JSON cannot write back.
    """
    try:
        data = json.loads(body.decode("utf-8-sig"), parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise InvalidResponse("The answer is not JSON.") from error
    _check(data)
    return data


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)


def _check(data: Any) -> None:
    """Check level by level, without recursion, which a deep document would exhaust."""
    level = [data]
    for _ in range(MAX_DEPTH + 1):
        deeper: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                for key in value:
                    _check_text(key)
                deeper.extend(value.values())
            elif isinstance(value, list):
                deeper.extend(value)
            elif isinstance(value, str):
                _check_text(value)
            elif isinstance(value, float) and not math.isfinite(value):
                raise InvalidResponse("The answer has a number that is too large.")
        if not deeper:
            return
        level = deeper
    raise InvalidResponse(f"The answer is nested deeper than {MAX_DEPTH} levels.")


def _check_text(text: str) -> None:
    if "\0" in text:
        raise InvalidResponse("The answer has a NUL character.")
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise InvalidResponse("The answer has half a surrogate pair.")


def error_detail(body: bytes) -> str:
    """The message of a JSON error, on one line; empty when there is none.

    `{"detail": …}` or field errors. HTML is left out: it is long, and not meant for a client.
    """
    try:
        data = read_json(body)
    except InvalidResponse:
        return ""
    if isinstance(data, dict) and isinstance(data.get("detail"), str):
        data = data["detail"]
    detail = "; ".join(_sentences(data))
    return "".join(c if c.isprintable() else " " for c in detail)[:MAX_DETAIL].strip()


def _sentences(data: Any) -> list[str]:
    """DRF nests messages in lists and by field, two levels deep."""
    if isinstance(data, str):
        return [data]
    if isinstance(data, list):
        return [item for item in data if isinstance(item, str)]
    if isinstance(data, dict):
        return [f"{key}: {' '.join(_sentences(value))}" for key, value in data.items()]
    return []


def retry_after_seconds(header: str | None) -> float | None:
    """`Retry-After` as seconds from now, whether it holds seconds or a date; None if unreadable."""
    if not header:
        return None
    try:
        seconds = float(header)
    except ValueError:
        try:
            at = parsedate_to_datetime(header)
        except ValueError:
            return None
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        seconds = (at - datetime.now(UTC)).total_seconds()
    if math.isnan(seconds):
        return None
    return min(max(seconds, 0.0), MAX_RETRY_AFTER_SECONDS)
