"""Checks what a browser sent about a task."""

from __future__ import annotations

from typing import Any

from django import forms

from annotator.accounts.models import Membership
from annotator.datasets.models import Dataset, Prompt
from annotator.training.backends import BACKENDS
from annotator.training.models import Task


class TaskForm(forms.ModelForm):
    """A task's fields and, of each backend, its parameters (`<backend>-<name>`)."""

    class Meta:
        model = Task
        fields = [
            "name",
            "description",
            "datasets",
            "system_prompt",
            "user_prompt",
            "backend",
            "auto_deploy",
            "max_tokens",
        ]
        widgets = {
            "description": forms.Textarea(attrs={"rows": 2}),
            "datasets": forms.CheckboxSelectMultiple,
        }
        help_texts = {
            "datasets": "All their complete samples are used; test samples only to evaluate.",
            "auto_deploy": "Each new version goes into production by itself.",
            "max_tokens": "The most the model may write.",
            "system_prompt": "A dataset's own system prompt wins over it.",
            "user_prompt": "Used where sample and dataset have none.",
        }

    def __init__(self, *args: Any, member: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        prompts = Prompt.objects.visible_to(member)
        self.fields["system_prompt"].queryset = prompts.filter(type="system")  # type: ignore[attr-defined]
        self.fields["user_prompt"].queryset = prompts.filter(type="user")  # type: ignore[attr-defined]
        for name in ("system_prompt", "user_prompt"):
            self.fields[name].empty_label = "None"  # type: ignore[attr-defined]
        self.fields["datasets"].queryset = Dataset.objects.visible_to(member)  # type: ignore[attr-defined]
        choices = [(backend.name, backend.label) for backend in BACKENDS.values()]
        self.fields["backend"] = forms.ChoiceField(
            choices=choices,
            help_text=" ".join(backend.description for backend in BACKENDS.values()),
        )
        for backend in BACKENDS.values():
            for parameter in backend.parameters:
                self.fields[f"{backend.name}-{parameter.name}"] = forms.IntegerField(
                    label=parameter.label,
                    help_text=parameter.help,
                    min_value=parameter.minimum,
                    max_value=parameter.maximum,
                    initial=self.instance.training_params.get(parameter.name, parameter.default),
                )

    def changes(self) -> dict[str, Any]:
        """What an action takes: the fields, the parameters gathered into `training_params`."""
        found = {name: self.cleaned_data[name] for name in self.Meta.fields}
        backend = BACKENDS[found["backend"]]
        given = {
            parameter.name: self.cleaned_data[f"{backend.name}-{parameter.name}"]
            for parameter in backend.parameters
        }
        found["training_params"] = {**self.instance.training_params, **given}
        found["datasets"] = list(found["datasets"])
        return found
