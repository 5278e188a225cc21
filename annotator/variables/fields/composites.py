"""Inputs for lists and objects: lines, rows of a table, an input per field, or JSON text.

Everything is plain named inputs (`name.field`, `name.0.field`), so that it works without
JavaScript. A stored value that the parts can't show is edited as JSON under the plain name.
"""

import re
from collections.abc import Mapping
from typing import Any, Protocol

from annotator.variables.errors import ValueRefused
from annotator.variables.fields.widgets import ChoiceRadios, ValueWidget
from annotator.variables.json_text import same
from annotator.variables.spec import VariableSpec
from annotator.variables.text import sentence
from annotator.variables.variable_type import VariableType

# Blank rows below the filled ones; a saved form shows as many again.
BLANK_ROWS = 3
# Named below a list; of more choices the first ones show how they are written.
MAX_CHOICES_NAMED = 12
MAX_ROWS = 1000


class ListRules(Protocol):
    """What the inputs of a list need to know of its type."""

    @property
    def item(self) -> VariableType | None: ...
    @property
    def min_length(self) -> int | None: ...
    @property
    def max_length(self) -> int | None: ...
    def edit_text(self, value: Any) -> str: ...


class ObjectRules(Protocol):
    """What the inputs of an object need to know of its type."""

    @property
    def fields(self) -> tuple[VariableSpec, ...]: ...
    def check(self, value: object) -> Any: ...
    def edit_text(self, value: Any) -> str: ...


class Posted(dict):
    """What a browser sent for the parts of one value, as opposed to a stored object."""


