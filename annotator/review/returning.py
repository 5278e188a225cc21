"""Why an answer goes back to its author, or an approved sample is opened again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from annotator.annotation.models import REASON_LENGTH
from annotator.datasets.models import Variable

REASONS = ["Wrong value", "Too vague", "Guideline missed", "Typing error", "Other"]
OTHER = REASONS[-1]


def reason_of(fields: Mapping[Variable, str]) -> str:
    """The reasons of several fields in one text; of one field its own."""
    if len(fields) == 1:
        return next(iter(fields.values()))
    return " ".join(f"{variable.name}: {words}" for variable, words in fields.items())


class ReturnForm(forms.Form):
    """Why an answer goes back to its author, and which row is meant."""

    reason = forms.ChoiceField(choices=[(each, each) for each in REASONS])
    note = forms.CharField(max_length=900, required=False)
    about = forms.UUIDField(required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("reason") == OTHER and not cleaned.get("note"):
            self.add_error("note", "Say in words what is wrong.")
        return cleaned

    @property
    def words(self) -> str:
        """Reason and note in one text; after `is_valid()`."""
        reason, note = self.cleaned_data["reason"], self.cleaned_data["note"]
        if not note:
            return f"{reason}."
        return note if reason == OTHER else f"{reason}: {note}"


class ReopenForm(forms.Form):
    """Why an approved sample is opened again."""

    reason = forms.CharField(
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3, "autofocus": True}),
        error_messages={"required": "Say what is wrong, so that it can be corrected."},
    )
