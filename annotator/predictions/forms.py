"""What the page that starts a prediction sends."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict

from annotator.accounts.models import Membership, User
from annotator.datasets.models import Dataset
from annotator.datasets.queries.filters import one_each, read_filter
from annotator.predictions import actions
from annotator.predictions.models import Endpoint, Prediction
from annotator.training.models import ModelVersion

UNLABELED, FILTERED = "unlabeled", "filter"
MOST_VERSIONS = 100  # that the form offers, the newest first


class PredictionForm(forms.Form):
    """Which model predicts, and for which samples."""

    model = forms.ChoiceField(label="Model")
    samples = forms.ChoiceField(label="Samples", widget=forms.RadioSelect)
    filter = forms.CharField(required=False, widget=forms.HiddenInput, max_length=4_000)

    def __init__(self, *args: Any, dataset: Dataset, member: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.dataset = dataset
        versions = ModelVersion.objects.visible_to(member).exclude(archive="")
        newest = versions.select_related("task").order_by("-created_at")[:MOST_VERSIONS]
        self.versions = {f"version:{each.pk}": each for each in newest}
        self.endpoints = {
            f"endpoint:{each.pk}": each for each in Endpoint.objects.visible_to(member)
        }
        choices = [
            (label, [(key, str(row)) for key, row in rows.items()])
            for label, rows in (("Versions", self.versions), ("Endpoints", self.endpoints))
            if rows
        ]
        self.fields["model"] = forms.ChoiceField(label="Model", choices=choices)
        which = [(UNLABELED, "All that are to be labeled")]
        if self["filter"].value():
            which.append((FILTERED, "All that the gallery's filter matches, labeled ones too"))
        self.fields["samples"] = forms.ChoiceField(
            label="Samples", choices=which, widget=forms.RadioSelect, initial=which[-1][0]
        )

    @property
    def has_models(self) -> bool:
        """Whether there is anything that could predict."""
        return bool(self.versions or self.endpoints)

    def clean_filter(self) -> str:
        """A filter that makes sense."""
        text = self.cleaned_data["filter"]
        narrowed = read_filter(one_each(QueryDict(text)), list(self.dataset.variables.live()))
        if narrowed.problems:
            raise forms.ValidationError(" ".join(narrowed.problems))
        return text

    def save(self, *, by: User) -> Prediction:
        """Request the prediction. Raises BadInput."""
        data = self.cleaned_data
        is_filtered = data["samples"] == FILTERED
        return actions.start(
            self.dataset,
            by=by,
            version=self.versions.get(data["model"]),
            endpoint=self.endpoints.get(data["model"]),
            filter=data["filter"] if is_filtered else "",
            is_unlabeled_only=not is_filtered,
        )
