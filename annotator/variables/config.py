"""Reads and writes a variable in the shape of the wire (docs/platform.md R-V3 to R-V13).

Tolerant where remotes differ (a choice list or its text, 10.0 or "10" for a limit, null or no
key), strict where a limit makes no sense. `item_schema` is our own (Q14) and never sent: for an
object the list of its fields' configs, for a list the config of each entry, or the fields' configs
of entries that are objects.
"""

import re
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from annotator.variables.errors import ConfigError, ValueRefused
from annotator.variables.limits import LIMITS, limits_of, write_limits
from annotator.variables.spec import VariableSpec
from annotator.variables.types import TYPES
from annotator.variables.variable_type import VariableType

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
MAX_NAME_LENGTH = 100
# An object in a list in an object is about as deep as a form can show.
MAX_SCHEMA_DEPTH = 5


def read_config(config: Mapping[str, Any], *, depth: int = 1) -> VariableSpec:
    """Read the wire shape. Raises ConfigError for the first key that has to change.

    Unknown keys are ignored; `item_schema` is our own.
    """
    type_rules, notices = _read_type(config, depth=depth)
    spec = VariableSpec(
        name=_read_name(config.get("name")),
        type_rules=type_rules,
        required=_read_required(config.get("required")),
        description=_read_description(config.get("description")),
        notices=notices,
    )
    try:
        return replace(spec, default_value=spec.check(config.get("default_value")))
    except ValueRefused as error:
        raise ConfigError("default_value", error.message) from None


def read_remote_config(config: Mapping[str, Any]) -> VariableSpec:
    """As `read_config`, for limits we can't change: one that makes no sense is left out.

    `notices` then says which and why. Raises ConfigError when name or type is at fault.
    """
    kept, notices = dict(config), []
    while True:
        try:
            spec = read_config(kept)
        except ConfigError as error:
            if error.key in ("name", "type") or error.key not in kept:
                raise
            del kept[error.key]
            notices.append(f"{error.key} is left out: {error.message}")
        else:
            return replace(spec, notices=(*notices, *spec.notices))


def write_config(spec: VariableSpec, *, item_schema: bool = False) -> dict[str, Any]:
    """The wire shape: absent limits are absent, choices one text with commas.

    `item_schema` adds our own key of that name; no remote knows it.
    """
    config: dict[str, Any] = {"name": spec.name, "type": spec.type, "required": spec.required}
    if spec.description:
        config["description"] = spec.description
    config |= write_limits(spec.type_rules)
    if spec.default_value is not None:
        config["default_value"] = spec.default_value
    return config | (_write_item_schema(spec.type_rules) if item_schema else {})


def known_keys(type_name: str) -> set[str]:
    """The limits that have a meaning for a type, `item_schema` among them; all for an unknown type."""
    if type_name not in TYPES:
        return {*LIMITS, "item_schema"}
    type_class = TYPES[type_name]
    return {*limits_of(type_class)} | (set() if type_class.scalar else {"item_schema"})


def _read_type(config: Mapping[str, Any], *, depth: int) -> tuple[VariableType, tuple[str, ...]]:
    """The type with its limits, and a notice for every limit that the type doesn't know."""
    name = config.get("type")
    if not isinstance(name, str) or name not in TYPES:
        raise ConfigError("type", f"Choose one of: {', '.join(TYPES)}.")
    type_class: Any = TYPES[name]  # each has arguments of its own
    known = limits_of(type_class)
    given = {key: config[key] for key in LIMITS if config.get(key) not in (None, "", [])}
    rules = {key: LIMITS[key].read(value) for key, value in given.items() if key in known}
    notices = tuple(f"{key} has no meaning for {name}." for key in given if key not in known)
    inner = config.get("item_schema")
    if inner:
        if depth >= MAX_SCHEMA_DEPTH:
            raise ConfigError("item_schema", f"Nest at most {MAX_SCHEMA_DEPTH} levels deep.")
        for part in fields(type_class):
            if part.name in ITEM_SCHEMAS:
                rules[part.name] = ITEM_SCHEMAS[part.name](inner, depth=depth + 1)
    return type_class(**rules), notices


def _read_item(config: object, *, depth: int) -> VariableType:
    if isinstance(config, list):
        config = {"type": "object", "item_schema": config}
    if not isinstance(config, dict):
        raise ConfigError("item_schema", "Describe the entries as an object with a type.")
    try:
        return _read_type(config, depth=depth)[0]
    except ConfigError as error:
        raise _inside(error) from None


def _read_fields(configs: object, *, depth: int) -> tuple[VariableSpec, ...]:
    if not isinstance(configs, list) or not all(isinstance(each, dict) for each in configs):
        raise ConfigError("item_schema", "Describe the fields as a list of objects.")
    try:
        return tuple(read_config(each, depth=depth) for each in configs)
    except ConfigError as error:
        raise _inside(error) from None


# How `item_schema` is read for the field of a type that holds it.
ITEM_SCHEMAS = {"item": _read_item, "fields": _read_fields}


def _inside(error: ConfigError) -> ConfigError:
    where = "" if error.key == "item_schema" else f"{error.key}: "
    return ConfigError("item_schema", f"{where}{error.message}")


def _write_item_schema(rules: VariableType) -> dict[str, Any]:
    """The key `item_schema` as it is read; empty when there is none."""
    item, parts = getattr(rules, "item", None), getattr(rules, "fields", ())
    if item is not None:
        written = {"type": item.name} | write_limits(item) | _write_item_schema(item)
        return {"item_schema": written}
    if parts:
        return {"item_schema": [write_config(part, item_schema=True) for part in parts]}
    return {}


def _read_name(given: object) -> str:
    if not isinstance(given, str) or not NAME.fullmatch(given):
        raise ConfigError("name", "Use letters, digits and _, and don't begin with a digit.")
    if len(given) > MAX_NAME_LENGTH:
        raise ConfigError("name", f"Shorten to {MAX_NAME_LENGTH} characters.")
    return given


def _read_required(given: object) -> bool:
    if given is not None and not isinstance(given, bool):
        raise ConfigError("required", "Give true or false.")
    return bool(given)


def _read_description(given: object) -> str:
    if given is not None and not isinstance(given, str):
        raise ConfigError("description", "Give text.")
    return (given or "").strip()
