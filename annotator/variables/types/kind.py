"""What every variable type can do. A new type fulfils this and joins the dict in `__init__`."""

from typing import Any, ClassVar, Protocol

from django import forms

# A value that fits only after it was rewritten, and how: ("8,5" → 8.5, "decimal comma read").
Coerced = tuple[object, str]


class VariableType(Protocol):
    """One type with its limits. Values are checked, written as text, shown and edited by it."""

    name: ClassVar[str]
    """As on the wire: string, integer, float, boolean, array or object."""
    scalar: ClassVar[bool]
    """Whether a value fits into one cell of a table."""

    def check(self, value: object) -> Any:
        """The canonical value, or None for a missing one. Raises ValueRefused."""

    def from_text(self, text: str) -> object:
        """Read what `text` or a person wrote; not yet checked. Raises ValueRefused."""

    def from_form(self, raw: object) -> object:
        """Read what this type's widget collected; not yet checked. Raises ValueRefused."""

    def text(self, value: Any) -> str:
        """A canonical value as text, in the one spelling that training targets use."""

    def edit_text(self, value: Any) -> str:
        """A canonical value as it stands in a form's field."""

    def display(self, value: Any) -> str:
        """A canonical value for a person who reads."""

    def limits_text(self) -> str:
        """The limits in words, or an empty text."""

    def coerce(self, value: object) -> Coerced:
        """Bend foreign output into a value that `check` accepts. Raises ValueRefused."""

    def json_schema(self, *, strict: bool) -> dict[str, Any]:
        """JSON Schema 2020-12 of a value that isn't missing."""

    def widget(self) -> forms.Widget:
        """How a browser edits it."""


def noun_of(value: object) -> str:
    """What a JSON value is, for messages: “text”, “a number”."""
    nouns: dict[type, str] = {
        bool: "yes or no",
        str: "text",
        int: "a number",
        float: "a number",
        list: "a list",
        dict: "an object",
    }
    return nouns.get(type(value), "nothing")
