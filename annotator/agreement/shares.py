"""Shares of yes or no with their 95 % intervals, without NumPy."""

from __future__ import annotations

import math
from dataclasses import dataclass

Z = 1.96  # of a 95 % interval
FEWEST = 10  # samples or comparisons; below it no figure is worth showing


@dataclass(frozen=True)
class Share:
    """`count` of `total`; the bounds are Wilson's, `share` is None of nothing."""

    count: int
    total: int

    @property
    def share(self) -> float | None:
        """From 0 to 1."""
        return self.count / self.total if self.total else None

    @property
    def low(self) -> float:
        """The lower bound, 0 of nothing."""
        return wilson(self.count, self.total)[0]

    @property
    def high(self) -> float:
        """The upper bound, 1 of nothing."""
        return wilson(self.count, self.total)[1]


NOTHING = Share(0, 0)


def wilson(count: float, total: int) -> tuple[float, float]:
    """The bounds of a share of `total`; (0, 1) of nothing."""
    if not total:
        return 0.0, 1.0
    share = count / total
    middle = (share + Z * Z / (2 * total)) / (1 + Z * Z / total)
    spread = math.sqrt(share * (1 - share) / total + Z * Z / (4 * total * total))
    half = Z / (1 + Z * Z / total) * spread
    return max(0.0, middle - half), min(1.0, middle + half)


def gap(one: Share, other: Share) -> tuple[float, float, float] | None:
    """How much larger `one` is, with the bounds of Newcombe's hybrid score interval; None of nothing.

    Newcombe 1998, doi 10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I, method 10.
    """
    if one.share is None or other.share is None:
        return None
    value = one.share - other.share
    below = math.hypot(one.share - one.low, other.high - other.share)
    above = math.hypot(one.high - one.share, other.share - other.low)
    return value, value - below, value + above
