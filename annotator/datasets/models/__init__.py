"""Tables of the room, one file per noun."""

from annotator.datasets.models.assignment import (
    Assignment,
    AssignmentQuerySet,
    asked_of,
    is_overdue,
)
from annotator.datasets.models.attachment import MAX_OBJECTS, SampleImage, SampleObject
from annotator.datasets.models.count import AssignmentCount, SampleCount
from annotator.datasets.models.dataset import (
    MOST_ANSWERS,
    NO_SUGGESTION,
    PROMPT_FIELDS,
    Dataset,
    LabelingOrder,
    ScriptValues,
)
from annotator.datasets.models.gold import GoldAnswer
from annotator.datasets.models.prompt import Prompt
from annotator.datasets.models.sample import Sample, SampleShare
from annotator.datasets.models.sample_queryset import SampleQuerySet
from annotator.datasets.models.sample_state import SampleState
from annotator.datasets.models.value import Origin, ValueRevision, VariableValue
from annotator.datasets.models.variable import TextAgreement, Variable

__all__ = [
    "MAX_OBJECTS",
    "MOST_ANSWERS",
    "NO_SUGGESTION",
    "PROMPT_FIELDS",
    "Assignment",
    "AssignmentCount",
    "AssignmentQuerySet",
    "Dataset",
    "GoldAnswer",
    "LabelingOrder",
    "Origin",
    "Prompt",
    "Sample",
    "SampleCount",
    "SampleImage",
    "SampleObject",
    "SampleQuerySet",
    "SampleShare",
    "SampleState",
    "ScriptValues",
    "TextAgreement",
    "ValueRevision",
    "Variable",
    "VariableValue",
    "asked_of",
    "is_overdue",
]
