"""The one form field: whatever the widget collected is read and checked by the variable."""

from copy import copy
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from annotator.variables.errors import ValueRefused
from annotator.variables.spec import VariableSpec
from annotator.variables.text import sentence

# Characters that have room at the right of a name in a field of half the width.
SHORT_LIMITS = 14


class ValueField(forms.Field):
    """One variable in a browser's form. Cleans to the canonical value; None is missing."""

    def __init__(self, spec: VariableSpec, *, require: bool) -> None:
        """Without `require` a draft may leave a required variable empty."""
        self.spec = spec
        self.is_default = False
        self.limits = sentence(spec.limits_text())
        self.is_half_width = spec.type_rules.is_half_width
        super().__init__(
            required=require and spec.required,
            label=spec.name,
            help_text=" ".join(filter(None, (spec.description, self.limits))),
            widget=spec.type_rules.widget(),
            template_name="variables/_field.html",
        )
        self.widget.optional = not spec.required
        # Where a counter of characters shows the limits, they have room beside it.
        is_counted = "data-max-length" in self.widget.attrs
        is_long = len(self.limits) > SHORT_LIMITS
        self.limits_below = self.is_half_width and is_long and not is_counted

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        attrs = {"data-variable": self.spec.name, "data-type": self.spec.type}
        if self.spec.required and not widget.use_fieldset:  # a group has no such attribute
            attrs["aria-required"] = "true"
        return attrs

    def clean(self, value: object) -> Any:
        try:
            raw = None if value is None else self.spec.type_rules.from_form(value)
            checked = self.spec.check(raw)
        except ValueRefused as error:
            raise ValidationError(error.message, code=error.code) from None
        if checked is None and self.required:
            raise ValidationError("An answer is required.", code="required")
        return checked

    def has_changed(self, initial: object, data: object) -> bool:
        try:
            return self.clean(data) != initial
        except ValidationError:
            return True


def value_field(spec: VariableSpec, *, require: bool) -> ValueField:
    """A field for one form; what of it depends on the spec alone is made once for each spec."""
    if require not in spec.form_fields:
        spec.form_fields[require] = ValueField(spec, require=require)
    return copy(spec.form_fields[require])
