"""How alike two lists are."""

from __future__ import annotations

from collections.abc import Iterable

from annotator.variables.json_text import to_json


def jaccard(one: Iterable[object], other: Iterable[object]) -> float:
    """The share of the entries of either that both have, order and repetition aside; 1 for two empty ones."""
    left, right = ({to_json(entry) for entry in entries} for entries in (one, other))
    return len(left & right) / len(left | right) if left or right else 1.0
