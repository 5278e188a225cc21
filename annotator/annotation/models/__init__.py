"""Tables of the room, one file per noun."""

from annotator.annotation.models.answer import Answer, AnswerQuerySet
from annotator.annotation.models.count import AnswerCount
from annotator.annotation.models.fields import MAX_EFFORT, REASON_LENGTH, DatasetOfSample, Effort
from annotator.annotation.models.gold import GoldPause, GoldResult, Qualification
from annotator.annotation.models.returned import ReturnedField
from annotator.annotation.models.value import AnswerRevision, AnswerValue

__all__ = [
    "MAX_EFFORT",
    "REASON_LENGTH",
    "Answer",
    "AnswerCount",
    "AnswerQuerySet",
    "AnswerRevision",
    "AnswerValue",
    "DatasetOfSample",
    "Effort",
    "GoldPause",
    "GoldResult",
    "Qualification",
    "ReturnedField",
]
