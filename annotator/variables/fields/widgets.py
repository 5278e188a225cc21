"""Inputs for single values. Limits reach the browser as attributes of the input."""

from typing import Any

from django import forms

from annotator.variables.text import MAX_TEXT_LENGTH

# Characters; a longer limit, or none, asks for more than one line.
MAX_INPUT_LENGTH = 100


class ValueWidget(forms.Widget):
    """A widget rendered from `templates/variables/`; optional ones can be emptied again."""

    optional = True

    def format_value(self, value: object) -> Any:
        """What was typed, or a stored value, as the text of the input."""
        return "" if value is None else value


class TextEdit(ValueWidget):
    """One line for short texts, several for long ones."""

    template_name = "variables/_text.html"

    def __init__(self, *, max_length: int | None) -> None:
        self.one_line = max_length is not None and max_length <= MAX_INPUT_LENGTH
        # The browser counts UTF-16 units and cuts what is pasted without a word. Two units hold
        # any character, so this never cuts a legal text; the server names the exact limit.
        attrs = {"maxlength": str(2 * (max_length or MAX_TEXT_LENGTH))}
        if max_length is not None:
            attrs["data-max-length"] = str(max_length)
        super().__init__(attrs)

    def get_context(self, name: str, value: Any, attrs: dict | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        # A one-line input would drop the line ends of a text that has some.
        context["widget"]["one_line"] = self.one_line and "\n" not in str(value or "")
        return context


class NumberEdit(ValueWidget):
    """A text input for a number; data attributes carry min, max and step."""

    template_name = "variables/_number.html"

    def __init__(self, attrs: dict[str, str]) -> None:
        limits = ("min", "max", "step")
        super().__init__({f"data-{k}" if k in limits else k: v for k, v in attrs.items()})

    def format_value(self, value: object) -> str:
        return "" if value is None else str(value)


class ChoiceRadios(ValueWidget):
    """One of a few choices, each a radio button; an optional one can be cleared."""

    template_name = "variables/_radios.html"
    use_fieldset = True

    def __init__(self, choices: list[tuple[str, str]]) -> None:
        super().__init__()
        self.choices = choices

    def format_value(self, value: object) -> str:
        if isinstance(value, bool):
            return "true" if value else "false"
        return "" if value is None else str(value)

    def as_select(self) -> "ChoiceSelect":
        """The same choices in less room."""
        select = ChoiceSelect(self.choices)
        select.optional = self.optional
        select.blank_label = "—"  # cut off in a cell, “Not answered” reads as “No”
        return select

    def options(self, value: str) -> list[tuple[str, str]]:
        """Choices and their labels; a stored value that is no longer a choice stays in sight."""
        options = list(self.choices)
        if value and value not in [key for key, _ in options]:
            options.append((value, f"{value} (no longer a choice)"))
        return [*options, ("", "Not answered")] if self.optional else options

    def get_context(self, name: str, value: Any, attrs: dict | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        chosen = self.format_value(value)
        id_ = context["widget"]["attrs"].get("id", f"id_{name}")
        context["widget"]["options"] = [
            {
                "value": key,
                "label": label,
                "checked": key == chosen,
                "id": f"{id_}_{number}",
                "key": self.key_for(key, number),
            }
            for number, (key, label) in enumerate(self.options(chosen), start=1)
        ]
        return context

    def key_for(self, value: str, number: int) -> str:
        """The key that picks a choice: its number while it is a digit; "" for none."""
        return str(number) if value and number < 10 else ""

    def id_for_label(self, id_: str, index: str | None = None) -> str:
        return f"{id_}_1" if id_ else id_


class YesNoRadios(ChoiceRadios):
    """Yes or no, picked by their first letters."""

    def __init__(self) -> None:
        super().__init__([("true", "Yes"), ("false", "No")])

    def key_for(self, value: str, number: int) -> str:
        return {"true": "y", "false": "n"}.get(value, "")


class ChoiceSelect(ChoiceRadios):
    """One of many choices, in a drop-down list."""

    template_name = "variables/_select.html"
    use_fieldset = False
    blank_label = "Not answered"

    def options(self, value: str) -> list[tuple[str, str]]:
        options = [option for option in super().options(value) if option[0]]
        return [("", self.blank_label), *options]

    def id_for_label(self, id_: str, index: str | None = None) -> str:
        return id_
