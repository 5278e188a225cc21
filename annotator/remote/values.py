"""Reads the values of a sample, in any of the formats that servers use.

The platform's page promises values in Get Sample and then lists none; its own scripts read
`sample_variables`. So every format seen or likely is read; without any, the values are unknown.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from annotator.errors import InvalidResponse
from annotator.remote.reading import JsonReader
from annotator.variables import TYPES

KEYS = ("sample_variables", "variable_values", "variables", "values")
WRAPPER = {"value"}


@dataclass(frozen=True, kw_only=True)
class RemoteValue:
    """One value. `variable_id` is None when the server names only the variable."""

    variable_id: str | None
    name: str
    value: Any


def read_values(data: dict[str, Any]) -> dict[str, RemoteValue] | None:
    """The sample's values by variable name; None when the server does not say, {} when there are none."""
    part = next((data[key] for key in KEYS if isinstance(data.get(key), list | dict)), None)
    if part is None:
        return None
    config = data.get("dataset_variables_config")
    types = {}
    names = {}
    if isinstance(config, dict):
        for name, settings in config.items():
            if isinstance(settings, dict):
                types[name] = settings.get("type")
                names[str(settings.get("id"))] = name
    pairs = _from_list(part, names) if isinstance(part, list) else _from_map(part, names)
    values = list(pairs)
    if _server_wraps(values, types):
        values = [
            RemoteValue(variable_id=v.variable_id, name=v.name, value=_unwrapped(v.value))
            for v in values
        ]
    return {value.name: value for value in values}


def _from_list(rows: list[Any], names: dict[str, str]) -> Iterator[RemoteValue]:
    """`[{"variable", "variable_name", "value"}, …]`; writers say `dataset_variable`."""
    for data in rows:
        row = JsonReader(data, "value")
        variable_id = row.ref("variable") or row.ref("dataset_variable")
        name = row.text("variable_name") or row.text("name") or names.get(variable_id or "", "")
        if not (name or variable_id) or "value" not in data:
            raise InvalidResponse("A value in the answer does not say of which variable it is.")
        yield RemoteValue(
            variable_id=variable_id, name=name or variable_id or "", value=data["value"]
        )


def _from_map(values: dict[str, Any], names: dict[str, str]) -> Iterator[RemoteValue]:
    """`{name: value}`, or with the variables' ids as keys."""
    ids = {name: variable_id for variable_id, name in names.items()}
    for key, value in values.items():
        name = names.get(key, key)
        yield RemoteValue(variable_id=ids.get(name), name=name, value=value)


def _is_wrapped(value: Any) -> bool:
    return isinstance(value, dict) and value.keys() == WRAPPER


def _server_wraps(values: list[RemoteValue], types: dict[str, Any]) -> bool:
    """Whether values come as `{"value": …}`, the way they are sent.

    An object variable may itself hold one key `value`, so it proves nothing: only a wrapped value
    of another type does, and a server that wraps one wraps all.
    """
    objects = [name for name, type_class in TYPES.items() if type_class.is_object]
    return any(_is_wrapped(v.value) and types.get(v.name) not in objects for v in values)


def _unwrapped(value: Any) -> Any:
    return value["value"] if _is_wrapped(value) else value
