"""What the most alike samples say."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np

from annotator.variables import ValueRefused, VariableSpec


def nearest(known: np.ndarray, asked: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Per asked row, the indices of its `count` most alike known rows and their likeness (0–1).

    Rows have length 1, so likeness is their product.
    """
    likeness = asked @ known.T
    order = np.argsort(-likeness, axis=1, kind="stable")[:, :count]
    return order, np.take_along_axis(likeness, order, axis=1)


def vote(spec: VariableSpec, values: Sequence[Any], likeness: Sequence[float]) -> Any:
    """One legal value out of the neighbours' (None among them: not given); None when they have none.

    Numbers: the weighted median, brought to a legal step; texts, booleans, lists and objects: the value
    with the most weight, the nearest winning a tie.
    """
    weighted = [
        (value, max(float(weight), 1e-6) ** 8)
        for value, weight in zip(values, likeness, strict=True)
        if value is not None
    ]
    if not weighted:
        return None
    if spec.type in {"integer", "float"}:
        return _median(spec, weighted)
    weight_of: dict[str, float] = defaultdict(float)
    value_of: dict[str, Any] = {}
    for value, weight in weighted:
        key = json.dumps(value, sort_keys=True)
        weight_of[key] += weight
        value_of.setdefault(key, value)
    return value_of[max(value_of, key=lambda key: weight_of[key])]


def _median(spec: VariableSpec, weighted: list[tuple[Any, float]]) -> Any:
    """A value that somebody gave is legal already, so the median needs no rounding."""
    ordered = sorted(weighted)
    weights = np.cumsum([weight for _, weight in ordered])
    middle = ordered[int(np.searchsorted(weights, weights[-1] / 2))][0]
    try:
        return spec.check(middle)
    except ValueRefused:
        return weighted[0][0]
