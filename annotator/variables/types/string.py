"""Text, free or one of given choices."""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, ClassVar

from django import forms

from annotator.variables.errors import ConfigError, ValueRefused
from annotator.variables.exact import LARGEST_INTEGER
from annotator.variables.fields import ChoiceRadios, ChoiceSelect, TextEdit
from annotator.variables.json_text import to_json
from annotator.variables.limits import CHOICES, MAX_LENGTH, MIN_LENGTH, limits_schema
from annotator.variables.text import MAX_TEXT_LENGTH, clean_text, count
from annotator.variables.variable_type import (
    CONTAINS,
    EQUALS,
    Coerced,
    FilterOperator,
    Metric,
    VariableType,
    noun_of,
)

# One digit key each.
MAX_RADIOS = 9
# Characters; a text no longer shares its line with another field.
HALF_WIDTH_LENGTH = 40
# Characters that the filter column keeps.
TEXT_COLUMN = 200
EXAMPLE = "an example "


@dataclass(frozen=True, kw_only=True)
class StringType(VariableType):
    """Text; lengths are code points after NFC, both inclusive. Choices are compared as texts."""

    choices: tuple[str, ...] = field(default=(), metadata=CHOICES.declare())
    min_length: int | None = field(
        default=None, metadata=MIN_LENGTH.declare(json_schema="minLength")
    )
    max_length: int | None = field(
        default=None, metadata=MAX_LENGTH.declare(json_schema="maxLength")
    )

    name: ClassVar[str] = "string"
    label: ClassVar[str] = "Text"
    is_text: ClassVar[bool] = True
    filter_column: ClassVar[str | None] = "text"
    filter_operators: ClassVar[tuple[FilterOperator, ...]] = (EQUALS, CONTAINS)

    def __post_init__(self) -> None:
        check_lengths(self.min_length, self.max_length)
        if (self.max_length or 0) > MAX_TEXT_LENGTH:
            raise ConfigError("max_length", f"Give at most {MAX_TEXT_LENGTH:,}.")
        for choice in self.choices:
            try:
                self._check_length(choice)
            except ValueRefused as error:
                raise ConfigError("choices", f"“{choice}”: {error.message}") from None

    def check(self, value: object) -> str | None:
        """See VariableType. A number is accepted where a choice is written so: remotes may send one."""
        if self.choices:
            value = text_of_number(value)
        if value is None:
            return None
        if not isinstance(value, str):
            raise ValueRefused(f"Give text, not {noun_of(value)}.", code="type")
        text = clean_text(value)
        if self.choices:
            return self._check_choice(text.strip()) if text else None
        if text:
            self._check_length(text)
        return text or None

    def _check_choice(self, text: str) -> str:
        if text not in self.choices:
            raise ValueRefused(f"Choose one of: {', '.join(self.choices)}.", code="choices")
        return text

    def _check_length(self, text: str) -> None:
        has = f"it has {len(text):,}."
        if self.min_length is not None and len(text) < self.min_length:
            least = count(self.min_length, "character")
            raise ValueRefused(f"Write at least {least}; {has}", code="min_length")
        if self.max_length is not None and len(text) > self.max_length:
            most = count(self.max_length, "character")
            raise ValueRefused(f"Shorten to {most}; {has}", code="max_length")

    def from_text(self, text: str) -> object:
        return text

    def from_form(self, raw: object) -> object:
        return raw if str(raw).strip() else None

    def text(self, value: str) -> str:
        return value

    def limits_text(self) -> str:
        if self.choices:
            return ""
        return lengths_text(self.min_length, self.max_length, "character")

    def coerce(self, value: object) -> Coerced:
        if isinstance(value, str):
            return self._coerce_choice(value)
        if isinstance(value, bool | int | float):
            return self.check(to_json(value)), f"{noun_of(value)} read as text"
        return self.check(value), ""

    def _coerce_choice(self, text: str) -> Coerced:
        wanted = fold_choice(text)
        for choice in self.choices:
            if fold_choice(choice) == wanted:
                return choice, f"“{text.strip()}” read as “{choice}”"
        return self.check(text.strip()), "blanks removed"

    def json_schema(self, *, strict: bool) -> dict[str, Any]:
        if self.choices:
            return {"type": "string", "enum": list(self.choices)}
        return {"type": "string", **limits_schema(self, strict=strict)}

    def example(self) -> str:
        if self.choices:
            return self.choices[0]
        least, most = self.min_length or 0, self.max_length
        text = (EXAMPLE * (1 + least // len(EXAMPLE))).strip().ljust(least, ".")
        return text[: max(len(EXAMPLE.strip()) if most is None else most, least)]

    @property
    def is_completed(self) -> bool:
        return not self.choices

    def texts(self, value: Any, path: Sequence[str] = ()) -> Iterator[str]:
        if isinstance(value, str) and not path and not self.choices:
            yield value

    @property
    def is_half_width(self) -> bool:
        is_short = self.max_length is not None and self.max_length <= HALF_WIDTH_LENGTH
        return is_short and not self.choices

    @property
    def metric(self) -> Metric:
        return Metric.EXACT if self.choices else Metric.TEXT

    def column_value(self, value: object) -> str:
        return str(value)[:TEXT_COLUMN]  # a stored number may be legal as a choice

    def operand(self, operator: FilterOperator, text: str) -> str:
        text = unicodedata.normalize("NFC", text)  # as it is stored
        return text[:TEXT_COLUMN] if operator == EQUALS else text

    def facet_choices(self) -> list[tuple[str, str]]:
        return [(choice, choice) for choice in self.choices]

    def facet_inputs(self) -> tuple[FilterOperator, ...]:
        return () if self.choices else (CONTAINS,)

    def widget(self) -> forms.Widget:
        if not self.choices:
            return TextEdit(max_length=self.max_length)
        pairs = [(choice, choice) for choice in self.choices]
        return (ChoiceRadios if len(pairs) <= MAX_RADIOS else ChoiceSelect)(pairs)


def text_of_number(value: object) -> object:
    """A number of a size that a choice may have, as text; anything else as it is."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return value
    return str(value) if -LARGEST_INTEGER < value < LARGEST_INTEGER else value


def fold_choice(text: str) -> str:
    """Near mint, near_mint and NEAR-MINT are one choice to a model."""
    return " ".join(text.casefold().replace("_", " ").replace("-", " ").strip(" .\"'").split())


def check_lengths(least: int | None, most: int | None) -> None:
    """Raises ConfigError when no length can fulfil both."""
    for key, number in (("min_length", least), ("max_length", most)):
        if number is not None and number < 0:
            raise ConfigError(key, "Give a length of 0 or more.")
    if least is not None and most is not None and least > most:
        raise ConfigError("min_length", f"Give at most {most}, the greatest length.")


def lengths_text(least: int | None, most: int | None, unit: str, units: str | None = None) -> str:
    """The lengths in words: “2 to 5 entries”."""
    if least and most is not None:
        return (
            count(most, unit, units)
            if least == most
            else f"{least} to {most} {units or unit + 's'}"
        )
    if most is not None:
        return f"at most {count(most, unit, units)}"
    return f"at least {count(least, unit, units)}" if least else ""
