"""JSON Schema 2020-12 of an answer, for our own checks and for models that decode by a schema."""

from collections.abc import Iterable
from typing import Any, Literal

from annotator.variables.spec import VariableSpec

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema(
    specs: Iterable[VariableSpec], profile: Literal["full", "strict"] = "full"
) -> dict[str, Any]:
    """The schema of an object that holds one value per variable, keyed by name.

    `full` states every limit that JSON Schema can state; steps that don't count from 0 are left
    to `VariableSpec.check`. Validate on decimals: by doubles, 3.3 is no multiple of 0.1.
    `strict` keeps to what hosted models accept: every key required, optional ones may be null,
    no limits of size. Its answers need `check` all the more.
    """
    return {"$schema": DIALECT, **object_schema(specs, strict=profile == "strict")}


def object_schema(specs: Iterable[VariableSpec], *, strict: bool) -> dict[str, Any]:
    """The schema of an object with these fields and no others."""
    specs = list(specs)
    return {
        "type": "object",
        "properties": {spec.name: _property(spec, strict=strict) for spec in specs},
        "required": [spec.name for spec in specs if strict or spec.required],
        "additionalProperties": False,
    }


def _property(spec: VariableSpec, *, strict: bool) -> dict[str, Any]:
    schema = spec.type_rules.json_schema(strict=strict)
    if not spec.required:
        schema = {**schema, "type": [schema["type"], "null"]}
        if "enum" in schema:
            schema["enum"] = [*schema["enum"], None]
    if spec.description:
        schema["description"] = spec.description
    if spec.default_value is not None and not strict:
        schema["default"] = spec.default_value
    return schema
