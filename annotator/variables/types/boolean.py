"""Yes or no. No is an answer; a missing answer is neither."""

from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms

from annotator.variables.errors import ValueRefused
from annotator.variables.fields import YesNoRadios
from annotator.variables.types.kind import Coerced, noun_of

# What models write for yes and no.
YES = frozenset(("true", "yes", "y", "1"))
NO = frozenset(("false", "no", "n", "0"))


@dataclass(frozen=True, kw_only=True)
class BooleanType:
    """True or False; 1, 0 and "true" are refused in JSON."""

    name: ClassVar[str] = "boolean"
    scalar: ClassVar[bool] = True

    def check(self, value: object) -> bool | None:
        if value is None or isinstance(value, bool):
            return value
        raise ValueRefused(f"Give true or false, not {noun_of(value)}.", code="type")

    def from_text(self, text: str) -> object:
        known = {"true": True, "false": False, "": None}
        if text.strip().lower() not in known:
            raise ValueRefused("Give true or false.", code="type")
        return known[text.strip().lower()]

    def from_form(self, raw: object) -> object:
        return self.from_text(str(raw))

    def text(self, value: bool) -> str:
        return "true" if value else "false"

    edit_text = text

    def display(self, value: bool) -> str:
        return "Yes" if value else "No"

    def limits_text(self) -> str:
        return ""

    def coerce(self, value: object) -> Coerced:
        word = str(value).strip(" .\n").lower()
        if word in YES or word in NO:
            return word in YES, f"“{word}” read as {self.text(word in YES)}"
        return self.check(value), ""

    def json_schema(self, *, strict: bool) -> dict[str, Any]:
        return {"type": "boolean"}

    def widget(self) -> forms.Widget:
        return YesNoRadios()
