"""A dataset's name, prompts and rules of review."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import MaxLengthValidator
from django.db import transaction

from annotator.accounts.models import User, Workspace
from annotator.datasets import actions
from annotator.datasets.models import Dataset, LabelingOrder, Prompt, ScriptValues

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

# Those whose field may be missing in what is posted.
KEPT = (
    "script_values",
    "labeling_order",
    "suggestion_threshold",
    "blind_percent",
    "idle_seconds",
)


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
        help_text="100: a reviewer sees every answer. 0: submitting is approving. Always the same samples;"
        " the rest is accepted by rule, listed under Review, and can be opened again.",
    )
    reviews_by_record = forms.BooleanField(
        required=False,
        label="Review more of people who are new, or whose answers had to be changed",
        help_text="All of a person's first 20 answers. Then the share above, and 5 percent more for each"
        " percent of their last 50 reviewed answers that was returned or corrected.",
    )
    reviews_risky = forms.BooleanField(
        required=False,
        label="Review every answer that is at risk",
        help_text="A sure suggestion differs, the author is not sure, or it was refused before.",
    )
    self_review_allowed = forms.BooleanField(
        required=False, label="People may review their own answers"
    )
    script_values = forms.ChoiceField(
        choices=ScriptValues.choices,
        required=False,
        label="Values that scripts set through the API are",
        help_text="Accepted is what the platform does. For review, they are an answer of the token's owner."
        " Suggestions are confirmed by whoever labels, and are never sent to a remote.",
        widget=forms.RadioSelect,
        initial=ScriptValues.ACCEPTED,
    )
    suggestion_threshold = forms.IntegerField(
        min_value=0,
        max_value=100,
        required=False,
        initial=80,
        label="Sure suggestions, minimum confidence in percent",
        help_text="With less, or none given, the annotator is led to the field before submitting.",
    )
    blind_percent = forms.IntegerField(
        min_value=0,
        max_value=100,
        required=False,
        initial=5,
        label="Samples answered before their suggestions are shown, percent",
        help_text="Answers that saw no suggestion tell how good the suggestions are.",
    )
    suggests_test_samples = forms.BooleanField(
        required=False, label="Show suggestions for test samples too"
    )
    labeling_order = forms.ChoiceField(
        choices=LabelingOrder.choices,
        required=False,
        label="Samples are labelled",
        help_text="Returned ones and drafts come before all others.",
        widget=forms.RadioSelect,
        initial=LabelingOrder.OLDEST,
    )

    idle_seconds = forms.IntegerField(
        min_value=5,
        max_value=600,
        required=False,
        initial=30,
        label="Longest pause that counts as work, seconds",
        help_text="A longer one at the labeling page counts as this much of the working time, from now on.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""

    def clean(self) -> dict[str, Any]:
        """A choice or number that is not posted stays as it is."""
        data = super().clean() or {}
        for name in KEPT:
            if name in data and data[name] in {None, ""}:
                data[name] = self.get_initial_for_field(self.fields[name], name)
        return data

    def save(self, dataset: Dataset, *, by: User) -> Dataset:
        """Write the changes. Raises BadInput."""
        return actions.update_dataset(dataset, by=by, **self.cleaned_data)


class SettingsForm(ReviewForm):
    """Name, description and review of a dataset that is at home here."""

    name = forms.CharField(validators=[MaxLengthValidator(200)])
    description = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 3}))
    field_order = ["name", "description"]


class DatasetForm(SettingsForm):
    """Everything that an admin says about a new dataset; only the name is needed."""

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
        for name in ("self_review_allowed", "reviews_by_record", "reviews_risky"):
            fields[name] = data[name]
        for name, prompt_type, label, _ in PROMPTS:
            fields[name] = data[name] or None
            if data[f"new_{name}"].strip():
                fields[name] = actions.create_prompt(
                    self.workspace,
                    by=by,
                    name=f"{data['name']}: {label.lower()}"[: Prompt.NAME_LENGTH],
                    type=prompt_type,
                    content=data[f"new_{name}"],
                    format=(data["format"] or None)
                    if prompt_type == Prompt.Type.TEMPLATE
                    else None,
                )
        return actions.create_dataset(self.workspace, by=by, name=data["name"], **fields)
