"""What can be said about a sample besides its answers."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import MaxLengthValidator

from annotator.datasets.forms.variables import JsonText
from annotator.datasets.models import Sample
from annotator.variables import to_json


class SampleForm(forms.Form):
    """Name, description, split, type and the metadata that fills its prompt."""

    name = forms.CharField(required=False, validators=[MaxLengthValidator(300)])
    description = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 2}))
    type = forms.ChoiceField(
        label="How its images are trained", choices=Sample.Type.choices, widget=forms.RadioSelect
    )
    test = forms.BooleanField(
        required=False,
        label="Test sample",
        help_text="Kept out of training; models are measured on it.",
    )
    input_meta_data = JsonText(
        label="Input metadata",
        help_text="A JSON object that fills {{name}} in the user prompt. It is merged with what "
        "is there: a key that you leave out stays.",
    )

    def __init__(self, data: Any = None, *, sample: Sample) -> None:
        names = ("name", "description", "type", "test")
        initial = {name: getattr(sample, name) for name in names}
        initial["input_meta_data"] = to_json(sample.input_meta_data, indent=2)
        super().__init__(data, initial=initial)
        self.label_suffix = ""

    def clean_input_meta_data(self) -> dict[str, Any]:
        data = self.cleaned_data["input_meta_data"]
        if data is not None and not isinstance(data, dict):
            raise forms.ValidationError('Write a JSON object: {"name": "value"}.')
        return data or {}

    @property
    def changes(self) -> dict[str, Any]:
        """The arguments of `update_sample`; an empty name or description is none, as on the wire."""
        data = dict(self.cleaned_data)
        return {**data, "name": data["name"] or None, "description": data["description"] or None}
