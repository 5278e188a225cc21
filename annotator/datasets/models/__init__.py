"""Tables of the room, one file per noun."""

from annotator.datasets.models.attachment import MAX_OBJECTS, SampleImage, SampleObject
from annotator.datasets.models.count import SampleCount
from annotator.datasets.models.dataset import PROMPT_FIELDS, Dataset, ScriptValues
from annotator.datasets.models.prompt import Prompt
from annotator.datasets.models.sample import Sample, SampleQuerySet
from annotator.datasets.models.value import Origin, ValueRevision, VariableValue
from annotator.datasets.models.variable import Variable

__all__ = [
    "MAX_OBJECTS",
    "PROMPT_FIELDS",
    "Dataset",
    "Origin",
    "Prompt",
    "Sample",
    "SampleCount",
    "SampleImage",
    "SampleObject",
    "SampleQuerySet",
    "ScriptValues",
    "ValueRevision",
    "Variable",
    "VariableValue",
]
