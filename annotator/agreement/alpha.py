"""Krippendorff's alpha: agreement beyond chance of any number of people, with values missing.

Krippendorff, Computing Krippendorff's Alpha-Reliability. A unit is what several people gave one sample.
Units that look alike are one pattern with a weight, so that resampling costs as much as there are patterns.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Unit = Sequence[Any]
Values = Iterable[Unit]


class Scale(StrEnum):
    """What is known of the distance between two values."""

    NOMINAL = "nominal"
    """Equal or not."""
    ORDINAL = "ordinal"
    """Their order; values are numbers whose size does not matter."""
    INTERVAL = "interval"
    """How far apart they are."""


class Patterns(Protocol):
    """The units, of which equal ones are counted together."""

    @property
    def numbers(self) -> Array:
        """How many units look like each pattern."""
        ...

    def alpha(self, numbers: Array) -> float | None:
        """Alpha as if each pattern had been seen so often; None where nothing differs from anything."""


@dataclass(frozen=True)
class Counted:
    """Patterns as rows of how often each value was given: for a scale with few values."""

    numbers: Array
    counts: Array  # patterns × values, in the order of the values
    is_ordinal: bool

    def alpha(self, numbers: Array) -> float | None:
        """As `Patterns.alpha`."""
        totals = numbers @ self.counts
        distance = _ordinal(totals) if self.is_ordinal else 1 - np.eye(len(totals))
        differing = ((self.counts @ distance) * self.counts).sum(axis=1)
        observed = numbers @ (differing / (self.counts.sum(axis=1) - 1))
        return _alpha(float(observed), float(totals @ distance @ totals), float(totals.sum()))


def _ordinal(totals: Array) -> Array:
    """The squared distances: how many values lie between, half of both ends included."""
    middle = np.cumsum(totals) - totals / 2
    return np.asarray((middle[:, None] - middle[None, :]) ** 2)


@dataclass(frozen=True)
class Moments:
    """Patterns as rows of how many values there are, their sum and that of their squares."""

    numbers: Array
    moments: Array

    def alpha(self, numbers: Array) -> float | None:
        """As `Patterns.alpha`."""
        n, total, squares = self.moments.T
        observed = numbers @ (2 * (n * squares - total**2) / (n - 1))
        n, total, squares = numbers @ self.moments
        return _alpha(float(observed), float(2 * (n * squares - total**2)), float(n))


def _alpha(observed: float, expected: float, n: float) -> float | None:
    if n < 2 or expected <= 1e-9 * n:
        return None
    return 1 - (n - 1) * observed / expected


def patterns_of(units: Values, scale: Scale) -> Patterns | None:
    """The units that have two values or more; None without any."""
    several = [unit for unit in units if len(unit) > 1]
    if not several:
        return None
    if scale == Scale.INTERVAL:
        middle = np.mean([value for unit in several for value in unit])
        seen = Counter(tuple(sorted(float(value - middle) for value in unit)) for unit in several)
        rows = [(len(unit), sum(unit), sum(value**2 for value in unit)) for unit in seen]
        return Moments(np.array([*seen.values()], float), np.array(rows, float))
    distinct = {value for unit in several for value in unit}
    place = {value: n for n, value in enumerate(sorted(distinct, key=_order_of(scale)))}
    alike = Counter(tuple(sorted(place[value] for value in unit)) for unit in several)
    counts = np.zeros((len(alike), len(place)))
    for row, places in enumerate(alike):
        np.add.at(counts[row], list(places), 1)
    return Counted(np.array([*alike.values()], float), counts, scale == Scale.ORDINAL)


def _order_of(scale: Scale) -> Callable[[Any], Any]:
    """By size where the order means something, else any that is the same each time."""
    return float if scale == Scale.ORDINAL else repr
