"""How sure a model was of each value: from the log-probabilities of the tokens that spell it."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

from annotator.variables import Metric, VariableSpec

Span = tuple[int, int]  # bytes, the end exclusive


def confidences(
    text: str, tokens: Sequence[tuple[bytes, float]], specs: Sequence[VariableSpec]
) -> dict[str, float]:
    """The confidence, 0 to 1, by variable name; none where it cannot be told.

    The tokens must spell exactly the text, which must be one JSON object: never a guess. A choice, number or
    boolean has the probability of all its tokens; a free text their mean; a list or object that of its least
    probable token.
    """
    data = text.encode()
    if not tokens or b"".join(token for token, _ in tokens) != data:
        return {}
    spans = member_spans(text)
    by_name = {spec.name: spec for spec in specs}
    result = {}
    for name, span in spans.items():
        logprobs = _overlapping(tokens, span)
        if name in by_name and logprobs:
            result[name] = round(min(1.0, math.exp(_combined(by_name[name], logprobs))), 4)
    return result


def _combined(spec: VariableSpec, logprobs: list[float]) -> float:
    rules = spec.type_rules
    if not rules.scalar:
        return min(logprobs)
    is_free_text = rules.metric == Metric.TEXT
    return sum(logprobs) / len(logprobs) if is_free_text else sum(logprobs)


def _overlapping(tokens: Sequence[tuple[bytes, float]], span: Span) -> list[float]:
    logprobs, position = [], 0
    for token, logprob in tokens:
        if position < span[1] and position + len(token) > span[0]:
            logprobs.append(logprob)
        position += len(token)
    return logprobs


def member_spans(text: str) -> dict[str, Span]:
    """Where the values of a JSON object's members stand, texts without quotes; empty for anything else."""
    decoder = json.JSONDecoder()
    spans: dict[str, Span] = {}
    at = _skip(text, 0)
    if text[at : at + 1] != "{":
        return {}
    at = _skip(text, at + 1)
    try:
        while text[at] != "}":
            name, at = decoder.raw_decode(text, at)
            at = _skip(text, _skip(text, at) + 1)  # over the colon
            value, end = decoder.raw_decode(text, at)
            spans[str(name)] = _bytes(text, at, end, value)
            at = _skip(text, end)
            if text[at] == ",":
                at = _skip(text, at + 1)
    except (ValueError, IndexError, RecursionError):
        return {}
    return spans


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\r\n":
        at += 1
    return at


def _bytes(text: str, start: int, end: int, value: Any) -> Span:
    if isinstance(value, str) and end - start > 2:
        start, end = start + 1, end - 1
    first = len(text[:start].encode())
    return first, first + len(text[start:end].encode())
