"""Statistics of two models that answered the same samples."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

from annotator.training.runner.metrics import Z, interval


def sign_test(won: int, lost: int) -> float:
    """The exact two-sided sign test: how probable so uneven a split is if both are equally good.

    Ties do not count; of rights and wrongs it is McNemar's exact test (W. J. Dixon and A. M. Mood, "The
    statistical sign test", JASA 41, 1946; Q. McNemar, Psychometrika 12, 1947). 1 without any difference.
    """
    trials = won + lost
    if not trials:
        return 1.0
    log_half = trials * math.log(0.5)
    tail = sum(
        math.exp(
            math.lgamma(trials + 1) - math.lgamma(k + 1) - math.lgamma(trials - k + 1) + log_half
        )
        for k in range(min(won, lost) + 1)
    )
    return min(1.0, 2 * tail)


def paired_interval(before: Sequence[float], after: Sequence[float]) -> tuple[float, float]:
    """A 95 % interval of the mean difference after − before, within −1 and 1; the lists are paired.

    Newcombe's for rights and wrongs (R. G. Newcombe, "Improved confidence intervals for the difference
    between binomial proportions based on paired data", Statistics in Medicine 17, 1998, method 10), else the
    normal one of the differences.
    """
    number = len(before)
    if not number:
        return -1.0, 1.0
    if {*before, *after} <= {0.0, 1.0}:
        return _newcombe(before, after)
    differences = [b - a for a, b in zip(before, after, strict=True)]
    mean = sum(differences) / number
    half = Z * statistics.stdev(differences) / math.sqrt(number) if number > 1 else 1.0
    return max(-1.0, mean - half), min(1.0, mean + half)


def _newcombe(before: Sequence[float], after: Sequence[float]) -> tuple[float, float]:
    number = len(before)
    share_before, share_after = sum(before) / number, sum(after) / number
    (low_b, high_b), (low_a, high_a) = interval(before), interval(after)
    phi = _phi(before, after)
    difference = share_after - share_before
    down, up = share_after - low_a, high_b - share_before
    low = difference - math.sqrt(max(0.0, down**2 - 2 * phi * down * up + up**2))
    up, down = high_a - share_after, share_before - low_b
    high = difference + math.sqrt(max(0.0, up**2 - 2 * phi * up * down + down**2))
    return max(-1.0, low), min(1.0, high)


def _phi(before: Sequence[float], after: Sequence[float]) -> float:
    """The correlation of the two, with the continuity correction of method 10; 0 where undefined."""
    number = len(before)
    both = sum(a * b for a, b in zip(before, after, strict=True))
    only_after, only_before = sum(after) - both, sum(before) - both
    neither = number - both - only_after - only_before
    sides = (both + only_after) * (only_before + neither) * (both + only_before)
    sides *= only_after + neither
    if not sides:
        return 0.0
    product = both * neither - only_after * only_before
    if product > 0:
        product = max(product - number / 2, 0.0)
    return product / math.sqrt(sides)
