"""What the import page sends."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from annotator.imports.models import ImageImport


class ManyFilesInput(forms.ClearableFileInput):
    """A file input for several files."""

    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """A list of files; it may be empty."""

    widget = ManyFilesInput

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        """The files as they came: their content is checked when they are read."""
        return [file for file in data or [] if file]


class ChoicesForm(forms.Form):
    """How files become samples."""

    grouping = forms.ChoiceField(
        label="One sample is",
        choices=ImageImport.Grouping,
        initial=ImageImport.Grouping.EACH,
        widget=forms.RadioSelect,
    )
    test_percent = forms.IntegerField(
        label="Test samples, in percent",
        min_value=0,
        max_value=100,
        initial=10,
        help_text="Kept out of training, to measure a model with. Chosen at random.",
    )


class ImportForm(ChoicesForm):
    """The page without JavaScript: choices and all files at once."""

    pictures = ManyFilesField(label="Pictures or a zip", required=False)
    folder = ManyFilesField(label="A whole folder", required=False)

    def clean(self) -> dict[str, Any]:
        """There must be a file."""
        cleaned = super().clean() or {}
        if not cleaned.get("pictures") and not cleaned.get("folder"):
            raise forms.ValidationError("Choose pictures, a folder or a zip.")
        return cleaned

    def named_files(self) -> list[tuple[str, UploadedFile]]:
        """(path, file) of each. A form carries no folders, so equal names get a number."""
        seen: Counter[str] = Counter()
        named = []
        for file in [*self.cleaned_data["pictures"], *self.cleaned_data["folder"]]:
            name = file.name or "unnamed"
            seen[name] += 1
            named.append((name if seen[name] == 1 else f"{seen[name]}/{name}", file))
        return named
