"""Reads JSON Schema: the properties of an object become variables; what they can't express is listed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from annotator.variables.config import MAX_SCHEMA_DEPTH, NAME, read_config
from annotator.variables.errors import ConfigError, ValueRefused
from annotator.variables.json_text import from_json

Schema = Mapping[str, Any]
MAX_REFS = 20  # one after the other, until a schema counts as a circle
LIMITS = {
    "string": {"minLength": "min_length", "maxLength": "max_length"},
    "array": {"minItems": "min_length", "maxItems": "max_length"},
    "integer": {"minimum": "min_value", "maximum": "max_value"},
    "number": {"minimum": "min_value", "maximum": "max_value", "multipleOf": "step_size"},
}
TYPES = {
    "string": "string",
    "integer": "integer",
    "number": "float",
    "boolean": "boolean",
    "array": "array",
    "object": "object",
}
SILENT = {"title", "$schema", "$id", "$comment", "$defs", "definitions", "examples", "deprecated"}
SAID = {"type", "enum", "const", "description", "default", "properties", "required", "items"}


@dataclass
class SchemaRead:
    """The configurations of variables as the API has them, and in sentences what could not be expressed."""

    configs: list[dict[str, Any]] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


def read_json_schema(text: str) -> SchemaRead:
    """The variables of a JSON Schema in text. Raises ConfigError when it describes no object."""
    try:
        schema = from_json(text)
    except ValueRefused as refusal:
        raise ConfigError("source", f"This is no JSON: {refusal}") from refusal
    return read_schema_object(schema)


def read_schema_object(schema: Any) -> SchemaRead:
    """As `read_json_schema`, of a schema that was parsed."""
    reader = _Reader(schema if isinstance(schema, dict) else {})
    root = reader.resolved(reader.root)
    if not isinstance(root.get("properties"), dict) or not root["properties"]:
        raise ConfigError(
            "source", "Give a schema of an object with properties: each is a variable."
        )
    configs = reader.members(root, "", depth=1)
    return SchemaRead(configs, reader.left)


class _Reader:
    """Reads one document; notes what it leaves out."""

    def __init__(self, root: Schema) -> None:
        self.root = root
        self.left: list[str] = []

    def members(self, schema: Schema, where: str, *, depth: int) -> list[dict[str, Any]]:
        """A configuration for each property that can be one."""
        given = schema.get("required")
        required = [*given] if isinstance(given, list) else []
        configs = []
        for name, member in schema["properties"].items():
            place = f"{where}{name}"
            if not NAME.fullmatch(name):
                self.left.append(
                    f"{place}: left out: a variable's name has letters, digits and _ alone."
                )
                continue
            config = self.config(member, place, depth=depth)
            if config is None:
                continue
            is_required = name in required and not config.pop("may_be_null", False)
            config.pop("may_be_null", None)
            config = {"name": name, **config, "required": is_required}
            try:
                read_config(config)
            except ConfigError as error:
                self.left.append(f"{place}: left out: {error.message}")
                continue
            configs.append(config)
        return configs

    def config(self, schema: Any, where: str, *, depth: int) -> dict[str, Any] | None:
        """The configuration without a name; None, and a sentence in `left`, for what no type is like."""
        schema, may_be_null = self._without_null(self.resolved(schema))
        kind = self._kind(schema)
        if kind is None:
            self.left.append(f"{where}: left out: no type of variable is like this.")
            return None
        config: dict[str, Any] = {"type": TYPES[kind], "may_be_null": may_be_null}
        choices = self._choices(schema)
        if choices is not None:
            texts = [each for each in choices if isinstance(each, str)]
            if kind == "string" and texts:
                config["choices"] = texts
            else:
                self.left.append(f"{where}: any value of its type, not only those of its list.")
        for key, limit in LIMITS.get(kind, {}).items():
            if isinstance(schema.get(key), int | float):
                config[limit] = schema[key]
        self._exclusive(schema, config, kind, where)
        for key in ("description", "default"):
            if schema.get(key) is not None:
                config["default_value" if key == "default" else key] = schema[key]
        self._inner(schema, config, kind, where, depth=depth)
        known = {*SILENT, *SAID, *LIMITS.get(kind, {}), "exclusiveMinimum", "exclusiveMaximum"}
        if schema.get("additionalProperties") is False:
            known.add("additionalProperties")
        self.left += [f"{where}: {key} is not kept." for key in schema if key not in known]
        return config

    def _inner(
        self, schema: Schema, config: dict[str, Any], kind: str, where: str, *, depth: int
    ) -> None:
        """The entries of a list, the members of an object."""
        if depth >= MAX_SCHEMA_DEPTH:
            return
        if kind == "object" and isinstance(schema.get("properties"), dict):
            config["item_schema"] = self.members(schema, f"{where}.", depth=depth + 1)
        elif kind == "array" and isinstance(schema.get("items"), dict):
            item = self.config(schema["items"], f"{where}[]", depth=depth + 1)
            if item is not None:
                item = {key: value for key, value in item.items() if key not in IN_LISTS}
                config["item_schema"] = item

    def _exclusive(self, schema: Schema, config: dict[str, Any], kind: str, where: str) -> None:
        """Bounds of variables are inclusive: of whole numbers the next one, of others the same one."""
        for key, limit, step in (
            ("exclusiveMinimum", "min_value", 1),
            ("exclusiveMaximum", "max_value", -1),
        ):
            bound = schema.get(key)
            if isinstance(bound, bool) or not isinstance(bound, int | float):
                continue
            if kind == "integer" and bound % 1 == 0:
                config[limit] = int(bound) + step
            elif kind == "number":
                config[limit] = bound
                self.left.append(f"{where}: the bound {bound} itself is allowed too.")

    def resolved(self, schema: Any) -> dict[str, Any]:
        """The schema that references lead to, within this document."""
        for _ in range(MAX_REFS):
            if not isinstance(schema, dict):
                return {}
            reference = schema.get("$ref")
            parts = schema.get("allOf")
            if isinstance(parts, list) and len(parts) == 1:
                rest = {key: value for key, value in schema.items() if key != "allOf"}
                schema = {**self.resolved(parts[0]), **rest}
            elif isinstance(reference, str) and reference.startswith("#/"):
                rest = {key: value for key, value in schema.items() if key != "$ref"}
                schema = {**self._at(reference), **rest}
            else:
                return schema
        return {}

    def _at(self, reference: str) -> dict[str, Any]:
        node: Any = self.root
        for part in reference[2:].split("/"):
            key = part.replace("~1", "/").replace("~0", "~")
            node = node.get(key) if isinstance(node, dict) else None
        return node if isinstance(node, dict) else {}

    def _without_null(self, schema: dict[str, Any]) -> tuple[dict[str, Any], bool]:
        """The schema of a value that is there, and whether null is allowed as well."""
        for key in ("anyOf", "oneOf"):
            options = schema.get(key)
            if not isinstance(options, list):
                continue
            others = [each for each in options if each != {"type": "null"}]
            if len(others) == 1:
                rest = {name: value for name, value in schema.items() if name != key}
                return {**self.resolved(others[0]), **rest}, len(others) < len(options)
        types = schema.get("type")
        if isinstance(types, list) and "null" in types:
            others = [each for each in types if each != "null"]
            return {**schema, "type": others[0] if len(others) == 1 else others}, True
        return schema, False

    @staticmethod
    def _choices(schema: Schema) -> list[Any] | None:
        """The only values that are allowed; None where any is."""
        if isinstance(schema.get("enum"), list):
            return list(schema["enum"])
        return [schema["const"]] if "const" in schema else None

    @staticmethod
    def _kind(schema: Schema) -> str | None:
        kind = schema.get("type")
        if kind is None and "properties" in schema:
            kind = "object"
        choices = _Reader._choices(schema)
        if kind is None and choices and all(isinstance(each, str) for each in choices):
            kind = "string"
        return kind if isinstance(kind, str) and kind in TYPES else None


IN_LISTS = {"may_be_null", "description", "default_value"}  # of which an entry has none
