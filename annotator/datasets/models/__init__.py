"""Tables of the room, one file per noun."""

from annotator.datasets.models.dataset import Dataset, ScriptValues
from annotator.datasets.models.prompt import Prompt
from annotator.datasets.models.sample import (
    MAX_OBJECTS,
    Sample,
    SampleImage,
    SampleObject,
    SampleQuerySet,
)
from annotator.datasets.models.value import Origin, ValueRevision, VariableValue
from annotator.datasets.models.variable import Variable

__all__ = [
    "MAX_OBJECTS",
    "Dataset",
    "Origin",
    "Prompt",
    "Sample",
    "SampleImage",
    "SampleObject",
    "SampleQuerySet",
    "ScriptValues",
    "ValueRevision",
    "Variable",
    "VariableValue",
]
