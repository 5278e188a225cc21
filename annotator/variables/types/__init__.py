"""The six types of the platform, each a class with its limits (docs/platform.md R-V1)."""

from annotator.variables.types.array import ArrayType
from annotator.variables.types.boolean import BooleanType
from annotator.variables.types.numbers import FloatType, IntegerType
from annotator.variables.types.object import ObjectType
from annotator.variables.types.string import StringType
from annotator.variables.variable_type import VariableType

TYPES: dict[str, type[VariableType]] = {
    each.name: each
    for each in (StringType, IntegerType, FloatType, BooleanType, ArrayType, ObjectType)
}


def type_choices() -> list[tuple[str, str]]:
    """The types for forms and columns: the name on the wire and the one on screens."""
    return [(name, type_class.label) for name, type_class in TYPES.items()]


__all__ = [
    "TYPES",
    "ArrayType",
    "BooleanType",
    "FloatType",
    "IntegerType",
    "ObjectType",
    "StringType",
    "VariableType",
    "type_choices",
]
