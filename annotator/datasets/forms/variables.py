"""One variable as an admin writes it: text that becomes the wire's config, checked by its own rules."""

from __future__ import annotations

from typing import Any

from django import forms

from annotator.datasets.models import Variable
from annotator.variables import (
    LIMITS,
    TYPES,
    ConfigError,
    ValueRefused,
    VariableSpec,
    from_json,
    known_keys,
    read_config,
    read_remote_config,
    to_json,
    type_choices,
    write_config,
)


class TypeRadios(forms.RadioSelect):
    """The types, each with the names of its limits: gallery.css shows the inputs of those alone."""

    def create_option(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(*args, **kwargs)
        option["attrs"]["data-limits"] = " ".join(sorted(known_keys(option["value"])))
        return option


class JsonText(forms.CharField):
    """JSON in a text area; an error names line and column. Empty is None."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"rows": 6, "class": "code-input", "spellcheck": "false"}
        super().__init__(required=False, widget=forms.Textarea(attrs=attrs), **kwargs)

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        try:
            return from_json(text) if text else None
        except ValueRefused as refusal:
            raise forms.ValidationError(refusal.message) from None


class ItemSchemaForm(forms.Form):
    """The shape of a list's entries or an object's fields: ours alone, never sent to a remote."""

    item_schema = JsonText(
        label="Shape of the entries or fields",
        help_text="For a list: the config of one entry, or a list of fields for a table. "
        "For an object: a list of fields. Annotators then get a form instead of JSON.",
    )

    def __init__(self, data: Any = None, *, variable: Variable) -> None:
        super().__init__(data, initial={"item_schema": _written(variable.item_schema)})
        self.label_suffix = ""
        self.variable = variable
        self.spec: VariableSpec | None = None
        self.problem = ""

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        config = {**self.variable.config(), "item_schema": data.get("item_schema")}
        try:
            self.spec = read_remote_config({**config, "item_schema": None})
            self.spec = read_config(
                {**write_config(self.spec), "item_schema": config["item_schema"]}
            )
        except ConfigError as error:
            self.problem = error.message
            self.add_error("item_schema", error.message)
        return data

    @property
    def changes(self) -> dict[str, Any]:
        """The arguments of `change_variable`."""
        return {"item_schema": self.cleaned_data["item_schema"]}


class VariableForm(forms.Form):
    """Everything about a variable. Limits that its type doesn't have are refused."""

    name = forms.CharField(
        help_text="Letters, digits and _. It is the key in the training answers.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    type = forms.ChoiceField(choices=type_choices, widget=TypeRadios, initial="string")
    required = forms.BooleanField(
        required=False, label="Required", help_text="Submitting waits for an answer."
    )
    description = forms.CharField(
        required=False,
        label="Help for annotators",
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    item_schema = JsonText(label="Shape of the entries or fields")
    default_value = forms.CharField(
        required=False,
        label="Default",
        help_text="Pre-fills the form; it counts once a person confirms it.",
        widget=forms.Textarea(attrs={"rows": 1}),
    )

    def __init__(self, data: Any = None, *, variable: Variable | None = None) -> None:
        super().__init__(data, initial=_initial(variable) if variable else None)
        self.label_suffix = ""
        for key, limit in LIMITS.items():
            self.fields[key] = limit.form_field()
        self.order_fields(["name", "type", "required", "description", *LIMITS])
        for name in (*LIMITS, "item_schema"):  # gallery.css finds the empty ones by it
            self.fields[name].widget.attrs["placeholder"] = " "
        self.fields["item_schema"].help_text = ItemSchemaForm.base_fields["item_schema"].help_text
        self.spec: VariableSpec | None = None
        self.problem = ""  # what a preview says instead of showing the field

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        type_name = data.get("type", "")
        for name in {*LIMITS, "item_schema"} - known_keys(type_name):
            if data.get(name) not in (None, ""):
                self.add_error(
                    name, f"This has no meaning for “{TYPES[type_name].label}”: empty it."
                )
        if not self.errors:
            self._read_spec(data)
        first = next(iter(self.errors.items()), None)
        if first and not self.problem:
            self.problem = f"{self.fields[first[0]].label or first[0].capitalize()}: {first[1][0]}"
        return data

    def _read_spec(self, data: dict[str, Any]) -> None:
        try:
            spec = read_config(_config(data))
            data["default_value"] = default = self._default(spec, data["default_value"])
            self.spec = read_config({**_config(data), "default_value": default})
        except ConfigError as error:
            self.add_error(error.key if error.key in self.fields else None, error.message)

    def _default(self, spec: VariableSpec, text: str) -> Any:
        try:
            return spec.check(spec.type_rules.from_text(text) if text.strip() else None)
        except ValueRefused as refusal:
            raise ConfigError("default_value", refusal.message) from None

    @property
    def changes(self) -> dict[str, Any]:
        """The arguments of `create_variable` and `change_variable`."""
        data = self.cleaned_data
        return {**data, "choices": _lines(data["choices"])}


def _config(data: dict[str, Any]) -> dict[str, Any]:
    config = {name: data.get(name) for name in LIMITS if data.get(name) not in (None, "")}
    if data.get("choices"):
        config["choices"] = _lines(data["choices"])
    kept = {name: data[name] for name in ("name", "type", "required", "description")}
    return {**kept, **config, "item_schema": data.get("item_schema")}


def _lines(text: str) -> list[str]:
    """Choices, one a line; commas divide them too, as on the wire."""
    return [part.strip() for part in text.replace(",", "\n").splitlines() if part.strip()]


def _written(value: Any) -> str:
    return "" if value is None else to_json(value, indent=2)


def _initial(variable: Variable) -> dict[str, Any]:
    kept = {
        name: getattr(variable, name)
        for name in ("name", "type", "required", "description", *LIMITS)
    }
    default = variable.default_value
    spec = variable.spec
    if spec.default_value is not None:
        default = spec.type_rules.edit_text(spec.default_value)
    elif default is not None:
        default = _written(default)
    for key in LIMITS:
        if isinstance(kept[key], float) and kept[key].is_integer():
            kept[key] = int(kept[key])  # 10, not 10.0
    return {
        **kept,
        "choices": "\n".join(variable.choices),
        "item_schema": _written(variable.item_schema),
        "default_value": default or "",
    }
