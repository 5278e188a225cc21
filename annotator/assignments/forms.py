"""Checks what a browser sent about assigning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.forms import BoundField

from annotator.accounts.models import User
from annotator.assignments.models import METADATA, NAME
from annotator.datasets.models import Dataset, Sample
from annotator.datasets.models.dataset import today
from annotator.errors import BadInput

MOST_WEIGHT = 1000
EXAMPLES = 50  # samples whose metadata is looked at for what they can be grouped by
MOST_KEYS = 30


def date_field(**options: Any) -> forms.DateField:
    """A day that is not over, with the browser's own calendar; may be empty."""
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(required=False, widget=widget, **options)


def checked_due(due_on: Any) -> Any:
    """Raises BadInput for a day that is over (UTC)."""
    if due_on is not None and due_on < today():
        raise BadInput("This day is over: choose today or a later one.")
    return due_on


class AssignForm(forms.Form):
    """To whom samples are assigned, how they are shared out, until when."""

    due_on = date_field(label="Due", help_text="The last day, in UTC. Empty: no day.")
    most_each = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=10_000_000,
        label="At most for each",
        help_text="What is beyond stays free for all.",
    )
    grouping = forms.ChoiceField(required=False, label="Keep together")
    includes_assigned = forms.BooleanField(
        required=False, label="Also what is assigned already, if nobody has it open"
    )

    def __init__(
        self,
        data: Any = None,
        *,
        dataset: Dataset,
        people: Sequence[User],
        left: Mapping[int, int],
    ) -> None:
        super().__init__(data)
        self.label_suffix = ""
        self.people = people
        self.left = left
        for person in people:
            self.fields[f"person-{person.pk}"] = forms.BooleanField(
                required=False, label=person.display_name
            )
            self.fields[f"weight-{person.pk}"] = forms.IntegerField(
                min_value=1,
                max_value=MOST_WEIGHT,
                initial=1,
                required=False,
                widget=forms.NumberInput(attrs={"class": "input small"}),
                label=f"Weight of {person.display_name}",
            )
        grouping: Any = self.fields["grouping"]
        grouping.choices = [
            ("", "Nothing: each sample on its own"),
            (NAME, "Same start of the name, up to its last _ - . / or space"),
            *((f"{METADATA}{key}", f"Same {key} (metadata)") for key in metadata_keys(dataset)),
        ]

    def clean_due_on(self) -> Any:
        try:
            return checked_due(self.cleaned_data["due_on"])
        except BadInput as refusal:
            raise forms.ValidationError(str(refusal)) from None

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not any(data.get(f"person-{person.pk}") for person in self.people):
            self.add_error(None, "Choose at least one person.")
        return data

    @property
    def rows(self) -> list[tuple[BoundField, BoundField, int]]:
        """Each person: chosen or not, their weight, how many samples they have already."""
        return [
            (
                self[f"person-{person.pk}"],
                self[f"weight-{person.pk}"],
                self.left.get(person.pk, 0),
            )
            for person in self.people
        ]

    @property
    def others(self) -> list[BoundField]:
        """The other fields."""
        return [self[name] for name in ("due_on", "most_each", "grouping", "includes_assigned")]

    @property
    def choices(self) -> dict[str, Any]:
        """The columns of the Distribution."""
        data = self.cleaned_data
        chosen = [each.pk for each in self.people if data[f"person-{each.pk}"]]
        return {
            "shares": [[pk, data[f"weight-{pk}"] or 1] for pk in chosen],
            **{each.name: data[each.name] for each in self.others},
        }


def metadata_keys(dataset: Dataset) -> list[str]:
    """Keys by which samples can be grouped, of the metadata of a few."""
    samples = Sample.objects.in_dataset(dataset).values_list("input_meta_data", "meta_data")
    keys = {
        key
        for each in samples[:EXAMPLES]
        for part in each
        if isinstance(part, dict)
        for key, value in part.items()
        if isinstance(value, str | int | float) and len(key) <= 200
    }
    return sorted(keys)[:MOST_KEYS]


class ChangeForm(forms.Form):
    """Another day or another person for an assignment."""

    due_on = date_field()
    person = forms.IntegerField(required=False)
