"""The labels of a CVAT file: their attributes, as configurations of variables."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from annotator.imports.formats.label_studio_config import number_of
from annotator.imports.formats.xml_stream import Element


@dataclass
class Label:
    """A label and its attributes by name, each with (input_type, values)."""

    name: str
    kind: str = ""  # tag, rectangle, …; empty or any where it isn't said
    attributes: dict[str, tuple[str, list[str]]] = field(default_factory=dict)


def read_label(element: Element) -> Label:
    """A label of the file's meta."""
    label = Label(name=element.findtext("name", ""), kind=element.findtext("type", ""))
    for each in element.findall("attributes/attribute"):
        values = [line for line in each.findtext("values", "").splitlines() if line.strip()]
        label.attributes[each.findtext("name", "")] = each.findtext("input_type", ""), values
    return label


def config_of(input_type: str, values: list[str]) -> dict[str, Any]:
    """A variable's configuration; `values` of a number are minimum, maximum and step."""
    if input_type == "checkbox":
        return {"type": "boolean"}
    if input_type == "number":
        numbers = [number_of(value) for value in values[:3]] + [None] * 3
        is_whole = all(isinstance(each, int) for each in numbers[:3])
        bounds = {"min_value": numbers[0], "max_value": numbers[1]}
        config = {"type": "integer" if is_whole else "float"}
        given = {key: value for key, value in bounds.items() if value is not None}
        step = {} if is_whole or not numbers[2] else {"step_size": numbers[2]}
        return config | given | step
    if input_type in ("select", "radio") and values:
        return {"type": "string", "choices": values}
    return {"type": "string"}


def value_of(text: str, config: dict[str, Any]) -> Any:
    """An attribute's text as the value it stands for; as it is where it fits no such value."""
    if config["type"] == "boolean":
        return {"true": True, "false": False}.get(text.strip().lower(), text)
    if config["type"] in ("integer", "float"):
        number = number_of(text)
        return text if number is None else number
    return text
