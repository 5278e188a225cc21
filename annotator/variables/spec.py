"""A dataset's variable as a value: name, type with limits, required, default. No database."""

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, Final

from annotator.variables.config import read_kind, write_item_schema, write_limits
from annotator.variables.errors import ConfigError, ValueRefused
from annotator.variables.json_text import same
from annotator.variables.types import VariableType

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
LONGEST_NAME = 100


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
    kind: VariableType
    required: bool = False
    description: str = ""
    default_value: Any = None
    """Canonical, or None. It pre-fills a form and counts only once a person confirms it."""
    notices: tuple[str, ...] = field(default=(), compare=False)
    """What the wire shape held without effect, for the schema page."""

    @property
    def type(self) -> str:
        """The type's name on the wire."""
        return self.kind.name

    @classmethod
    def from_config(cls, config: Mapping[str, Any], *, depth: int = 1) -> "VariableSpec":
        """Read the wire shape. Raises ConfigError for the first key that has to change.

        Unknown keys are passed over; `item_schema` is our own (see `config`).
        """
        kind, notices = read_kind(dict(config), depth=depth)
        spec = cls(
            name=_read_name(config.get("name")),
            kind=kind,
            required=_read_required(config.get("required")),
            description=_read_description(config.get("description")),
            notices=notices,
        )
        return spec._with_default(config.get("default_value"))

    @classmethod
    def from_remote(cls, config: Mapping[str, Any]) -> "VariableSpec":
        """As `from_config`, for limits we can't change: one that makes no sense is left out.

        `notices` then says which and why. Raises ConfigError when name or type is at fault.
        """
        kept, notices = dict(config), []
        while True:
            try:
                spec = cls.from_config(kept)
            except ConfigError as error:
                if error.key in ("name", "type") or error.key not in kept:
                    raise
                del kept[error.key]
                notices.append(f"{error.key} is left out: {error.message}")
            else:
                return replace(spec, notices=(*notices, *spec.notices))

    def _with_default(self, given: object) -> "VariableSpec":
        try:
            return replace(self, default_value=self.check(given))
        except ValueRefused as error:
            raise ConfigError("default_value", error.message) from None

    def to_config(self, *, item_schema: bool = False) -> dict[str, Any]:
        """The wire shape: absent limits are absent, choices one text with commas.

        `item_schema` adds our own key of that name; no remote knows it.
        """
        config: dict[str, Any] = {"name": self.name, "type": self.type, "required": self.required}
        if self.description:
            config["description"] = self.description
        config |= write_limits(self.kind)
        if self.default_value is not None:
            config["default_value"] = self.default_value
        return config | (write_item_schema(self.kind) if item_schema else {})

    def check(self, value: object) -> Any:
        """The canonical value, or None when there is none. Raises ValueRefused.

        Null and text of only white space are missing; false, 0 and an empty list are answers.
        """
        return None if value is MISSING else self.kind.check(value)

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
        return "—" if checked is None else self.kind.display(checked)

    def text(self, value: Any) -> str:
        """A canonical value in the one spelling that training targets use; missing is empty."""
        return "" if value is None else self.kind.text(value)

    def limits_text(self) -> str:
        """The limits in words: “0 to 10, in steps of 0.5”."""
        return self.kind.limits_text()


def _read_name(given: object) -> str:
    if not isinstance(given, str) or not NAME.fullmatch(given):
        raise ConfigError("name", "Use letters, digits and _, and begin with no digit.")
    if len(given) > LONGEST_NAME:
        raise ConfigError("name", f"Shorten to {LONGEST_NAME} characters.")
    return given


def _read_required(given: object) -> bool:
    if given is not None and not isinstance(given, bool):
        raise ConfigError("required", "Give true or false.")
    return bool(given)


def _read_description(given: object) -> str:
    if given is not None and not isinstance(given, str):
        raise ConfigError("description", "Give text.")
    return (given or "").strip()


def specs_from_map(configs: Mapping[str, Mapping[str, Any]]) -> list[VariableSpec]:
    """Read a sample's `dataset_variables_config`: limits keyed by variable name."""
    return [VariableSpec.from_remote({**config, "name": name}) for name, config in configs.items()]


def by_name(specs: Iterable[VariableSpec]) -> dict[str, VariableSpec]:
    """Specs keyed by name, in their order."""
    return {spec.name: spec for spec in specs}


def wrap(value: Any) -> dict[str, Any]:
    """A value as `add-variable-value` takes it (docs/platform.md R-S31)."""
    return {"value": value}


def unwrap(raw: Any, spec: VariableSpec) -> Any:
    """Undo `wrap` where the value was wrapped (docs/platform.md Q10).

    An object may itself have the one key `value`; then it counts as wrapped only if an object
    is inside, and if the variable knows a field `value`, only if the bare reading is illegal.
    """
    if not isinstance(raw, dict) or raw.keys() != {"value"}:
        return raw
    if spec.type != "object":
        return raw["value"]
    if not isinstance(raw["value"], dict):
        return raw["value"] if raw["value"] is None else raw
    if not any(part.name == "value" for part in getattr(spec.kind, "fields", ())):
        return raw["value"]
    try:
        spec.check(raw)
    except ValueRefused:
        return raw["value"]
    return raw
