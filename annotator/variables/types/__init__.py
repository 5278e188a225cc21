"""The six types of the platform, each a class with its limits (docs/platform.md R-V1)."""

from annotator.variables.types.array import ArrayType
from annotator.variables.types.boolean import BooleanType
from annotator.variables.types.kind import VariableType
from annotator.variables.types.numbers import FloatType, IntegerType
from annotator.variables.types.object import ObjectType
from annotator.variables.types.string import StringType

TYPES: dict[str, type] = {
    kind.name: kind
    for kind in (StringType, IntegerType, FloatType, BooleanType, ArrayType, ObjectType)
}

__all__ = [
    "TYPES",
    "ArrayType",
    "BooleanType",
    "FloatType",
    "IntegerType",
    "ObjectType",
    "StringType",
    "VariableType",
]
