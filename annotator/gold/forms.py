"""What an admin says about testing people with gold samples."""

from __future__ import annotations

from typing import Any

from django import forms
from django.forms import BoundField

from annotator.accounts.models import User
from annotator.datasets.actions import update_dataset
from annotator.datasets.models import Dataset

MIXED_IN = ["gold_every", "gold_least_percent", "gold_least_answers", "gold_feedback"]
QUALIFICATION = ["qualification_samples", "qualification_percent", "qualification_retries"]


class GoldForm(forms.Form):
    """When people are tested, with how many gold samples, and what follows."""

    gold_every = forms.IntegerField(
        min_value=0,
        max_value=1000,
        label="One answer in so many is to a gold sample",
        help_text="0: none is mixed in. 20 is a good start.",
    )
    gold_least_percent = forms.IntegerField(
        min_value=0,
        max_value=100,
        label="Pause who gives fewer right values than, percent",
        help_text="0: nobody is paused.",
    )
    gold_least_answers = forms.IntegerField(
        min_value=1, max_value=1000, label="After so many gold samples at least"
    )
    gold_feedback = forms.BooleanField(
        required=False,
        label="Tell people at once how they answered a gold sample",
        help_text="Else never: then nobody can tell which samples are gold.",
    )
    qualification_samples = forms.IntegerField(
        min_value=0,
        max_value=100,
        label="Gold samples before real work",
        help_text="0: everybody labels at once.",
    )
    qualification_percent = forms.IntegerField(
        min_value=0, max_value=100, label="Right values to pass, percent"
    )
    qualification_retries = forms.BooleanField(
        required=False, label="Who has not passed may try again with other samples"
    )

    def __init__(self, data: Any = None, *, dataset: Dataset, gold: int) -> None:
        names = [*MIXED_IN, *QUALIFICATION]
        super().__init__(data, initial={name: getattr(dataset, name) for name in names})
        self.label_suffix = ""
        self.dataset, self.gold = dataset, gold

    def clean_gold_every(self) -> int:
        """Not every answer: nothing would be labelled."""
        every: int = self.cleaned_data["gold_every"]
        if every == 1:
            raise forms.ValidationError("Choose 2 or more, or nothing else is labelled.")
        return every

    def clean_qualification_samples(self) -> int:
        """No more than there are."""
        wanted: int = self.cleaned_data["qualification_samples"]
        if wanted > self.gold:
            raise forms.ValidationError(
                f"This dataset has {self.gold} gold samples: mark more, or choose at most {self.gold}."
            )
        return wanted

    @property
    def mixed_in_fields(self) -> list[BoundField]:
        """About gold samples among the others."""
        return [self[name] for name in MIXED_IN]

    @property
    def qualification_fields(self) -> list[BoundField]:
        """About those before real work."""
        return [self[name] for name in QUALIFICATION]

    def save(self, *, by: User) -> None:
        """Write the changes."""
        update_dataset(self.dataset, by=by, **self.cleaned_data)