class TextOfValue(ValueWidget):
    """A text area that shows a list or an object as its type writes it."""

    template_name = "variables/_lines.html"
    hint = ""

    def __init__(self, rules: ListRules | ObjectRules) -> None:
        super().__init__({"spellcheck": "false"})
        self.rules = rules

    def format_value(self, value: Any) -> str:
        if value is None or isinstance(value, str):
            return value or ""
        return self.rules.edit_text(value)

    def get_context(self, name: str, value: Any, attrs: dict | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        shown = context["widget"]["value"]
        attrs = context["widget"]["attrs"]
        hint_id = f"{attrs.get('id', f'id_{name}')}_hint"
        attrs["aria-describedby"] = " ".join(filter(None, (attrs.get("aria-describedby"), hint_id)))
        context["widget"] |= {
            "hint": self.hint,
            "hint_id": hint_id,
            "rows": min(max(shown.count("\n") + 2, 3), 12),
        }
        return context


class ListEdit(TextOfValue):
    """One entry per line, or JSON."""

    def __init__(self, rules: ListRules) -> None:
        super().__init__(rules)
        if rules.item is not None and not rules.item.scalar:
            self.hint = "A list as JSON, from [ to ]."
            return
        choices = getattr(rules.item, "choices", ())
        named = ", ".join(choices[:MAX_CHOICES_NAMED])
        more = ", …" if len(choices) > MAX_CHOICES_NAMED else ""
        self.hint = f"One per line: {named}{more}." if choices else "One entry per line."
        if not rules.min_length:
            self.hint += " Write [] for an empty list."


class ObjectEdit(TextOfValue):
    """JSON text."""

    hint = "An object as JSON, from { to }."


class PartsEdit(ValueWidget):
    """One input per field of an object."""

    template_name = "variables/_parts.html"
    use_fieldset = True

    def __init__(self, rules: ObjectRules) -> None:
        super().__init__()
        self.rules = rules
        self.parts = {part.name: part.type_rules.widget() for part in rules.fields}
        for part in rules.fields:
            self.parts[part.name].optional = not part.required  # type: ignore[attr-defined]  # each has it

    def value_from_datadict(self, data: Mapping, files: Any, name: str) -> str | Posted:
        if name in data:
            return data[name]
        return self.posted(data, files, name)

    def posted(self, data: Mapping, files: Any, name: str) -> Posted:
        """The parts under `name.`; absent ones are blank."""
        return Posted(
            {
                key: part
                if (part := widget.value_from_datadict(data, files, f"{name}.{key}"))
                else ""
                for key, widget in self.parts.items()
            }
        )

    def shows(self, value: Any) -> bool:
        """Whether the inputs can show the value and read the same back."""
        if value is None or isinstance(value, Posted):
            return True
        if not isinstance(value, dict) or not value:
            return False
        try:
            return same(self.rules.check(value), value)
        except ValueRefused:
            return False

    def get_context(self, name: str, value: Any, attrs: dict | None) -> dict[str, Any]:
        context = super().get_context(name, None, attrs)
        if not self.shows(value):
            context["widget"]["json"] = text_area(self.rules, name, value, context)
            return context
        context["widget"]["parts"] = self.part_contexts(
            name, value or {}, context["widget"]["attrs"]
        )
        return context

    def part_contexts(self, name: str, value: Mapping, attrs: Mapping) -> list[dict[str, Any]]:
        """What the template needs to render each input with its label."""
        result = []
        for part in self.rules.fields:
            id_ = f"{attrs.get('id', f'id_{name}')}.{part.name}"
            inner = {"id": id_}
            limits, widget = sentence(part.limits_text()), self.parts[part.name]
            described = bool(part.description or limits)
            if described and not widget.use_fieldset:
                inner["aria-describedby"] = f"{id_}_helptext"
            bound = widget.get_context(f"{name}.{part.name}", value.get(part.name), inner)
            result.append(
                {
                    "spec": part,
                    "widget": bound["widget"],
                    "id": id_,
                    "use_fieldset": widget.use_fieldset,
                    "described": described,
                    "limits": limits,
                }
            )
        return result


class TableEdit(ValueWidget):
    """A list of objects as a table: one row each, blank rows below."""

    template_name = "variables/_table.html"
    use_fieldset = True

    def __init__(self, rules: ListRules) -> None:
        super().__init__()
        self.rules = rules
        row = rules.item.widget() if rules.item else None
        assert isinstance(row, PartsEdit)  # only a list of objects has a table
        self.row = row
        for name, cell in self.row.parts.items():
            if (
                isinstance(cell, ChoiceRadios) and cell.use_fieldset
            ):  # radio buttons don't fit into a cell
                self.row.parts[name] = cell.as_select()

    def value_from_datadict(self, data: Mapping, files: Any, name: str) -> str | Posted:
        if name in data:
            return data[name]
        pattern = re.compile(re.escape(name) + r"\.([0-9]{1,6})\.")
        numbers = {int(match[1]) for key in data if (match := pattern.match(key))}
        rows = [self.row.posted(data, files, f"{name}.{n}") for n in sorted(numbers)[:MAX_ROWS]]
        return Posted(rows=rows, empty=bool(data.get(f"{name}.empty")))

    def shows(self, value: Any) -> bool:
        """Whether the rows can show the value and read the same back."""
        if value is None or isinstance(value, Posted):
            return True
        if not isinstance(value, list) or len(value) > MAX_ROWS:
            return False
        return all(self.row.shows(row) for row in value)

    def get_context(self, name: str, value: Any, attrs: dict | None) -> dict[str, Any]:
        context = super().get_context(name, None, attrs)
        widget = context["widget"]
        if not self.shows(value):
            widget["json"] = text_area(self.rules, name, value, context)
            return context
        posted = isinstance(value, Posted)
        rows = [row for row in value["rows"] if any(row.values())] if posted else list(value or [])
        room = MAX_ROWS if self.rules.max_length is None else self.rules.max_length
        blank = min(BLANK_ROWS, max(room - len(rows), 0))
        widget["most_rows"] = self.rules.max_length
        widget["columns"] = self.row.rules.fields
        widget["rows"] = [
            self._cells(f"{name}.{n}", n, row, widget["attrs"])
            for n, row in enumerate([*rows, *[{}] * blank])
        ]
        widget["may_be_empty"] = not self.rules.min_length
        widget["is_empty"] = value["empty"] if posted else value == []
        return context

    def _cells(self, name: str, number: int, row: Mapping, attrs: Mapping) -> list[dict[str, Any]]:
        inner = {"id": f"{attrs.get('id', f'id_{name}')}.{number}"}
        cells = self.row.part_contexts(name, row, inner)
        for cell in cells:
            cell["widget"]["attrs"].pop("aria-describedby", None)
            cell["widget"]["attrs"]["aria-label"] = f"{cell['spec'].name}, row {number + 1}"
        return cells


def text_area(rules: Any, name: str, value: Any, context: Mapping) -> dict[str, Any]:
    """A JSON text area in place of parts that can't show the value."""
    shown = TextOfValue(rules).get_context(name, value, dict(context["widget"]["attrs"]))
    return shown["widget"]
