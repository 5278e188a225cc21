"""The limits that a variable can have: each is read, written and asked for as it says here.

A type declares those it has as dataclass fields. The config's reader and writer, the form of a
variable and the JSON Schema go by these declarations.
"""

import dataclasses
from collections.abc import Callable
from decimal import Decimal
from functools import cache, partial
from typing import Any

from django import forms

from annotator.variables.errors import ConfigError, ValueRefused
from annotator.variables.exact import decimal_of
from annotator.variables.text import clean_text
from annotator.variables.variable_type import VariableType


@dataclasses.dataclass(frozen=True, kw_only=True)
class Limit:
    """One limit. Its key is that of the wire, of the form's field and of the variable's column."""

    key: str
    read: Callable[[object], Any]
    """From the wire's shape. Raises ConfigError."""
    form_field: Callable[[], forms.Field]
    write: Callable[[Any], Any] = lambda value: value
    """To the wire's shape."""

    def declare(
        self,
        *,
        json_schema: str = "",
        to_json: Callable[[Any], Any] = lambda value: value,
        write: Callable[[Any], Any] | None = None,
    ) -> dict[str, Any]:
        """The metadata of the dataclass field by which a type has this limit.

        `json_schema` is its keyword there, if any; `to_json` gives the number that stands there.
        """
        return {
            "limit": self,
            "json_schema": json_schema,
            "to_json": to_json,
            "write": write or self.write,
        }


def read_choices(given: object) -> tuple[str, ...]:
    """A text with commas, or a list; trimmed, empty ones dropped."""
    if isinstance(given, str):
        given = given.split(",")
    if not isinstance(given, list | tuple):
        raise ConfigError("choices", "Give the choices as text with commas, or as a list.")
    choices = [_choice(choice) for choice in given]
    for choice in choices:
        if "," in choice:
            raise ConfigError("choices", f"Remove the comma from “{choice}”: it separates choices.")
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


def _number(key: str, label: str) -> Limit:
    def form_field() -> forms.Field:
        widget = forms.NumberInput(attrs={"step": "any"})
        return forms.FloatField(required=False, label=label, widget=widget)

    return Limit(key=key, read=partial(_decimal, key), form_field=form_field, write=float)


def _decimal(key: str, given: object) -> Decimal:
    try:
        return decimal_of(given)
    except ValueError:
        raise ConfigError(key, "Give a number, such as 0.5, or leave it out.") from None


def _length(key: str, label: str) -> Limit:
    def read(given: object) -> int:
        number = _decimal(key, given)
        if number != number.to_integral_value() or not 0 <= number < 2**31:
            raise ConfigError(key, "Give a whole number of 0 or more, or leave it out.")
        return int(number)

    return Limit(
        key=key,
        read=read,
        form_field=lambda: forms.IntegerField(required=False, label=label, min_value=0),
    )


CHOICES = Limit(
    key="choices",
    read=read_choices,
    write=",".join,
    form_field=lambda: forms.CharField(
        required=False,
        help_text="One on each line. Without any, all texts are allowed.",
        widget=forms.Textarea(attrs={"rows": 4}),
    ),
)
MIN_VALUE = _number("min_value", "Minimum")
MAX_VALUE = _number("max_value", "Maximum")
STEP_SIZE = _number("step_size", "Step")
MIN_LENGTH = _length("min_length", "Minimum length")
MAX_LENGTH = _length("max_length", "Maximum length")

LIMITS: dict[str, Limit] = {
    limit.key: limit for limit in (CHOICES, MIN_VALUE, MAX_VALUE, STEP_SIZE, MIN_LENGTH, MAX_LENGTH)
}


@cache
def limits_of(type_class: type[VariableType]) -> dict[str, Any]:
    """The metadata of each limit that the type declares, by key."""
    return {
        field.name: field.metadata
        for field in dataclasses.fields(type_class)  # type: ignore[arg-type]  # types are dataclasses
        if "limit" in field.metadata
    }


def given_limits(rules: VariableType) -> dict[str, Any]:
    """The values of the limits that are set, by key, in the wire's order."""
    values = {key: getattr(rules, key) for key in LIMITS if key in limits_of(type(rules))}
    return {key: value for key, value in values.items() if value not in (None, ())}


def limits_schema(rules: VariableType, *, strict: bool) -> dict[str, Any]:
    """The JSON Schema keywords of the limits; strict schemas have none."""
    declared = limits_of(type(rules))
    return {
        declared[key]["json_schema"]: declared[key]["to_json"](value)
        for key, value in given_limits(rules).items()
        if declared[key]["json_schema"] and not strict
    }


def write_limits(rules: VariableType) -> dict[str, Any]:
    """The limits as on the wire; absent ones stay absent, choices are one text."""
    declared = limits_of(type(rules))
    return {key: declared[key]["write"](value) for key, value in given_limits(rules).items()}
