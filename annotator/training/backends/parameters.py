"""The parameters of a backend, typed.

One declaration makes the field of a form, checks what a form, an API call or a command gives, and yields the
JSON Schema of `training_params`. To add a type, subclass `Parameter` with `read`, `limits` and `widget`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms

from annotator.errors import BadInput

SWITCH_TEXTS = {"true": True, "yes": True, "on": True, "1": True}
SWITCH_TEXTS |= {"false": False, "no": False, "off": False, "0": False}


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """What every type has. With `default` None the value may be left empty: the backend then decides."""

    name: str
    label: str
    help: str = ""
    unit: str = ""  # of a number, as shown to people: "samples", "GB"
    default: Any
    # The heading under which a form folds it away; without one it is always in view.
    group: str = ""

    json_type: ClassVar[str]

    def __post_init__(self) -> None:
        self.check(self.default)

    @property
    def title(self) -> str:
        """The label with its unit."""
        return f"{self.label} ({self.unit})" if self.unit else self.label

    def check(self, value: Any) -> Any:
        """The value in its own type; text is read too. Raises ValueError, whose text says what to enter."""
        if value in (None, "") and self.default is None:
            return None
        return self.read(value)

    def read(self, value: Any) -> Any:
        """What `check` gives for a value that is not left empty. Raises ValueError."""
        raise NotImplementedError

    def limits(self) -> dict[str, Any]:
        """The keywords that the type adds to the JSON Schema."""
        return {}

    def widget(self) -> forms.Widget:
        """How a browser edits it."""
        raise NotImplementedError

    def form_field(self) -> forms.Field:
        """A form's field, which accepts exactly what `check` accepts."""
        return ParameterField(self)

    def json_schema(self) -> dict[str, Any]:
        """JSON Schema 2020-12 of the value."""
        optional = self.default is None
        return {
            "title": self.title,
            "description": self.help,
            "type": [self.json_type, "null"] if optional else self.json_type,
            "default": self.default,
            **self.limits(),
        }


@dataclass(frozen=True, kw_only=True)
class NumberParameter(Parameter):
    """A number; both bounds are inclusive."""

    minimum: float
    maximum: float

    step: ClassVar[int | str]

    def limits(self) -> dict[str, Any]:
        return {"minimum": self.minimum, "maximum": self.maximum}

    def widget(self) -> forms.Widget:
        return forms.NumberInput({"min": self.minimum, "max": self.maximum, "step": self.step})


@dataclass(frozen=True, kw_only=True)
class IntegerParameter(NumberParameter):
    """A whole number; 10.0 is the whole number 10."""

    minimum: int
    maximum: int

    json_type = "integer"
    step = 1

    def read(self, value: Any) -> int:
        refusal = ValueError(f"Enter a whole number from {self.minimum} to {self.maximum}.")
        if isinstance(value, str):
            try:
                value = int(value)
            except ValueError as error:
                raise refusal from error
        elif isinstance(value, float) and value.is_integer():
            value = int(value)
        if type(value) is not int or not self.minimum <= value <= self.maximum:
            raise refusal
        return value


@dataclass(frozen=True, kw_only=True)
class FloatParameter(NumberParameter):
    """A finite number."""

    json_type = "number"
    step = "any"

    def read(self, value: Any) -> float:
        refusal = ValueError(f"Enter a number from {self.minimum:g} to {self.maximum:g}.")
        if isinstance(value, str):
            try:
                value = float(value)
            except ValueError as error:
                raise refusal from error
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not self.minimum <= value <= self.maximum:  # nan is in no range
            raise refusal
        return float(value)


@dataclass(frozen=True, kw_only=True)
class ChoiceParameter(Parameter):
    """One of a list of values, each with its label for people."""

    choices: Mapping[str, str]

    json_type = "string"

    def read(self, value: Any) -> str:
        if not isinstance(value, str) or value not in self.choices:
            raise ValueError(f"Choose one of: {', '.join(self.choices)}.")
        return value

    def limits(self) -> dict[str, Any]:
        values = list(self.choices)
        return {"enum": [*values, None] if self.default is None else values}

    def widget(self) -> forms.Widget:
        empty = [("", "Decided by the backend")] if self.default is None else []
        return forms.Select(choices=[*empty, *self.choices.items()])


@dataclass(frozen=True, kw_only=True)
class TextParameter(Parameter):
    """One line of text of at most `max_length` characters; it may be empty."""

    max_length: int = 200

    json_type = "string"

    def read(self, value: Any) -> str:
        if not isinstance(value, str) or len(value) > self.max_length or not value.isprintable():
            raise ValueError(f"Enter one line of at most {self.max_length} characters.")
        return value

    def limits(self) -> dict[str, Any]:
        return {"maxLength": self.max_length}

    def widget(self) -> forms.Widget:
        return forms.TextInput({"maxlength": self.max_length})


@dataclass(frozen=True, kw_only=True)
class SwitchParameter(Parameter):
    """On or off. A command may write true, yes, on or 1, and false, no, off or 0."""

    json_type = "boolean"

    def read(self, value: Any) -> bool:
        switch = SWITCH_TEXTS.get(value.lower()) if isinstance(value, str) else value
        if not isinstance(switch, bool):
            raise ValueError("Enter true or false.")
        return switch

    def widget(self) -> forms.Widget:
        return forms.CheckboxInput()


class ParameterField(forms.Field):
    """The field of one parameter: its widget, its check."""

    def __init__(self, parameter: Parameter) -> None:
        self.parameter = parameter
        super().__init__(
            label=parameter.title,
            help_text=parameter.help,
            initial=parameter.default,
            widget=parameter.widget(),
            required=parameter.default not in (None, "") and parameter.json_type != "boolean",
        )

    def clean(self, value: Any) -> Any:
        """The checked value. Raises ValidationError."""
        try:
            return self.parameter.check(value)
        except ValueError as refusal:
            raise forms.ValidationError(str(refusal)) from refusal


def check_parameters(parameters: Iterable[Parameter], given: Mapping[str, Any]) -> dict[str, Any]:
    """Every parameter with its checked or default value. Keys of other backends are left out.

    Raises BadInput, which names everything that is wrong.
    """
    checked, problems = {}, []
    for parameter in parameters:
        try:
            checked[parameter.name] = parameter.check(given.get(parameter.name, parameter.default))
        except ValueError as refusal:
            problems.append(f"{parameter.label}: {refusal}")
    if problems:
        raise BadInput(" ".join(problems), fields={"training_params": problems})
    return checked


def parameters_schema(parameters: Iterable[Parameter]) -> dict[str, Any]:
    """JSON Schema 2020-12 of `training_params` for these parameters; more keys may be there."""
    return {
        "type": "object",
        "properties": {parameter.name: parameter.json_schema() for parameter in parameters},
        "additionalProperties": True,
    }
