"""Tells Python's garbage collector to look less often, in processes that work on many rows at a time."""

from __future__ import annotations

import gc


def look_less_often() -> None:
    """What rows are made of is gone with its page or batch: looking for cycles after every 700 new objects
    took a fifth of a page's time and a seventh of an import's. Modules that are loaded by now stay, and are
    never looked through again.
    """
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
