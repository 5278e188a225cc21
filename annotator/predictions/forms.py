"""What the page that starts a prediction sends."""

from __future__ import annotations

from typing import Any

from django import forms

from annotator.accounts.models import Membership, User, Workspace
from annotator.connections.tokens import encrypt
from annotator.datasets.models import Dataset, Sample
from annotator.datasets.queries.filters import read_text
from annotator.errors import RemoteForbiddenHost
from annotator.predictions import actions
from annotator.predictions.models import Endpoint, Prediction
from annotator.remote.fetch import parsed_url
from annotator.training.models import ModelVersion, Task
from annotator.ui.words import percent

UNLABELED, FILTERED = "unlabeled", "filter"
MOST_VERSIONS = 100  # that the form offers, the newest first


def version_label(version: ModelVersion) -> str:
    """Its task and number, with its score and whether it is in production."""
    score = version.metrics.get("score")
    parts = [str(version), f"score {percent(score)}" if score is not None else "not evaluated"]
    if version.version == version.task.production_version:
        parts.append("in production")
    return ", ".join(parts)


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
        versions_offered = [(key, version_label(each)) for key, each in self.versions.items()]
        endpoints_offered = [(key, str(each)) for key, each in self.endpoints.items()]
        groups = (("Versions", versions_offered), ("Endpoints", endpoints_offered))
        self.fields["model"] = forms.ChoiceField(
            label="Model",
            choices=[(label, offered) for label, offered in groups if offered],
            initial=self._recommended(),
        )
        self.fields["task"] = forms.ModelChoiceField(
            Task.objects.visible_to(member).filter(datasets=dataset),
            required=False,
            empty_label="Those of the dataset alone",
            label="Prompts",
            help_text="For an endpoint only: the task's prompts are used where the dataset has none.",
        )
        has_gold = Sample.objects.in_dataset(dataset).filter(is_gold=True).exists()
        gold = ", and gold samples" if has_gold else ""
        which = [(UNLABELED, f"All that are to be labeled{gold}")]
        if self["filter"].value():
            which.append((FILTERED, "All that the gallery's filter matches, labeled ones too"))
        self.fields["samples"] = forms.ChoiceField(
            label="Samples", choices=which, widget=forms.RadioSelect, initial=which[-1][0]
        )

    def _recommended(self) -> str | None:
        """The best version in production of the tasks that learn from the dataset, if there is one."""
        tasks = set(Task.objects.filter(datasets=self.dataset).values_list("pk", flat=True))
        scores = {
            key: float(each.metrics.get("score") or 0)
            for key, each in self.versions.items()
            if each.task_id in tasks and each.version == each.task.production_version
        }
        return max(scores, key=lambda key: scores[key], default=None)

    @property
    def has_models(self) -> bool:
        """Whether there is anything that could predict."""
        return bool(self.versions or self.endpoints)

    def clean_filter(self) -> str:
        """A filter that makes sense."""
        text = self.cleaned_data["filter"]
        narrowed = read_text(self.dataset, text)
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
