"""What the page that starts a prediction sends."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict

from annotator.accounts.models import Membership, User, Workspace
from annotator.connections.tokens import encrypt
from annotator.datasets.models import Dataset
from annotator.datasets.queries.filters import one_each, read_filter
from annotator.errors import RemoteForbiddenHost
from annotator.predictions import actions
from annotator.predictions.models import Endpoint, Prediction
from annotator.remote.fetch import parsed_url
from annotator.training.models import ModelVersion, Task

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
        self.fields["task"] = forms.ModelChoiceField(
            Task.objects.visible_to(member).filter(datasets=dataset),
            required=False,
            empty_label="Those of the dataset alone",
            label="Prompts",
            help_text="For an endpoint only: the task's prompts are used where the dataset has none.",
        )
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

    def save(self, *, by: User, is_trial: bool) -> Prediction:
        """Request the prediction, or the try-out of an endpoint. Raises BadInput."""
        data = self.cleaned_data
        is_filtered = data["samples"] == FILTERED
        endpoint = self.endpoints.get(data["model"])
        return actions.start(
            self.dataset,
            by=by,
            version=self.versions.get(data["model"]),
            endpoint=endpoint,
            task=data["task"] if endpoint else None,
            is_trial=bool(endpoint) and is_trial,
            filter=data["filter"] if is_filtered else "",
            is_unlabeled_only=not is_filtered,
        )


class EndpointForm(forms.ModelForm):
    """An endpoint. The key goes in and never comes out."""

    key = forms.CharField(
        required=False,
        max_length=500,
        label="API key",
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text="Kept encrypted; nobody can read it here again. Many local servers need none.",
    )

    class Meta:
        model = Endpoint
        fields = [
            "name",
            "base_url",
            "model",
            "concurrency",
            "image_px",
            "max_calls",
            "max_tokens",
            "max_cost",
            "input_price",
            "output_price",
        ]
        labels = {
            "base_url": "Address",
            "concurrency": "Calls at the same time",
            "image_px": "Longer side of a picture, in px",
            "max_calls": "Maximum calls of one job",
            "max_tokens": "Maximum tokens of one job",
            "max_cost": "Maximum cost of one job",
            "input_price": "Price of a million tokens sent",
            "output_price": "Price of a million tokens received",
        }
        help_texts = {
            "base_url": "Such as https://api.example.com/v1; /chat/completions is added.",
            "model": "Its name on that server.",
            "max_calls": "0: no limit.",
            "max_tokens": "Sent and received; 0: no limit.",
            "max_cost": "In the currency of the prices; 0: no limit.",
        }

    field_order = ["name", "base_url", "model", "key"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.has_key:
            self.fields["key"].help_text = "Leave it empty to keep the present one."
            self.fields["key"].widget.attrs["placeholder"] = "••••"

    def clean_base_url(self) -> str:
        """A web address without the part that is added to it."""
        url = self.cleaned_data["base_url"].strip().rstrip("/").removesuffix("/chat/completions")
        try:
            parsed_url(url)
        except RemoteForbiddenHost as refusal:
            raise forms.ValidationError(str(refusal)) from refusal
        return url

    def clean(self) -> dict[str, Any]:
        """A stored key belongs to its address: it is not sent to another."""
        data: dict[str, Any] = super().clean() or {}
        is_moved = self.initial.get("base_url") != data.get("base_url")
        if self.instance.has_key and is_moved and not data.get("key"):
            self.add_error("key", "Enter the key again: the present one is for the former address.")
        return data

    def store(self, workspace: Workspace) -> Endpoint:
        """Save it. Raises KeysUnreadable."""
        endpoint: Endpoint = self.save(commit=False)
        endpoint.workspace = workspace
        if self.cleaned_data["key"]:
            endpoint.encrypted_key = encrypt(self.cleaned_data["key"].strip())
        endpoint.save()
        return endpoint
