"""JSON Schema 2020-12 of an answer, for our own checks and for models that decode by a schema."""

from collections.abc import Iterable
from typing import Any, Literal

from annotator.variables.spec import VariableSpec

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema(
    specs: Iterable[VariableSpec], profile: Literal["full", "strict"] = "full"
) -> dict[str, Any]:
    """The schema of an object that holds one value per variable, keyed by name.

    `full` states every limit that validators check as we do. Steps that are no exact doubles, as 0.1,
    or don't count from 0 are left to `VariableSpec.check`; the description says so.
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
    description = " ".join(filter(None, (spec.description, schema.get("description"))))
    if description:
        schema["description"] = description
    if spec.default_value is not None and not strict:
        schema["default"] = spec.default_value
    return schema
