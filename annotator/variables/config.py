"""Reads and writes a variable's limits in the shape of the wire (docs: PLATFORM.md R-V3 to R-V13).

Tolerant where remotes differ (a choice list or its text, 10.0 or "10" for a limit, null or no
key), strict where a limit makes no sense. `item_schema` is our own (Q14) and never sent: for an
object the list of its fields' configs, for a list the config of each entry, or the fields' configs
of entries that are objects.
"""

from collections.abc import Callable
from dataclasses import fields
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from annotator.variables.errors import ConfigError, ValueRefused
from annotator.variables.exact import decimal_of
from annotator.variables.text import clean_text
from annotator.variables.types import TYPES, VariableType

if TYPE_CHECKING:
    from annotator.variables.spec import VariableSpec

# An object in a list in an object is about as deep as a form can show.
DEEPEST_SCHEMA = 5


def read_choices(given: object) -> tuple[str, ...]:
    """Split at commas, or take a list; trimmed, empty ones dropped."""
    if isinstance(given, str):
        given = given.split(",")
    if not isinstance(given, list | tuple):
        raise ConfigError("choices", "Give the choices as text with commas, or as a list.")
    choices = [_choice(choice) for choice in given]
    for choice in choices:
        if "," in choice:
            raise ConfigError("choices", f"Take the comma out of “{choice}”: it divides choices.")
        if choice and choices.count(choice) > 1:
            raise ConfigError("choices", f"Give “{choice}” only once.")
    return tuple(filter(None, choices))


def _choice(given: object) -> str:
    if isinstance(given, bool) or not isinstance(given, str | int | float):
        raise ConfigError("choices", "Give each choice as text.")
    try:
        return clean_text(str(given)).strip()
    except ValueRefused as error:
        raise ConfigError("choices", error.message) from None


def _read_number(key: str) -> Callable[[object], Decimal]:
    def read(given: object) -> Decimal:
        try:
            return decimal_of(given)
        except ValueError:
            raise ConfigError(key, "Give a number, such as 0.5, or leave it out.") from None

    return read


def _read_length(key: str) -> Callable[[object], int]:
    def read(given: object) -> int:
        number = _read_number(key)(given)
        if number != number.to_integral_value() or not 0 <= number < 2**31:
            raise ConfigError(key, "Give a whole number of 0 or more, or leave it out.")
        return int(number)

    return read


LIMITS: dict[str, Callable[[object], Any]] = {
    "choices": read_choices,
    "min_value": _read_number("min_value"),
    "max_value": _read_number("max_value"),
    "step_size": _read_number("step_size"),
    "min_length": _read_length("min_length"),
    "max_length": _read_length("max_length"),
}


def read_kind(config: dict, *, depth: int = 1) -> tuple[VariableType, tuple[str, ...]]:
    """The type with its limits, and a notice for every limit that the type doesn't know."""
    name = config.get("type")
    if not isinstance(name, str) or name not in TYPES:
        raise ConfigError("type", f"Choose one of: {', '.join(TYPES)}.")
    known = {field.name for field in fields(TYPES[name])}
    given = {key: config[key] for key in LIMITS if config.get(key) not in (None, "", [])}
    limits = {key: LIMITS[key](value) for key, value in given.items() if key in known}
    notices = tuple(f"{key} has no meaning for {name}." for key in given if key not in known)
    inner = config.get("item_schema")
    if inner:
        if depth >= DEEPEST_SCHEMA:
            raise ConfigError("item_schema", f"Nest at most {DEEPEST_SCHEMA} levels deep.")
        if name == "array":
            limits["item"] = _read_item(inner, depth=depth + 1)
        elif name == "object":
            limits["fields"] = _read_fields(inner, depth=depth + 1)
    return TYPES[name](**limits), notices


def _read_item(config: object, *, depth: int) -> VariableType:
    if isinstance(config, list):
        config = {"type": "object", "item_schema": config}
    if not isinstance(config, dict):
        raise ConfigError("item_schema", "Describe the entries as an object with a type.")
    try:
        return read_kind(config, depth=depth)[0]
    except ConfigError as error:
        raise _inside(error) from None


def _read_fields(configs: object, *, depth: int) -> tuple["VariableSpec", ...]:
    from annotator.variables.spec import VariableSpec

    if not isinstance(configs, list) or not all(isinstance(each, dict) for each in configs):
        raise ConfigError("item_schema", "Describe the fields as a list of objects.")
    try:
        return tuple(VariableSpec.from_config(each, depth=depth) for each in configs)
    except ConfigError as error:
        raise _inside(error) from None


def _inside(error: ConfigError) -> ConfigError:
    where = "" if error.key == "item_schema" else f"{error.key}: "
    return ConfigError("item_schema", f"{where}{error.message}")


def write_limits(kind: VariableType) -> dict[str, Any]:
    """The limits as on the wire; absent ones stay absent, choices are one text."""
    result: dict[str, Any] = {}
    for key in LIMITS:
        value = getattr(kind, key, None)
        if value is None or value == ():
            continue
        result[key] = _write(value, whole=kind.name == "integer")
    return result


def _write(value: Any, *, whole: bool) -> Any:
    if isinstance(value, tuple):
        return ",".join(value)
    if isinstance(value, Decimal):
        return int(value) if whole and value == value.to_integral_value() else float(value)
    return value


def write_item_schema(kind: VariableType) -> dict[str, Any]:
    """The key `item_schema` as `read_kind` takes it; empty when there is none."""
    item, parts = getattr(kind, "item", None), getattr(kind, "fields", ())
    if item is not None:
        return {"item_schema": {"type": item.name} | write_limits(item) | write_item_schema(item)}
    if parts:
        return {"item_schema": [part.to_config(item_schema=True) for part in parts]}
    return {}
