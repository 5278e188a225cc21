"""Objects: of any shape, or with known fields."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms

from annotator.variables.errors import ConfigError, ValueRefused
from annotator.variables.fields import ObjectEdit, PartsEdit, Posted
from annotator.variables.json_schemas import object_schema
from annotator.variables.json_text import check_json, from_json, to_json
from annotator.variables.spec import VariableSpec
from annotator.variables.variable_type import Coerced, Metric, VariableType, noun_of


@dataclass(frozen=True, kw_only=True)
class ObjectType(VariableType):
    """An object. With `fields` it has these and no others; missing ones are left out."""

    fields: tuple[VariableSpec, ...] = ()

    name: ClassVar[str] = "object"
    label: ClassVar[str] = "Object"
    scalar: ClassVar[bool] = False
    is_object: ClassVar[bool] = True
    metric = Metric.MEMBERS

    def __post_init__(self) -> None:
        names = [field.name for field in self.fields]
        if len(set(names)) < len(names):
            raise ConfigError("item_schema", "Give each field a name of its own.")

    def is_row(self) -> bool:
        """Whether each field fits into a cell of a table."""
        return bool(self.fields) and all(field.type_rules.scalar for field in self.fields)

    def check(self, value: object) -> dict | None:
        if value is None:
            return None
        if not isinstance(value, dict):
            raise ValueRefused(f"Give an object, not {noun_of(value)}.", code="type")
        checked = check_json(value)
        return self._check_fields(checked) if self.fields else checked

    def _check_fields(self, value: dict) -> dict:
        names = [field.name for field in self.fields]
        for key in value:
            if key not in names:
                raise ValueRefused(
                    f"Remove “{key}”: the fields are {', '.join(names)}.", code="type"
                )
        return self._each(lambda field: field.check_answer(value.get(field.name)))

    def _each(self, read: Any) -> dict:
        """Read every field, name the one at fault, leave the missing ones out."""
        result = {}
        for field in self.fields:
            try:
                part = read(field)
            except ValueRefused as error:
                raise error.within(field.name) from None
            if part is not None:
                result[field.name] = part
        return result

    def from_text(self, text: str) -> object:
        return from_json(text) if text.strip() else None

    def from_form(self, raw: object) -> object:
        """The fields' own inputs, or JSON text. All blank is a missing object."""
        if not isinstance(raw, Posted):
            return self.from_text(str(raw))
        return self._each(lambda field: field.type_rules.from_form(raw[field.name])) or None

    @property
    def is_completed(self) -> bool:
        return any(field.type_rules.is_completed for field in self.fields)

    def texts(self, value: Any, path: Sequence[str] = ()) -> Iterator[str]:
        for field in self.fields if isinstance(value, dict) else ():
            if path and field.name == path[0]:
                yield from field.type_rules.texts(value.get(field.name), path[1:])

    def text(self, value: dict) -> str:
        return to_json(value)

    def edit_text(self, value: dict) -> str:
        return to_json(value, indent=2)

    def display(self, value: dict) -> str:
        known = {field.name: field.type_rules.display for field in self.fields}
        shown = [
            f"{key}: {known[key](item) if key in known else to_json(item)}"
            for key, item in value.items()
        ]
        return ", ".join(shown) if shown else "(empty object)"

    def coerce(self, value: object) -> Coerced:
        step = ""
        if isinstance(value, str):
            value, step = self.from_text(value), "text read as an object"
        if not isinstance(value, dict) or not self.fields:
            return self.check(value), step
        fitted, steps = {}, [step]
        for field in self.fields:
            part = value.get(field.name)
            try:
                fitted[field.name] = field.check_answer(part)
            except ValueRefused:
                fitted[field.name], how = field.type_rules.coerce(part)
                steps.append(how)
        if any(key not in fitted for key in value):
            steps.append("unknown fields left out")
        return self.check(fitted), ", ".join(dict.fromkeys(filter(None, steps)))

    def json_schema(self, *, strict: bool) -> dict[str, Any]:
        if self.fields:
            return object_schema(self.fields, strict=strict)
        if strict:  # strict modes know no object of unknown shape
            return {"type": "string", "description": "An object, written as JSON text."}
        return {"type": "object"}

    def widget(self) -> forms.Widget:
        return PartsEdit(self) if self.fields else ObjectEdit(self)

    def example(self) -> dict:
        return {field.name: field.example() for field in self.fields} or {"key": "example"}

    def unwrap(self, value: Any) -> Any:
        """Wrapped only if an object is inside; with a field `value`, only if the bare one is illegal."""
        if not isinstance(value, dict):
            return value if value is None else {"value": value}
        if not any(field.name == "value" for field in self.fields):
            return value
        try:
            self.check({"value": value})
        except ValueRefused:
            return value
        return {"value": value}
