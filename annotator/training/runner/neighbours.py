"""Nearest neighbours: which training samples are most similar, and the value they vote for."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np

from annotator.variables import Metric, ValueRefused, VariableSpec

BLOCK = 512  # rows compared at once, to limit memory


def nearest(
    known: np.ndarray, queries: np.ndarray, count: int, *, exclude_self: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Per row of `queries`, the indices of its `count` most similar known rows and their similarity (0–1).

    Rows have length 1, so similarity is their product. With `exclude_self`, `queries` are the first known
    rows, and none is its own neighbour.
    """
    indices, similarities = [], []
    for start in range(0, len(queries), BLOCK):
        block = queries[start : start + BLOCK]
        products = block @ known.T
        order = np.argsort(-products, axis=1, kind="stable")[:, : count + exclude_self]
        if exclude_self:
            keep = order != np.arange(start, start + len(block))[:, None]
            keep[keep.all(axis=1), -1] = False
            order = order[keep].reshape(len(block), -1)
        indices.append(order)
        similarities.append(np.take_along_axis(products, order, axis=1))
    if not indices:
        return np.zeros((0, count), dtype=np.int64), np.zeros((0, count), dtype=np.float32)
    return np.concatenate(indices), np.concatenate(similarities)


def vote(
    spec: VariableSpec, values: Sequence[Any], similarity: Sequence[float], *, power: float
) -> Any:
    """One legal value out of the neighbours'; None when none of them has one.

    A neighbour's weight is its similarity to the power. Numbers: the weighted median; other types: the value
    with the most weight, the nearest winning a tie.
    """
    weighted = [
        (value, max(float(weight), 1e-6) ** power)
        for value, weight in zip(values, similarity, strict=True)
        if value is not None
    ]
    if not weighted:
        return None
    if spec.type_rules.metric == Metric.DISTANCE:
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
    as_number = spec.type_rules.as_number
    ordered = sorted(weighted, key=lambda pair: (as_number(pair[0]), pair[1]))
    weights = np.cumsum([weight for _, weight in ordered])
    middle = ordered[int(np.searchsorted(weights, weights[-1] / 2))][0]
    try:
        return spec.check(middle)
    except ValueRefused:
        return weighted[0][0]
