"""What the page that takes a file of suggestions sends."""

from __future__ import annotations

import io
from pathlib import PurePath
from typing import Any

from django import forms

from annotator.accounts.models import Workspace
from annotator.datasets.models import Dataset
from annotator.suggestions import gallery
from annotator.suggestions.actions import source_of
from annotator.suggestions.files import Report, import_suggestions
from annotator.suggestions.models import Source

MAX_FILE_MB = 10
SUFFIXES = {".csv": True, ".jsonl": False, ".ndjson": False}  # whether it is a CSV


class FindForm(forms.Form):
    """Which suggestions to show in the gallery."""

    source = forms.ChoiceField()
    variable = forms.ChoiceField()
    minimum = forms.FloatField(
        min_value=0,
        max_value=1,
        required=False,
        label="Minimum confidence",
        help_text="From 0 to 1; empty: any, and suggestions without a confidence too.",
        widget=forms.NumberInput(attrs={"step": "any"}),
    )

    def __init__(self, *args: Any, sources: list[Source], names: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(str(source.pk), str(source)) for source in sources]
        self.fields["source"] = forms.ChoiceField(choices=choices)
        self.fields["variable"] = forms.ChoiceField(choices=[(name, name) for name in names])

    def query(self) -> dict[str, str]:
        """The gallery's filter."""
        key = f"{gallery.PREFIX}{self.cleaned_data['variable']}"
        query = {key: self.cleaned_data["source"]}
        if self.cleaned_data["minimum"] is not None:
            query[f"{key}.min"] = f"{self.cleaned_data['minimum']:g}"
        return query


class FileForm(forms.Form):
    """A file of suggestions, and who proposes them."""

    source = forms.CharField(
        max_length=Source.NAME_LENGTH,
        label="Name of the script or model",
        help_text="Always the same: what it proposed before is superseded.",
    )
    version = forms.CharField(max_length=Source.VERSION_LENGTH, required=False)
    file = forms.FileField(
        label="CSV or JSONL file",
        help_text=f"At most {MAX_FILE_MB} MB, in UTF-8. For more there is manage.py import_suggestions.",
    )

    def clean_file(self) -> Any:
        """A CSV or JSONL by its name, of at most MAX_FILE_MB."""
        file = self.cleaned_data["file"]
        if PurePath(file.name).suffix.lower() not in SUFFIXES:
            raise forms.ValidationError("Choose a file whose name ends with .csv or .jsonl.")
        if file.size > MAX_FILE_MB * 1_000_000:
            raise forms.ValidationError(
                f"The file is larger than {MAX_FILE_MB} MB: send it in parts."
            )
        return file

    def save(self, workspace: Workspace, dataset: Dataset) -> Report:
        """Propose what the file holds. Raises BadInput."""
        data = self.cleaned_data
        source = source_of(
            workspace, kind=Source.Kind.SCRIPT, name=data["source"], version=data["version"]
        )
        is_csv = SUFFIXES[PurePath(data["file"].name).suffix.lower()]
        with io.TextIOWrapper(data["file"].file, "utf-8-sig", errors="replace", newline="") as text:
            return import_suggestions(dataset, source, text, is_csv=is_csv)
