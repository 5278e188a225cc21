"""Writes variables as Pydantic source."""

from __future__ import annotations

import keyword
from collections.abc import Iterable
from typing import Any

from annotator.variables.config import write_config
from annotator.variables.spec import VariableSpec

PLAIN = {
    "string": "str",
    "integer": "int",
    "float": "float",
    "boolean": "bool",
    "array": "list",
    "object": "dict",
}
ARGUMENTS = {
    "min_value": "ge",
    "max_value": "le",
    "step_size": "multiple_of",
    "min_length": "min_length",
    "max_length": "max_length",
    "description": "description",
}
HEADER = "from typing import Annotated, Literal\n\nfrom pydantic import BaseModel, Field\n"


def write_pydantic(specs: Iterable[VariableSpec], *, name: str = "Answer") -> str:
    """Source of a model with a field for each variable."""
    classes: list[str] = []
    configs = [_with_choices(spec) for spec in specs]
    _write_class(name, configs, classes)
    return "\n\n".join([HEADER, *classes]) + "\n"


def _with_choices(spec: VariableSpec) -> dict[str, Any]:
    """The wire's shape, with the choices as a list."""
    config = write_config(spec, item_schema=True)
    choices = getattr(spec.type_rules, "choices", ())
    return config | ({"choices": list(choices)} if choices else {})


def _write_class(name: str, configs: list[dict[str, Any]], classes: list[str]) -> None:
    lines = [f"class {name}(BaseModel):"]
    for config in configs:
        field = config["name"]
        if keyword.iskeyword(field):
            lines.append(f"    # {field} is a word of Python and can't be a field")
            continue
        lines.append(f"    {field}: {_field(config, f'{name}{field.title()}', classes)}")
    if len(lines) == 1 or all(line.lstrip().startswith("#") for line in lines[1:]):
        lines.append("    pass")
    classes.append("\n".join(lines))


def _field(config: dict[str, Any], class_name: str, classes: list[str]) -> str:
    """The annotation of a variable, and its default where it has one or may be missing."""
    written = _annotation(config, class_name, classes)
    if config.get("required"):
        default = config.get("default_value")
        return written if default is None else f"{written} = {default!r}"
    return f"{written} | None = {config.get('default_value')!r}"


def _annotation(config: dict[str, Any], class_name: str, classes: list[str]) -> str:
    plain = _plain(config, class_name, classes)
    arguments = [
        f"{argument}={config[key]!r}"
        for key, argument in ARGUMENTS.items()
        if config.get(key) not in (None, "")
    ]
    return f"Annotated[{plain}, Field({', '.join(arguments)})]" if arguments else plain


def _plain(config: dict[str, Any], class_name: str, classes: list[str]) -> str:
    inner = config.get("item_schema")
    choices = config.get("choices")
    if choices and config["type"] == "string":
        choices = choices.split(",") if isinstance(choices, str) else choices
        return f"Literal[{', '.join(map(repr, choices))}]"
    if isinstance(inner, list) and inner:
        _write_class(class_name, inner, classes)
        return f"list[{class_name}]" if config["type"] == "array" else class_name
    if isinstance(inner, dict) and inner:
        return f"list[{_annotation(inner, class_name, classes)}]"
    return PLAIN.get(config["type"], "str")
