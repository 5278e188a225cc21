"""Yes or no. No is an answer; a missing answer is neither."""

from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms

from annotator.variables.errors import ValueRefused
from annotator.variables.fields import YesNoRadios
from annotator.variables.variable_type import (
    EQUALS,
    Coerced,
    FilterOperator,
    VariableType,
    noun_of,
)

# What models write for yes and no.
YES = frozenset(("true", "yes", "y", "1"))
NO = frozenset(("false", "no", "n", "0"))


@dataclass(frozen=True, kw_only=True)
class BooleanType(VariableType):
    """True or False; 1, 0 and "true" are refused in JSON."""

    name: ClassVar[str] = "boolean"
    label: ClassVar[str] = "Yes or no"
    is_half_width = True
    filter_column: ClassVar[str | None] = "boolean_value"
    filter_operators: ClassVar[tuple[FilterOperator, ...]] = (EQUALS,)

    def check(self, value: object) -> bool | None:
        if value is None or isinstance(value, bool):
            return value
        raise ValueRefused(f"Give true or false, not {noun_of(value)}.", code="type")

    def from_text(self, text: str) -> object:
        known = {"true": True, "false": False, "": None}
        if text.strip().lower() not in known:
            raise ValueRefused("Give true or false.", code="type")
        return known[text.strip().lower()]

    def text(self, value: bool) -> str:
        return "true" if value else "false"

    def display(self, value: bool) -> str:
        return "Yes" if value else "No"

    def coerce(self, value: object) -> Coerced:
        word = str(value).strip(" .\n").lower()
        if word in YES or word in NO:
            return word in YES, f"“{word}” read as {self.text(word in YES)}"
        return self.check(value), ""

    def json_schema(self, *, strict: bool) -> dict[str, Any]:
        return {"type": "boolean"}

    def widget(self) -> forms.Widget:
        return YesNoRadios()

    def example(self) -> bool:
        return True

    def operand(self, operator: FilterOperator, text: str) -> bool:
        if text not in {"true", "false"}:
            raise ValueError("true or false")
        return text == "true"

    def operand_text(self, text: str) -> str:
        return self.display(text == "true")

    def facet_choices(self) -> list[tuple[str, str]]:
        return [(self.text(value), self.display(value)) for value in (True, False)]

    def facet_key(self, column_value: bool) -> str:
        return self.text(column_value)
