"""The one form field: whatever the widget collected is read and checked by the variable."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError

from annotator.variables.errors import ValueRefused
from annotator.variables.text import sentence

if TYPE_CHECKING:
    from annotator.variables.spec import VariableSpec


# Characters that have room at the right of a name in a field of half the width.
SHORT_LIMITS = 14


class ValueField(forms.Field):
    """One variable in a browser's form. Cleans to the canonical value; None is missing."""

    def __init__(self, spec: "VariableSpec", *, require: bool) -> None:
        """Without `require` a draft may leave a required variable empty."""
        self.spec = spec
        self.is_default = False
        self.limits = sentence(spec.limits_text())
        # Numbers get half the width (label.css): what is long there stands below the input.
        is_number = spec.type in {"integer", "float"}
        self.limits_below = is_number and len(self.limits) > SHORT_LIMITS
        super().__init__(
            required=require and spec.required,
            label=spec.name,
            help_text=" ".join(filter(None, (spec.description, self.limits))),
            widget=spec.kind.widget(),
            template_name="variables/_field.html",
        )
        self.widget.optional = not spec.required

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        attrs = {"data-variable": self.spec.name, "data-type": self.spec.type}
        if self.spec.required and not widget.use_fieldset:  # a group has no such attribute
            attrs["aria-required"] = "true"
        return attrs

    def clean(self, value: object) -> Any:
        try:
            raw = None if value is None else self.spec.kind.from_form(value)
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
