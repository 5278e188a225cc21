"""How many steps an epoch has. Needs no library."""

from __future__ import annotations

import math


def steps_per_epoch(samples: int, *, batch: int, accumulation: int, devices: int) -> int:
    """Each device takes a batch of its own; `accumulation` of them make a step, the last ones fewer."""
    return math.ceil(math.ceil(samples / (batch * devices)) / accumulation)
