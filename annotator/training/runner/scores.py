"""The score of one predicted value, 0 (wrong) to 1 (right), by its type (docs/training.md#metrics)."""

from __future__ import annotations

import json
import unicodedata
from collections import Counter
from typing import Any

from annotator.variables import VariableSpec


def score(spec: VariableSpec, expected: Any, predicted: Any, *, spread: float) -> float:
    """How right `predicted` is. `spread` is the range of the numbers known, for scaling their errors.

    Nothing predicted for something expected is 0, nothing for nothing 1.
    """
    if expected is None or predicted is None:
        return float(expected is None and predicted is None)
    if spec.type in {"integer", "float"}:
        return (
            max(0.0, 1 - abs(float(expected) - float(predicted)) / spread)
            if spread
            else float(expected == predicted)
        )
    if spec.type == "string" and not is_choice(spec):
        return anls(str(expected), str(predicted))
    if spec.type == "array":
        return multiset_f1(expected, predicted)
    if spec.type == "object":
        return leaves_score(expected, predicted)
    return float(expected == predicted)


def is_choice(spec: VariableSpec) -> bool:
    """Whether the variable is one of a list of texts."""
    return bool(getattr(spec.kind, "choices", ()))


def plain(text: str) -> str:
    """The text without differences of case, white space and Unicode normalisation."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def edit_distance(one: str, other: str) -> int:
    """How many characters must be added, dropped or exchanged (Levenshtein)."""
    if len(one) < len(other):
        one, other = other, one
    before = list(range(len(other) + 1))
    for row, left in enumerate(one, start=1):
        now = [row]
        for column, right in enumerate(other, start=1):
            now.append(min(before[column] + 1, now[-1] + 1, before[column - 1] + (left != right)))
        before = now
    return before[-1]


def anls(expected: str, predicted: str) -> float:
    """1 − normalised edit distance, 0 below one half; of texts cut at 500 characters."""
    one, other = plain(expected)[:500], plain(predicted)[:500]
    longest = max(len(one), len(other))
    if not longest:
        return 1.0
    similarity = 1 - edit_distance(one, other) / longest
    return similarity if similarity >= 0.5 else 0.0


def multiset_f1(expected: list[Any], predicted: list[Any]) -> float:
    """The harmonic mean of precision and recall over the entries, order aside."""
    one = Counter(json.dumps(entry, sort_keys=True) for entry in expected)
    other = Counter(json.dumps(entry, sort_keys=True) for entry in predicted)
    if not one and not other:
        return 1.0
    return 2 * (one & other).total() / (one.total() + other.total())


def leaves_score(expected: Any, predicted: Any) -> float:
    """The mean over the members of both objects; members of one only count as wrong."""
    if isinstance(expected, dict) and isinstance(predicted, dict):
        names = sorted(expected.keys() | predicted.keys())
        if not names:
            return 1.0
        return sum(
            leaves_score(expected[name], predicted[name])
            for name in names
            if name in expected and name in predicted
        ) / len(names)
    if isinstance(expected, list) and isinstance(predicted, list):
        return multiset_f1(expected, predicted)
    if isinstance(expected, str) and isinstance(predicted, str):
        return anls(expected, predicted)
    return float(expected == predicted)
