"""Checks what a browser sent about a task."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django import forms

from annotator.accounts.models import Membership
from annotator.datasets.models import Dataset, Prompt
from annotator.training.backends import BACKENDS, Backend
from annotator.training.models import Task


@dataclass
class ParameterGroup:
    """Fields under one heading; open where one of them is not as by default, or is refused."""

    label: str
    fields: list[forms.BoundField] = field(default_factory=list)
    is_open: bool = False


class ParametersForm(forms.Form):
    """The parameters of one backend; its fields are called `<backend>-<name>`."""

    def __init__(self, data: Any, *, backend: Backend, params: dict[str, Any]) -> None:
        super().__init__(data, prefix=backend.name)
        self.backend = backend
        self.availability = backend.availability()
        for parameter in backend.parameters:
            self.fields[parameter.name] = parameter.form_field()
            self.initial[parameter.name] = params.get(parameter.name, parameter.default)

    def groups(self) -> list[ParameterGroup]:
        """The fields by their parameter's heading, in order; those without one are in the group ""."""
        groups: dict[str, ParameterGroup] = {}
        for parameter in self.backend.parameters:
            group = groups.setdefault(parameter.group, ParameterGroup(parameter.group))
            bound = self[parameter.name]
            group.fields.append(bound)
            is_default = self.initial[parameter.name] == parameter.default
            group.is_open = group.is_open or bool(bound.errors) or not is_default
        return list(groups.values())


class TaskForm(forms.ModelForm):
    """A task's fields; `parameters` has a form for each backend, of which only the chosen is checked."""

    class Meta:
        model = Task
        fields = [
            "name",
            "description",
            "datasets",
            "system_prompt",
            "user_prompt",
            "auto_deploy",
            "deploy_if_not_worse",
            "max_tokens",
            "backend",
        ]
        widgets = {"description": forms.Textarea(attrs={"rows": 2})}
        labels = {
            "deploy_if_not_worse": "Deploy only if not worse",
            "max_tokens": "Maximum tokens",
        }
        help_texts = {
            "auto_deploy": "Each new version is put into production at once, unless one is pinned.",
            "deploy_if_not_worse": "Its mean score on the test samples of both must reach that of the"
            " version in production.",
            "max_tokens": "The maximum length of the model's answer.",
        }

    def __init__(self, data: Any = None, *, member: Membership, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        prompts = Prompt.objects.visible_to(member)
        self.fields["datasets"] = forms.ModelMultipleChoiceField(
            Dataset.objects.visible_to(member),
            required=False,
            widget=forms.CheckboxSelectMultiple,
            help_text="All their complete samples are used; test samples only to evaluate.",
        )
        self.fields["system_prompt"] = forms.ModelChoiceField(
            prompts.filter(type="system"),
            required=False,
            empty_label="None",
            help_text="A dataset's own system prompt is used instead where it has one.",
        )
        self.fields["user_prompt"] = forms.ModelChoiceField(
            prompts.filter(type="user"),
            required=False,
            empty_label="None",
            help_text="Used where sample and dataset have none.",
        )
        offered = [
            backend
            for backend in BACKENDS.values()
            if backend.availability().offered or backend.name == self.instance.backend
        ]
        self.fields["backend"] = forms.ChoiceField(
            choices=[(backend.name, backend.label) for backend in offered],
            initial=Task._meta.get_field("backend").default,
            widget=forms.Select({"data-unfolds": "parameters-"}),
        )
        self.parameters = [self._parameters_form(backend) for backend in offered]

    def _parameters_form(self, backend: Backend) -> ParametersForm:
        is_chosen = backend.name == self.chosen_backend
        data = self.data if self.is_bound and is_chosen else None
        return ParametersForm(data, backend=backend, params=self.instance.training_params)

    @property
    def chosen_backend(self) -> str:
        """The name of the chosen backend, not yet checked."""
        return self["backend"].value()

    @property
    def chosen_parameters(self) -> ParametersForm:
        """The form of the chosen backend. Raises StopIteration for an unknown backend."""
        return next(form for form in self.parameters if form.backend.name == self.chosen_backend)

    def is_valid(self) -> bool:
        """Whether the task's fields and the chosen backend's parameters are valid."""
        return super().is_valid() and self.chosen_parameters.is_valid()

    def changes(self) -> dict[str, Any]:
        """What an action takes: the fields, and `training_params` with the other backends' values kept."""
        changes = {name: self.cleaned_data[name] for name in self.Meta.fields}
        params = self.chosen_parameters.cleaned_data
        changes["training_params"] = {**self.instance.training_params, **params}
        changes["datasets"] = list(changes["datasets"])
        return changes
