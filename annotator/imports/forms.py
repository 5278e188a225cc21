"""What the import page sends."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from annotator.errors import BadInput
from annotator.imports.fetching import checked_address
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


class FilesForm(forms.Form):
    """All files at once, or the address of one."""

    NOTHING = "Choose pictures, a folder or a zip, or enter an address."
    BOTH = "Choose files or enter an address, not both."

    pictures = ManyFilesField(label="Pictures or a zip", required=False)
    folder = ManyFilesField(label="A whole folder", required=False)
    address = forms.CharField(
        label="Or from an address",
        required=False,
        widget=forms.URLInput(attrs={"placeholder": "https://", "autocomplete": "off"}),
        help_text="The server downloads the file from there: up to 2 GB, without a sign-in.",
    )

    def clean_address(self) -> str:
        """One that may be called."""
        address: str = self.cleaned_data["address"]
        try:
            return checked_address(address) if address else ""
        except BadInput as refusal:
            raise forms.ValidationError(str(refusal)) from None

    def clean(self) -> dict[str, Any]:
        """There must be a file or an address."""
        cleaned = super().clean() or {}
        has_files = bool(cleaned.get("pictures") or cleaned.get("folder"))
        if has_files and cleaned.get("address"):
            raise forms.ValidationError(self.BOTH)
        if not has_files and not cleaned.get("address") and "address" not in self.errors:
            raise forms.ValidationError(self.NOTHING)
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


class ImportForm(FilesForm, ChoicesForm):
    """The page without JavaScript: choices and files."""
