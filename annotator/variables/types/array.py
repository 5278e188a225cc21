"""Lists: of anything that JSON has, or of entries of one type."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django import forms

from annotator.variables.errors import ValueRefused
from annotator.variables.fields import ListEdit, Posted, TableEdit
from annotator.variables.json_text import check_json, from_json, same, to_json
from annotator.variables.limits import MAX_LENGTH, MIN_LENGTH, limits_schema
from annotator.variables.text import count
from annotator.variables.types.object import ObjectType
from annotator.variables.types.string import StringType, check_lengths, lengths_text
from annotator.variables.variable_type import Coerced, Metric, VariableType, noun_of

# A line longer than this is easier to read as indented JSON.
MAX_LINE_LENGTH = 80


@dataclass(frozen=True, kw_only=True)
class ArrayType(VariableType):
    """A list; both lengths are inclusive. `item`, where known, is the type of each entry.

    An empty list is an answer; a missing one is not.
    """

    min_length: int | None = field(
        default=None, metadata=MIN_LENGTH.declare(json_schema="minItems")
    )
    max_length: int | None = field(
        default=None, metadata=MAX_LENGTH.declare(json_schema="maxItems")
    )
    item: VariableType | None = None

    name: ClassVar[str] = "array"
    label: ClassVar[str] = "List"
    scalar: ClassVar[bool] = False
    metric = Metric.ENTRIES

    def __post_init__(self) -> None:
        check_lengths(self.min_length, self.max_length)

    def check(self, value: object) -> list | None:
        if value is None:
            return None
        if not isinstance(value, list | tuple):
            raise ValueRefused(f"Give a list, not {noun_of(value)}.", code="type")
        items = check_json(value)
        if self.item is not None:
            items = [self._check_item(n, item) for n, item in enumerate(items, start=1)]
        has = f"it has {len(items):,}."
        if self.min_length is not None and len(items) < self.min_length:
            least = count(self.min_length, "entry", "entries")
            raise ValueRefused(f"Give at least {least}; {has}", code="min_length")
        if self.max_length is not None and len(items) > self.max_length:
            most = count(self.max_length, "entry", "entries")
            raise ValueRefused(f"Give at most {most}; {has}", code="max_length")
        return items

    def _check_item(self, number: int, item: object) -> object:
        assert self.item is not None  # for the type checker; the caller has asked
        try:
            value = self.item.check(item)
        except ValueRefused as error:
            raise error.within(f"Entry {number}") from None
        if value is None:
            raise ValueRefused(f"Entry {number} is empty: fill it in or remove it.", code="type")
        return value

    def from_text(self, text: str) -> object:
        """JSON, or one entry per line. `[]` is the empty list, blank text none at all."""
        text = text.strip()
        if text.startswith("["):
            return from_json(text)
        if self.item is not None and not self.item.scalar and text:
            raise ValueRefused("Write the list as JSON, from [ to ].", code="syntax")
        lines = [line.strip() for line in text.split("\n") if line.strip()]
        return [self._entry(n, line) for n, line in enumerate(lines, start=1)] or None

    def _entry(self, number: int, line: str) -> object:
        try:
            return (self.item or StringType()).from_text(line)
        except ValueRefused as error:
            raise error.within(f"Entry {number}") from None

    def from_form(self, raw: object) -> object:
        """Rows of a table, of which blank ones are left out, or the text of `from_text`."""
        if not isinstance(raw, Posted):
            return self.from_text(str(raw))
        rows = [row for row in raw["rows"] if any(str(cell).strip() for cell in row.values())]
        return [self._row(n, row) for n, row in enumerate(rows, start=1)] or (
            [] if raw["empty"] else None
        )

    def _row(self, number: int, row: Posted) -> object:
        assert self.item is not None  # only lists with an item type have a table
        try:
            return self.item.from_form(row)
        except ValueRefused as error:
            raise error.within(f"Entry {number}") from None

    @property
    def is_completed(self) -> bool:
        return (self.item or StringType()).is_completed

    def texts(self, value: Any, path: Sequence[str] = ()) -> Iterator[str]:
        for entry in value if isinstance(value, list) else ():
            yield from (self.item or StringType()).texts(entry, path)

    def text(self, value: list) -> str:
        return to_json(value)

    def edit_text(self, value: list) -> str:
        """One entry per line where that reads back as the same list, else JSON."""
        lines = [line for item in value if (line := self._line(item)) is not None]
        text = "\n".join(lines)
        try:
            if value and len(lines) == len(value) and same(self.check(self.from_text(text)), value):
                return text
        except ValueRefused:
            pass  # such as an entry that begins with [
        short = to_json(value)
        return short if len(short) <= MAX_LINE_LENGTH else to_json(value, indent=2)

    def _line(self, item: Any) -> str | None:
        rules = self.item or StringType()
        try:
            fits = rules.scalar and same(rules.check(item), item)
        except ValueRefused:
            return None
        return rules.text(item) if fits else None

    def display(self, value: list) -> str:
        rules = self.item
        shown = [rules.display(item) if rules else display_json(item) for item in value]
        return ", ".join(shown) if shown else "(empty list)"

    def limits_text(self) -> str:
        return lengths_text(self.min_length, self.max_length, "entry", "entries")

    def coerce(self, value: object) -> Coerced:
        step = ""
        if isinstance(value, str):
            value, step = self._coerce_text(value), "text read as a list"
        elif value is not None and not isinstance(value, list):
            value, step = [value], "one entry read as a list"
        if not isinstance(value, list) or self.item is None:
            return self.check(value), step
        items, steps = [], [step]
        for item in value:
            try:
                items.append(self.item.check(item))
            except ValueRefused:
                fitted, how = self.item.coerce(item)
                items.append(fitted)
                steps.append(how)
        return self.check(items), ", ".join(dict.fromkeys(filter(None, steps)))

    def _coerce_text(self, text: str) -> object:
        text = text.strip()
        if text.startswith("[") or "\n" in text:
            return self.from_text(text)
        parts = [part.strip() for part in text.replace(";", ",").split(",")]
        return [part for part in parts if part]

    def json_schema(self, *, strict: bool) -> dict[str, Any]:
        schema: dict[str, Any] = {"type": "array"}
        if self.item is not None:
            schema["items"] = self.item.json_schema(strict=strict)
        elif strict:  # hosted models want to know the entries' type
            schema["items"] = {"type": ["string", "number", "boolean", "null"]}
        return schema | limits_schema(self, strict=strict)

    def widget(self) -> forms.Widget:
        if isinstance(self.item, ObjectType) and self.item.is_row():
            return TableEdit(self)
        return ListEdit(self)

    def example(self) -> list:
        entry = "example" if self.item is None else self.item.example()
        return [entry] * max(1, self.min_length or 1)


def display_json(value: object) -> str:
    """A JSON value of unknown type for a person who reads: texts without their quotes."""
    return value if isinstance(value, str) else to_json(value)
