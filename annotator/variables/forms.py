"""Builds a browser's form from variables."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.forms.renderers import TemplatesSetting

from annotator.variables.fields import value_field
from annotator.variables.spec import VariableSpec


class AnswerForm(forms.Form):
    """A form with one field per variable, in their order."""

    template_name = "variables/_form.html"
    # Also without "django.forms" among the installed apps: all of its templates are ours.
    default_renderer = TemplatesSetting
    # Messages of the browser would keep a draft from being saved; the server says the same.
    use_required_attribute = False

    @property
    def values(self) -> dict[str, Any]:
        """The canonical values by key, None for missing ones; after `is_valid()`."""
        return dict(self.cleaned_data)


def answer_form(
    specs: Mapping[str, VariableSpec],
    data: Mapping[str, Any] | None = None,
    initial: Mapping[str, Any] | None = None,
    *,
    prefix: str = "v",
    require: bool = False,
) -> AnswerForm:
    """A form whose fields are named `prefix-key`; keys are ids, which a renaming leaves alone.

    `initial` holds stored values by key. Where a key is absent the variable's default is shown
    and its field has `is_default`: a default counts once a person confirms it. `require` refuses
    missing required answers, as a submit does; a draft leaves it off.
    """
    stored = dict(initial or {})
    form = AnswerForm(data, initial=stored, prefix=prefix)
    for key, spec in specs.items():
        field = value_field(spec, require=require)
        field.is_default = data is None and key not in stored and spec.default_value is not None
        field.initial = spec.default_value if field.is_default else None
        form.fields[key] = field
    return form
