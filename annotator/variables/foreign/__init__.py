"""Schemas of other programs: JSON Schema and Pydantic source become variables, and variables become those."""

from annotator.variables.errors import ConfigError
from annotator.variables.foreign.json_schema import SchemaRead, read_json_schema
from annotator.variables.foreign.pydantic_source import read_pydantic
from annotator.variables.foreign.pydantic_writing import write_pydantic

__all__ = ["SchemaRead", "read_json_schema", "read_pydantic", "read_schema", "write_pydantic"]


def read_schema(text: str) -> SchemaRead:
    """The variables of a JSON Schema, or of Pydantic source, which is parsed and never executed.

    Raises VariableError when it is neither.
    """
    read = read_json_schema if text.lstrip().startswith("{") else read_pydantic
    try:
        return read(text)
    except RecursionError:
        raise ConfigError("source", "Nest it less deeply, and without circles.") from None
