"""The score of one predicted value, 0 (wrong) to 1 (right), by its type (docs/training.md#metrics)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

from annotator.agreement.texts import edit_distance, folded
from annotator.variables import Metric, VariableSpec


def score(spec: VariableSpec, expected: Any, predicted: Any, *, spread: float) -> float:
    """How right `predicted` is. `spread` is the range of the numbers known, for scaling their errors.

    Nothing predicted for something expected is 0, nothing for nothing 1.
    """
    if expected is None or predicted is None:
        return float(expected is None and predicted is None)
    rules = spec.type_rules
    if rules.metric == Metric.DISTANCE and spread:
        distance = abs(rules.as_number(expected) - rules.as_number(predicted))
        return max(0.0, 1 - distance / spread)
    return SCORES.get(rules.metric, exact_score)(expected, predicted)


def exact_score(expected: Any, predicted: Any) -> float:
    """1 for the same value, else 0."""
    return float(expected == predicted)


def anls(expected: str, predicted: str) -> float:
    """1 − normalised edit distance, 0 below one half; of texts cut at 500 characters."""
    one, other = folded(expected)[:500], folded(predicted)[:500]
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


SCORES: dict[Metric, Callable[[Any, Any], float]] = {
    Metric.TEXT: lambda expected, predicted: anls(str(expected), str(predicted)),
    Metric.ENTRIES: multiset_f1,
    Metric.MEMBERS: leaves_score,
}
