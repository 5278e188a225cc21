"""A schema of another program, as text."""

from __future__ import annotations

from django import forms

from annotator.variables import VariableError
from annotator.variables.foreign import SchemaRead, read_schema


class ForeignSchemaForm(forms.Form):
    """JSON Schema or Pydantic source; `read` holds what it says."""

    source = forms.CharField(
        label="JSON Schema or Pydantic source",
        widget=forms.Textarea(attrs={"class": "code-input tall", "spellcheck": "false"}),
        max_length=200_000,
        strip=False,
        help_text="Each property of the object becomes a variable. Python is only read, never executed.",
    )
    read = SchemaRead()

    def clean_source(self) -> str:
        """The text, if it is one of both."""
        text: str = self.cleaned_data["source"]
        try:
            self.read = read_schema(text)
        except VariableError as refusal:
            raise forms.ValidationError(refusal.message) from refusal
        if not self.read.configs:
            raise forms.ValidationError(
                f"None of it can be a variable. {' '.join(self.read.left[:5])}"
            )
        return text
