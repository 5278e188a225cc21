"""Guidelines as a person writes them."""

from __future__ import annotations

from typing import Any

from django import forms

MAX_LENGTH = 50_000  # characters
WIDGET = {"class": "code-input tall", "spellcheck": "true"}


class GuidelineForm(forms.Form):
    """The text, and the version that it was written from."""

    text = forms.CharField(
        max_length=MAX_LENGTH,
        help_text="Markdown: # heading, **bold**, - list, | tables |.",
        widget=forms.Textarea(attrs=WIDGET),
        error_messages={"required": "Write what people who label this dataset should know."},
    )
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.label_suffix = ""

    def clean_text(self) -> str:
        """With the line ends of our own files."""
        return str(self.cleaned_data["text"]).replace("\r\n", "\n")
