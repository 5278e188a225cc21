"""Why a reviewer should look at an answer early. Kept with the answer when it is submitted."""

from __future__ import annotations

from enum import IntFlag
from functools import cache

from django.db.models import PositiveSmallIntegerField
from django.db.models.expressions import RawSQL

NEW_BELOW = 20  # approved answers of a person in the dataset


class Risk(IntFlag):
    """The reasons; the number orders answers, a higher one outweighs all below it."""

    NEW_AUTHOR = 1
    ONCE_REFUSED = 2  # a reviewer returned the answer, or a known value was not allowed
    UNSURE = 4
    MODEL_DISAGREES = 8  # with at least the confidence of the dataset's threshold

    @property
    def label(self) -> str:
        """One reason for a person who reads."""
        return LABELS[self]


LABELS = {
    Risk.MODEL_DISAGREES: "A sure suggestion differs",
    Risk.UNSURE: "Author not sure",
    Risk.ONCE_REFUSED: "Refused before",
    Risk.NEW_AUTHOR: "New author",
}

# For an UPDATE of answers, in SQL because every submit has it. Suggestions have got their results before.
_DISAGREES = """EXISTS (SELECT 1 FROM suggestions_suggestion AS g
    JOIN datasets_dataset AS d ON d.id = annotation_answer.dataset_id
    WHERE g.sample_id = annotation_answer.sample_id AND g.state IN ('edited', 'rejected')
      AND g.confidence * 100 >= d.suggestion_threshold)"""
_UNSURE = """EXISTS (SELECT 1 FROM annotation_answervalue AS v
    WHERE v.answer_id = annotation_answer.id AND v.unsure)"""
_REFUSED = """annotation_answer.returned_at IS NOT NULL OR EXISTS (SELECT 1 FROM datasets_variablevalue AS k
    WHERE k.sample_id = annotation_answer.sample_id AND k.invalid_since IS NOT NULL)"""
_NEW = """COALESCE((SELECT SUM(c.number) FROM annotation_answercount AS c
    WHERE c.author_id = annotation_answer.author_id AND c.dataset_id = annotation_answer.dataset_id
      AND c.state = 'approved'), 0) < %s"""
_CONDITIONS = {
    Risk.MODEL_DISAGREES: _DISAGREES,
    Risk.UNSURE: _UNSURE,
    Risk.ONCE_REFUSED: _REFUSED,
    Risk.NEW_AUTHOR: _NEW,
}
_SQL = " + ".join(
    f"CASE WHEN {condition} THEN {risk.value} ELSE 0 END" for risk, condition in _CONDITIONS.items()
)


@cache  # one expression, so that an UPDATE with it is composed once
def risk_now() -> RawSQL:
    """The risk of each answer that an UPDATE changes, as its values and suggestions are at that moment."""
    return RawSQL(_SQL, (NEW_BELOW,), output_field=PositiveSmallIntegerField())  # noqa: S611  # a constant
