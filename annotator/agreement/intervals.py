"""An estimate with its interval: by jackknife over few units, by a seeded bootstrap over many.

With few units the bootstrap is poor (Hughes 2022, arXiv 2210.13265); with many it covers well
(Zapf 2016, doi 10.1186/s12874-016-0200-9).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from annotator.agreement.alpha import Array, Scale, Values, patterns_of
from annotator.agreement.shares import FEWEST, Z

BOOTSTRAP_FROM = 50  # units
RESAMPLES = 1000
SEED = 1


@dataclass(frozen=True)
class Estimate:
    """A figure over `units` samples, and the bounds between which it lies with 95 % confidence.

    `value` is None where it is not defined; the bounds are too with fewer than FEWEST units.
    """

    value: float | None
    units: int
    low: float | None = None
    high: float | None = None

    @property
    def is_too_few(self) -> bool:
        """Whether the figure says nothing yet."""
        return self.units < FEWEST


def estimate_alpha(units: Values, scale: Scale, *, bounds: bool = True) -> Estimate:
    """Krippendorff's alpha over the units with two values or more; without an interval unless `bounds`."""
    patterns = patterns_of(units, scale)
    if patterns is None:
        return Estimate(None, 0)
    return _estimate(patterns.numbers, patterns.alpha, highest=1, bounds=bounds)


def estimate_mean(
    values: Iterable[float], *, highest: float | None = 1, bounds: bool = True
) -> Estimate:
    """The mean of one value of each unit, of which none is negative.

    The interval, if there are to be `bounds`, lies between 0 and `highest`.
    """
    seen = Counter(values)
    numbers, distinct = np.array([*seen.values()], float), np.array([*seen], float)
    if not seen:
        return Estimate(None, 0)
    return _estimate(
        numbers,
        lambda n: float(n @ distinct / n.sum()),
        measure_all=lambda draws: draws @ distinct / numbers.sum(),
        lowest=0,
        highest=highest,
        bounds=bounds,
    )


def _estimate(
    numbers: Array,
    measure: Callable[[Array], float | None],
    *,
    measure_all: Callable[[Array], Array] | None = None,
    lowest: float = -math.inf,
    highest: float | None,
    bounds: bool,
) -> Estimate:
    units, value = int(numbers.sum()), measure(numbers)
    if value is None or units < FEWEST or not bounds:
        return Estimate(value, units)
    if units < BOOTSTRAP_FROM:
        low, high = _jackknife(numbers, measure, value)
    else:
        low, high = _bootstrap(numbers, measure, value, measure_all)
    return Estimate(value, units, max(low, lowest), high if highest is None else min(high, highest))


def _bootstrap(
    numbers: Array,
    measure: Callable[[Array], float | None],
    value: float,
    measure_all: Callable[[Array], Array] | None,
) -> tuple[float, float]:
    """`measure_all` measures all resamples, a row each, at once: where it is given it is used."""
    random, total = np.random.default_rng(SEED), int(numbers.sum())
    draws = random.multinomial(total, numbers / total, size=RESAMPLES).astype(float)
    if measure_all is not None:
        measured = list(measure_all(draws))
    else:
        measured = [each for draw in draws if (each := measure(draw)) is not None]
    low, high = np.percentile(measured or [value], [2.5, 97.5])
    return float(low), float(high)


def _jackknife(
    numbers: Array, measure: Callable[[Array], float | None], value: float
) -> tuple[float, float]:
    total, left_out = numbers.sum(), []
    for pattern, number in enumerate(numbers):
        fewer = numbers.copy()
        fewer[pattern] -= 1
        without = measure(fewer)
        left_out.append((value if without is None else without, number))
    mean = sum(each * number for each, number in left_out) / total
    spread = sum(number * (each - mean) ** 2 for each, number in left_out)
    half = Z * float(((total - 1) / total * spread) ** 0.5)
    return value - half, value + half
