"""How alike two texts are."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter


def folded(text: str) -> str:
    """The text without differences of case, white space and Unicode normalisation."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def edit_distance(one: str, other: str) -> int:
    """How many characters must be added, dropped or exchanged (Levenshtein)."""
    if len(one) < len(other):
        one, other = other, one
    before = list(range(len(other) + 1))
    for row, left in enumerate(one, start=1):
        now = [row]
        for column, right in enumerate(other, start=1):
            now.append(min(before[column] + 1, now[-1] + 1, before[column - 1] + (left != right)))
        before = now
    return before[-1]


def edit_similarity(one: str, other: str, *, longest: int = 200) -> float:
    """1 − edit distance ÷ the longer one, of the folded texts cut at `longest` characters."""
    one, other = folded(one)[:longest], folded(other)[:longest]
    if one == other:
        return 1.0
    return 1 - edit_distance(one, other) / max(len(one), len(other))


def token_f1(one: str, other: str) -> float:
    """The harmonic mean of precision and recall over the words, their order aside; 1 for two without any."""
    left, right = (Counter(re.findall(r"\w+", folded(text))) for text in (one, other))
    if not left and not right:
        return 1.0
    return 2 * (left & right).total() / (left.total() + right.total())
