"""A dataset's variable as a value: name, type with limits, required, default. No database."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

from annotator.variables.errors import ValueRefused
from annotator.variables.json_text import same
from annotator.variables.variable_type import VariableType


class Missing:
    """The type of MISSING: nothing was given, not even null."""

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = Missing()


@dataclass(frozen=True, kw_only=True)
class VariableSpec:
    """What one variable may be. Two specs with equal rules are equal."""

    name: str
    type_rules: VariableType
    required: bool = False
    description: str = ""
    default_value: Any = None
    """Canonical, or None. It pre-fills a form and counts only once a person confirms it."""
    notices: tuple[str, ...] = field(default=(), compare=False)
    """What the wire shape held without effect, for the schema page."""
    form_fields: dict[bool, Any] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )
    """Form fields that were made from it: see `fields.value_field`."""

    @property
    def type(self) -> str:
        """The type's name on the wire."""
        return self.type_rules.name

    def check(self, value: object) -> Any:
        """The canonical value, or None when there is none. Raises ValueRefused.

        Null and text of only white space are missing; false, 0 and an empty list are answers.
        """
        return None if value is MISSING else self.type_rules.check(value)

    def check_answer(self, value: object = MISSING) -> Any:
        """As `check`, and a required variable must not be missing."""
        checked = self.check(value)
        if checked is None and self.required:
            raise ValueRefused("An answer is required.", code="required")
        return checked

    def holds(self, stored: object, checked: object) -> bool:
        """Whether a stored value is this canonical one. True, 1 and 1.0 are three values in a list.

        What is stored is checked first, as databases may respell numbers: 1e+23 as a whole one.
        """
        with suppress(ValueRefused):
            stored = self.check(stored)
        return same(stored, checked)

    def display(self, value: object) -> str:
        """A stored value for a person who reads; also when it no longer fits the rules."""
        if value is None or value is MISSING:
            return "—"
        try:
            checked = self.check(value)
        except ValueRefused:
            return str(value)
        return "—" if checked is None else self.type_rules.display(checked)

    def text(self, value: Any) -> str:
        """A canonical value in the one spelling that training targets use; missing is empty."""
        return "" if value is None else self.type_rules.text(value)

    def limits_text(self) -> str:
        """The limits in words: “0 to 10, in steps of 0.5”."""
        return self.type_rules.limits_text()

    def example(self) -> Any:
        """The default, else a legal value for documentation; None where there is no simple one."""
        if self.default_value is not None:
            return self.default_value
        try:
            return self.check(self.type_rules.example())
        except ValueRefused:
            return None


def by_name(specs: Iterable[VariableSpec]) -> dict[str, VariableSpec]:
    """Specs keyed by name, in their order."""
    return {spec.name: spec for spec in specs}


def wrap(value: Any) -> dict[str, Any]:
    """A value as `add-variable-value` takes it (docs/platform.md R-S31)."""
    return {"value": value}


def unwrap(raw: Any, spec: VariableSpec) -> Any:
    """Undo `wrap` where the value was wrapped (docs/platform.md Q10).

    An object may itself have the one key `value`: its type tells the two apart.
    """
    if not isinstance(raw, dict) or raw.keys() != {"value"}:
        return raw
    return spec.type_rules.unwrap(raw["value"])
