"""A dataset's name, prompts and rules of review."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import MaxLengthValidator
from django.db import transaction

from annotator.accounts.models import User, Workspace
from annotator.datasets import actions
from annotator.datasets.models import Dataset, Prompt, ScriptValues

# The dataset's field, the prompt's type, the label, what it is for.
PROMPTS = [
    ("system_prompt", Prompt.Type.SYSTEM, "System prompt", "Sets how the model behaves."),
    (
        "user_prompt",
        Prompt.Type.USER,
        "User prompt",
        "The instruction that goes with the images. {{name}} stands for a value of the sample's metadata.",
    ),
    (
        "result_template",
        Prompt.Type.TEMPLATE,
        "Result template",
        "The form of the answer. Without one, all variables are written as one JSON object.",
    ),
]


class PromptChoice(forms.ModelChoiceField):
    """One of the workspace's prompts of a type."""

    def __init__(self, prompt_type: Prompt.Type, workspace: Workspace, **kwargs: Any) -> None:
        rows = Prompt.objects.filter(workspace=workspace, type=prompt_type)
        super().__init__(rows, required=False, empty_label="None", **kwargs)


class ReviewForm(forms.Form):
    """The rules of review: ours alone, also where the dataset's home is on a remote."""

    review_percent = forms.IntegerField(
        min_value=0,
        max_value=100,
        initial=100,
        label="Reviewed answers, percent",
        help_text="100: a reviewer sees every answer. 0: submitting is approving.",
    )
    self_review_allowed = forms.BooleanField(
        required=False, label="People may review their own answers"
    )
    script_values = forms.ChoiceField(
        choices=ScriptValues.choices,
        required=False,
        label="Values that scripts set through the API are",
        help_text="Accepted is what the platform does. For review, they are an answer of the token's owner."
        " Suggestions wait until people accept them in the gallery, and are never sent to a remote.",
        widget=forms.RadioSelect,
        initial=ScriptValues.ACCEPTED,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""

    def clean_script_values(self) -> str:
        """What is not posted stays as it is."""
        return self.cleaned_data["script_values"] or self.get_initial_for_field(
            self.fields["script_values"], "script_values"
        )

    def save(self, dataset: Dataset, *, by: User) -> Dataset:
        """Write the changes. Raises BadInput."""
        return actions.update_dataset(dataset, by=by, **self.cleaned_data)


class DatasetForm(ReviewForm):
    """Everything that an admin says about a local dataset; only the name is needed."""

    name = forms.CharField(validators=[MaxLengthValidator(200)])
    description = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 3}))
    field_order = ["name", "description"]

    def __init__(self, *args: Any, workspace: Workspace, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.workspace = workspace
        for name, prompt_type, label, about in PROMPTS:
            self.fields[name] = PromptChoice(prompt_type, workspace, label=label, help_text=about)
            self.fields[f"new_{name}"] = forms.CharField(
                required=False,
                label=f"New {label.lower()}",
                help_text="Written here, it becomes a prompt of its own and is used instead.",
                widget=forms.Textarea(attrs={"rows": 4, "class": "code-input"}),
                strip=False,
            )
        self.fields["format"] = forms.ChoiceField(
            choices=[*Prompt.Format.choices, ("", "Plain text")],
            required=False,
            initial=Prompt.Format.JSON,
            label="Format of the new template",
        )

    @property
    def prompt_fields(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """(choose one, write one) for each of the three prompts."""
        return [(self[name], self[f"new_{name}"]) for name, *_ in PROMPTS]

    @transaction.atomic
    def create(self, *, by: User) -> Dataset:
        """The new dataset with the prompts that were written here. Raises BadInput."""
        data = self.cleaned_data
        fields = {name: data[name] for name in ("description", "review_percent", "script_values")}
        fields["self_review_allowed"] = data["self_review_allowed"]
        for name, prompt_type, label, _ in PROMPTS:
            fields[name] = data[name] or None
            if data[f"new_{name}"].strip():
                fields[name] = actions.create_prompt(
                    self.workspace,
                    by=by,
                    name=f"{data['name']}: {label.lower()}"[:200],
                    type=prompt_type,
                    content=data[f"new_{name}"],
                    format=(data["format"] or None)
                    if prompt_type == Prompt.Type.TEMPLATE
                    else None,
                )
        return actions.create_dataset(self.workspace, by=by, name=data["name"], **fields)


class SettingsForm(ReviewForm):
    """Name, description and review of a dataset that is at home here."""

    name = forms.CharField(validators=[MaxLengthValidator(200)])
    description = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 3}))
    field_order = ["name", "description"]
