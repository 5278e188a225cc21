"""What an answer of the remote means: data, or which error."""

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
MAX_WORDS = 300  # characters of the server's own words that we show
MAX_RETRY_AFTER_SECONDS = 24 * 3600
TRY_AGAIN = {408, 425, 429}
TOKEN_WORDS = re.compile(r"invalid token|authentication credentials", re.IGNORECASE)


def read(answer: RemoteResponse) -> Any:
    """The JSON of a successful answer; None when it has no body. Raises RemoteError otherwise."""
    check(answer)
    if answer.status == 204 or not answer.body.strip():
        return None
    return read_json(answer.body)


def check(answer: RemoteResponse) -> None:
    """Raise what the status says, unless it says success."""
    if 200 <= answer.status < 300:
        return
    if answer.status in TRY_AGAIN or answer.status >= 500:
        raise RemoteUnavailable(
            f"The server is busy or ill (status {answer.status}).",
            retry_after_seconds=retry_after_seconds(answer.headers.get("retry-after")),
            # What was turned away for its rate or read too late had no effect.
            sent=answer.status not in TRY_AGAIN,
        )
    refuse(answer)


def refuse(answer: RemoteResponse) -> NoReturn:
    """Raise what says that the same call would be refused again."""
    status, words = answer.status, words_of(answer.body)
    if status == 401 or (status == 403 and TOKEN_WORDS.search(words)):
        raise RemoteUnauthorized("The server does not accept the token.", status=status)
    if status in REDIRECTS:
        raise RemoteRefused(
            "The server sends us to another address; enter that address (often https).",
            status=status,
        )
    raise RemoteRefused(words or f"The server refused with status {status}.", status=status)


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
    """Walk level by level, without recursion: the depth is what we are afraid of."""
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


def words_of(body: bytes) -> str:
    """The server's own words from a JSON error, on one line; empty when there are none.

    `{"detail": …}` or field errors. Pages of HTML are not shown: they are long, and not for us.
    """
    try:
        data = read_json(body)
    except InvalidResponse:
        return ""
    if isinstance(data, dict) and isinstance(data.get("detail"), str):
        data = data["detail"]
    words = "; ".join(_sentences(data))
    return "".join(c if c.isprintable() else " " for c in words)[:MAX_WORDS].strip()


def _sentences(data: Any) -> list[str]:
    """DRF nests messages in lists and by field; two levels are all it uses for us."""
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
