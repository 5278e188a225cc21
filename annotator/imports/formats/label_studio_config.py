"""What a labeling configuration of Label Studio says of its controls, as configurations of variables.

Source: the tags in the documentation of HumanSignal/label-studio.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from annotator.errors import BadInput
from annotator.imports.formats.bounds import MAX_SMALL_FILE_BYTES
from annotator.imports.formats.records import Source
from annotator.imports.formats.xml_stream import Element, xml_events

RATING_STARS = 5  # without maxRating
YES_NO = {"true", "false"}


@dataclass
class LabelingConfig:
    """The controls by name, and which keys of a task's data are pictures."""

    configs: dict[str, dict[str, Any]] = field(default_factory=dict)
    pictures: set[str] = field(default_factory=set)

    def type_of(self, name: str) -> str:
        """The type of the control's variable; empty where nothing is said of it."""
        return str(self.configs.get(name, {}).get("type", ""))

    def read(self, name: str, values: list[Any]) -> list[Any]:
        """A control's answers as its variable has them: of yes or no, the files have words."""
        if self.type_of(name) != "boolean":
            return values
        return [{"true": True, "false": False}.get(str(value), value) for value in values]


def list_config(config: dict[str, Any]) -> dict[str, Any]:
    """The configuration of a list whose items are what this one configures."""
    inner = {key: config[key] for key in ("type", "choices") if key in config}
    return {"type": "array", "item_schema": inner}


class LabelStudioSource(Source):
    """An export of Label Studio; a labeling configuration beside it says more than the rows."""

    names_people: ClassVar[bool] = True

    @cached_property
    def config(self) -> LabelingConfig:
        """What lies beside the file; an empty one where nothing does."""
        return config_beside(self.path) or LabelingConfig()


def config_beside(path: Path) -> LabelingConfig | None:
    """The labeling configuration in the same folder; None where there is none."""
    for file in sorted(path.parent.glob("*.xml"))[:20]:
        if file.stat().st_size <= MAX_SMALL_FILE_BYTES:
            try:
                config = read_config(file)
            except BadInput:
                continue
            if config.configs or config.pictures:
                return config
    return None


def read_config(path: Path) -> LabelingConfig:
    """Read a labeling configuration. Raises BadInput for what is no XML."""
    config = LabelingConfig()
    root = None
    with path.open("rb") as file:
        for event, element in xml_events(file):
            if root is None:
                root = element
                if root.tag != "View":
                    return config
            if event == "end":
                _take(config, element)
    return config


def _take(config: LabelingConfig, element: Element) -> None:
    name = element.get("name", "")
    if element.tag in ("Image", "ImageList"):
        keys = (element.get("value", ""), element.get("valueList", ""))
        config.pictures |= {key[1:] for key in keys if key.startswith("$")}
    elif name and (read := CONTROLS.get(element.tag)):
        required = element.get("required", "").lower() == "true"
        config.configs[name] = read(element) | ({"required": True} if required else {})


def _choices(element: Element) -> dict[str, Any]:
    """One or several of the choices; true and false alone are yes or no."""
    values = [each.get("alias") or each.get("value") or "" for each in element.iter("Choice")]
    if element.get("choice") == "multiple":
        return {"type": "array", "item_schema": {"type": "string", "choices": values}}
    return {"type": "boolean"} if set(values) == YES_NO else {"type": "string", "choices": values}


def _number(element: Element) -> dict[str, Any]:
    """Of whole numbers where bounds and step are whole and there is a step."""
    bounds = {"min_value": element.get("min"), "max_value": element.get("max")}
    given = {key: number for key, text in bounds.items() if (number := number_of(text)) is not None}
    step = number_of(element.get("step"))
    if step is not None and step > 0:
        is_whole = all(isinstance(each, int) for each in (step, *given.values()))
        return (
            {"type": "integer", **given}
            if is_whole
            else {"type": "float", **given, "step_size": step}
        )
    return {"type": "float", **given}


def _rating(element: Element) -> dict[str, Any]:
    most = number_of(element.get("maxRating"))
    return {"type": "integer", "min_value": 0, "max_value": RATING_STARS if most is None else most}


def number_of(text: str | None) -> int | float | None:
    """A number, whole where it is written so; None for none."""
    try:
        number = float(text or "")
    except ValueError:
        return None
    if number != number or number in (float("inf"), float("-inf")):
        return None
    return int(number) if number.is_integer() else number


CONTROLS = {
    "Choices": _choices,
    "Number": _number,
    "Rating": _rating,
    "TextArea": lambda element: {"type": "string"},
    "Taxonomy": lambda element: {"type": "string"},
    "DateTime": lambda element: {"type": "string"},
}
