"""Parsers of JSON and forms that refuse bodies which later code can't handle: docs/reliability.md V2, V3."""

from __future__ import annotations

import gzip
import io
import json
import math
import zlib
from collections.abc import Mapping
from typing import Any, NoReturn

from django.conf import settings
from django.core.exceptions import TooManyFilesSent
from rest_framework.exceptions import APIException, ParseError, UnsupportedMediaType
from rest_framework.parsers import BaseParser, MultiPartParser

MAX_BODY_BYTES = 2_000_000
MAX_BULK_BYTES = 10_000_000  # of up to MAX_ROWS rows with texts
MAX_UPLOAD_BYTES = 30_000_000  # a picture of 20 MB as base64
MAX_DEPTH = 64
MAX_FILES = settings.DATA_UPLOAD_MAX_NUMBER_FILES
MAX_FILES_BYTES = 100_000_000  # of one call with files


class TooLarge(APIException):
    """The body is longer than it may be here."""

    status_code = 413

    def __init__(self, limit: int) -> None:
        super().__init__(f"The body is too large: the limit is {limit:,} bytes.")


class GuardedJSONParser(BaseParser):
    """JSON of at most `view.max_body_bytes` and MAX_DEPTH levels, whose texts every database can store.

    It may be compressed with gzip; the limit holds for the decompressed body.
    """

    media_type = "application/json"

    def parse(
        self, stream: Any, media_type: Any = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """The parsed body; TooLarge (413), or ParseError (400) for everything else."""
        view = (parser_context or {}).get("view")
        limit = getattr(view, "max_body_bytes", MAX_BODY_BYTES)
        request = (parser_context or {}).get("request")
        body = stream.read(limit + 1)
        if len(body) <= limit and request is not None:
            if len(body) < content_length(request):
                raise ParseError("The body is shorter than its Content-Length says.")
            body = _decompressed(body, request.headers.get("Content-Encoding", "identity"), limit)
        if len(body) > limit:
            raise TooLarge(limit)
        return parse_guarded(body)


class GuardedMultiPartParser(MultiPartParser):
    """Up to MAX_FILES files with a few fields. Django streams them to the disk."""

    def parse(
        self, stream: Any, media_type: Any = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """Fields and files; ParseError (400) for what is no form or has too many files."""
        try:
            return super().parse(stream, media_type, parser_context)
        except TooManyFilesSent:
            raise ParseError(
                f"There are too many files: the limit is {MAX_FILES}. Send the rest in another call."
            ) from None


def refuse_too_large(request: Any, limit: int) -> None:
    """TooLarge (413) when Content-Length is over `limit` bytes, before the body is read."""
    if content_length(request) > limit:
        raise TooLarge(limit)


def content_length(request: Any) -> int:
    """The Content-Length header; 0 without one."""
    text = str(request.META.get("CONTENT_LENGTH") or "")
    if not (text.isascii() and text.isdigit()):
        return 0
    return int(text[:20])  # enough to be more than any limit


def _decompressed(body: bytes, encoding: str, limit: int) -> bytes:
    """At most one byte more than `limit`, however long the decompressed body would be."""
    if encoding.lower() in {"", "identity"}:
        return body
    if encoding.lower() not in {"gzip", "x-gzip"}:
        detail = f"Compress the body with gzip, not with {encoding}."
        raise UnsupportedMediaType(encoding, detail=detail)
    try:
        return gzip.GzipFile(fileobj=io.BytesIO(body)).read(limit + 1)
    except (OSError, EOFError, zlib.error):
        raise ParseError("The body is not gzip, which its Content-Encoding promises.") from None


def parse_guarded(body: bytes) -> Any:
    """The JSON value in `body`; ParseError says what is wrong with it."""
    try:
        text = body.decode("utf-8")
        value = json.loads(text, parse_constant=_refuse_constant, parse_float=_finite)
    except UnicodeDecodeError:
        raise ParseError("The body is not UTF-8. Encode the JSON as UTF-8.") from None
    except RecursionError:
        raise ParseError(f"The JSON is nested too deep: the limit is {MAX_DEPTH} levels.") from None
    except ValueError as error:
        raise ParseError(f"The body is not valid JSON: {error}") from None
    # The tests are cheap and nearly always negative; only otherwise is every text checked.
    if body.count(b"[") + body.count(b"{") > MAX_DEPTH:
        _check_depth(value)
    if b"\\u" in body:
        _check_texts(value)
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number in JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number is too large")
    return number


def _check_depth(value: Any) -> None:
    """Level by level, without recursion."""
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [
            inner
            for part in level
            for inner in (part.values() if isinstance(part, dict) else part)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return
    raise ParseError(f"The JSON is nested too deep: the limit is {MAX_DEPTH} levels.")


def _check_texts(value: Any) -> None:
    """Keys and texts without NUL and lone surrogates, without recursion."""
    pending = [value]
    while pending:
        part = pending.pop()
        if isinstance(part, str):
            _check_text(part)
        elif isinstance(part, dict):
            pending += [*part, *part.values()]
        elif isinstance(part, list):
            pending += part


def _check_text(text: str) -> None:
    if "\x00" in text:
        raise ParseError("A text holds the character U+0000, which cannot be stored.")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise ParseError("A text holds half of a surrogate pair, which is no character.") from None
