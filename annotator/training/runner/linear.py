"""A linear head on image features: ridge regression of a number, or one for each class."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from annotator.training.runner.agreeing import step_of
from annotator.variables import Metric, VariableSpec

FEWEST = 5  # samples with a value
STRENGTHS = 10.0 ** np.arange(
    -3, 4
)  # tried, as shares of the features' mean squared singular value
TEMPERATURES = 2.0 ** np.arange(-6, 2)  # tried: how far apart the scores of classes are


@dataclass(frozen=True)
class Linear:
    """The head of one variable. It predicts one of `choices`, the values that are known.

    `scale` is, of numbers, the root mean square of the errors on left-out samples, and else the temperature
    of the classes' scores, which makes left-out samples most probable.
    """

    weights: np.ndarray  # feature × output
    offset: np.ndarray
    choices: list[Any]
    scale: float

    def predict(self, spec: VariableSpec, features: np.ndarray) -> list[tuple[Any, float]]:
        """Value and confidence, 0 to 1, of each row; of a number that it is at most a step away."""
        return self.read(spec, features @ self.weights + self.offset)

    def read(self, spec: VariableSpec, outputs: np.ndarray) -> list[tuple[Any, float]]:
        """The same from what the line gives."""
        if is_number(spec):
            return self._numbers(spec, outputs[:, 0])
        shares = softmax(outputs / self.scale)
        best = shares.argmax(axis=1)
        return [
            (self.choices[index], round(float(row[index]), 4))
            for index, row in zip(best, shares, strict=True)
        ]

    def _numbers(self, spec: VariableSpec, outputs: np.ndarray) -> list[tuple[Any, float]]:
        known = np.array([float(spec.type_rules.as_number(each)) for each in self.choices])
        step = step_of(spec, float(known.max() - known.min())) + 1e-9
        width = max(self.scale, 1e-9) * math.sqrt(2)
        predicted = []
        for output in outputs:
            index = int(np.abs(known - output).argmin())
            off = float(known[index] - output)
            share = (math.erf((off + step) / width) - math.erf((off - step) / width)) / 2
            predicted.append((self.choices[index], round(share, 4)))
        return predicted


def is_number(spec: VariableSpec) -> bool:
    """Whether the variable's values are predicted as numbers; else as classes."""
    return spec.type_rules.metric == Metric.DISTANCE


def softmax(scores: np.ndarray) -> np.ndarray:
    """Each row as shares of 1."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def fit(
    spec: VariableSpec, features: np.ndarray, values: Sequence[Any]
) -> tuple[Linear, list[Any]] | None:
    """The head, and for each sample the value that a head without it predicts (None without a value).

    None for texts, lists and objects, and where there is too little to learn from.
    """
    if spec.type_rules.metric not in {Metric.DISTANCE, Metric.EXACT}:
        return None
    rows = [place for place, value in enumerate(values) if value is not None]
    given = [values[place] for place in rows]
    choices = [json.loads(text) for text in sorted({json.dumps(value) for value in given})]
    if len(rows) < FEWEST or len(choices) < 2:
        return None
    if is_number(spec):
        targets = np.array([[float(spec.type_rules.as_number(value))] for value in given])
    else:
        targets = np.array([[float(value == each) for each in choices] for value in given])
    weights, offset, left_out = ridge(features[rows].astype(np.float64), targets)
    scale = _scale(spec, targets, left_out)
    head = Linear(weights.astype(np.float32), offset.astype(np.float32), choices, scale)
    predicted: list[Any] = [None] * len(values)
    for place, (value, _) in zip(rows, head.read(spec, left_out), strict=True):
        predicted[place] = value
    return head, predicted


def _scale(spec: VariableSpec, targets: np.ndarray, left_out: np.ndarray) -> float:
    if is_number(spec):
        return float(np.sqrt(np.mean((targets - left_out) ** 2)))
    right = targets.argmax(axis=1)[:, None]
    losses = [
        -np.log(np.take_along_axis(softmax(left_out / each), right, axis=1) + 1e-12).mean()
        for each in TEMPERATURES
    ]
    return float(TEMPERATURES[int(np.argmin(losses))])


def ridge(features: np.ndarray, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Weights, offset, and what the other rows predict of each row.

    Of STRENGTHS that with the least squared error on left-out rows, which needs no second fit (the PRESS
    statistic).
    """
    middle, mean = features.mean(axis=0), targets.mean(axis=0)
    rows, sizes, columns = _decomposed(features - middle)
    along = rows.T @ (targets - mean)
    best: tuple[float, np.ndarray, np.ndarray] | None = None
    for strength in STRENGTHS * float(np.mean(sizes**2)):
        shrunk = sizes**2 / (sizes**2 + strength)
        leverage = np.minimum(rows**2 @ shrunk + 1 / len(rows), 0.999)[:, None]
        left_out = targets - (targets - mean - rows @ (shrunk[:, None] * along)) / (1 - leverage)
        error = float(np.mean((targets - left_out) ** 2))
        if best is None or error < best[0]:
            best = error, columns @ ((sizes / (sizes**2 + strength))[:, None] * along), left_out
    assert best is not None  # there are STRENGTHS
    return best[1], mean - middle @ best[1], best[2]


def _decomposed(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The singular value decomposition, through the smaller of both products of the matrix with itself."""
    is_wide = len(matrix) < matrix.shape[1]
    squares, vectors = np.linalg.eigh(matrix @ matrix.T if is_wide else matrix.T @ matrix)
    kept = squares > squares.max() * 1e-9
    if not kept.any():  # all rows are the same
        return np.zeros((len(matrix), 1)), np.ones(1), np.zeros((matrix.shape[1], 1))
    sizes, vectors = np.sqrt(squares[kept]), vectors[:, kept]
    if is_wide:
        return vectors, sizes, matrix.T @ vectors / sizes
    return matrix @ vectors / sizes, sizes, vectors
