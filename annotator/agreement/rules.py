"""When two values of a variable agree, and which of several agrees with the others most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from annotator.agreement.lists import jaccard
from annotator.agreement.texts import edit_similarity, folded, token_f1
from annotator.variables import Metric, VariableType
from annotator.variables.json_text import same

SIMILAR_FROM = 0.9  # of edit_similarity
NOISE = 1e-9  # of 0.1 + 0.2


class TextRule(StrEnum):
    """When two texts agree."""

    EXACT = "exact"
    FOLDED = "folded"
    SIMILAR = "similar"


@dataclass(frozen=True)
class Rule:
    """What counts as agreement: `tolerance` of numbers is inclusive."""

    tolerance: float = 0
    text: TextRule = TextRule.FOLDED


def agree(rules: VariableType, one: Any, other: Any, rule: Rule | None = None) -> bool:
    """Whether two stored values agree, None for a missing one: a missing one agrees with no other."""
    rule = rule or Rule()
    if same(one, other):
        return True
    if one is None or other is None:
        return False
    if rules.metric == Metric.DISTANCE:
        distance = abs(rules.as_number(one) - rules.as_number(other))
        return distance <= rule.tolerance + NOISE
    if isinstance(one, str) and isinstance(other, str):
        return _texts_agree(one, other, rule.text)
    if rules.metric == Metric.ENTRIES and isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and jaccard(one, other) == 1
    return False


def difference(rules: VariableType, one: Any, other: Any) -> float:
    """How far two legal values are apart: numbers in their own unit, all else from 0 (alike) to 1."""
    if rules.metric == Metric.DISTANCE:
        return abs(rules.as_number(one) - rules.as_number(other))
    if rules.metric == Metric.ENTRIES and isinstance(one, list) and isinstance(other, list):
        return 1 - jaccard(one, other)
    if rules.metric == Metric.TEXT and isinstance(one, str) and isinstance(other, str):
        return 1 - token_f1(one, other)
    return float(not same(one, other))


def _texts_agree(one: str, other: str, rule: TextRule) -> bool:
    if rule == TextRule.EXACT:
        return one == other
    if folded(one) == folded(other):
        return True
    return rule == TextRule.SIMILAR and edit_similarity(one, other) >= SIMILAR_FROM


def most_agreed(rows: Sequence[Sequence[int]]) -> int:
    """The place of the one that agrees with most others, the first of several.

    `rows[i][j]` says in how many values i agrees with j.
    """
    return max(range(len(rows)), key=lambda place: (sum(rows[place]), -place))
