"""What an admin says about how many people answer a sample, and when their values agree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms import BoundField

from annotator.accounts.models import Membership, User
from annotator.annotation.actions import ask_people
from annotator.datasets.models import MOST_ANSWERS, Dataset, TextAgreement, Variable
from annotator.variables import Metric

FIELDS = [
    "answers_per_sample",
    "overlap_percent",
    "agreed_are_accepted",
    "differing_need_two",
    "maximum_answers",
    "least_agreement_percent",
]


@dataclass(frozen=True)
class VariableRule:
    """A variable with the field that says when two values of it agree."""

    variable: Variable
    bound: BoundField


class AskingForm(forms.Form):
    """How many people answer each sample of a dataset, and what becomes of their answers."""

    answers_per_sample = forms.IntegerField(
        min_value=1,
        max_value=MOST_ANSWERS,
        label="People who answer a sample",
        help_text="Each on their own: nobody sees another's answer.",
    )
    overlap_percent = forms.IntegerField(
        min_value=0,
        max_value=100,
        label="Of how many samples, percent",
        help_text="Always the same ones. The others are answered by one person.",
    )
    agreed_are_accepted = forms.BooleanField(
        required=False,
        label="Accept without a reviewer what all agree in",
    )
    differing_need_two = forms.BooleanField(
        required=False,
        label="Two reviewers decide where people differ",
        help_text="The first approval waits for a second one, by somebody else.",
    )
    maximum_answers = forms.IntegerField(
        min_value=0,
        max_value=MOST_ANSWERS,
        label="Ask more people where they differ, at most",
        help_text="In all. 0: only a reviewer asks more people.",
    )
    least_agreement_percent = forms.IntegerField(
        min_value=0,
        max_value=100,
        label="Where fewer variables agree than, percent",
        help_text="100: wherever they differ in any variable.",
    )

    def __init__(self, data: Any = None, *, dataset: Dataset) -> None:
        super().__init__(data, initial={name: getattr(dataset, name) for name in FIELDS})
        self.label_suffix = ""
        self.dataset = dataset
        self.variables = {f"rule-{each.pk}": each for each in dataset.variables.live()}
        for name, variable in self.variables.items():
            field = _rule_field(variable)
            if field is not None:
                self.fields[name] = field

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        people = Membership.objects.filter(
            workspace=self.dataset.workspace_id, user__is_active=True
        ).count()
        for name in ("answers_per_sample", "maximum_answers"):
            if (data.get(name) or 0) > max(people, 1):
                self.add_error(
                    name,
                    f"This workspace has {people} people: ask at most {people}, or invite more.",
                )
        return data

    @property
    def people_fields(self) -> list[BoundField]:
        """How many are asked, and what becomes of their answers."""
        return [self[name] for name in FIELDS]

    @property
    def rules(self) -> list[VariableRule]:
        """When values agree, for the variables that leave a choice."""
        return [
            VariableRule(variable, self[name])
            for name, variable in self.variables.items()
            if name in self.fields
        ]

    def save(self, *, by: User) -> None:
        """Write the changes."""
        rules = {rule.variable: self.cleaned_data[rule.bound.name] for rule in self.rules}
        ask_people(self.dataset, rules, by=by, **{name: self.cleaned_data[name] for name in FIELDS})


def _rule_field(variable: Variable) -> forms.Field | None:
    """How an admin says when values of the variable agree; None where they are equal or not."""
    metric = variable.spec.type_rules.metric
    if metric == Metric.DISTANCE:
        return forms.FloatField(
            min_value=0,
            initial=f"{variable.tolerance:g}",
            label=variable.name,
            help_text="The largest difference that still agrees.",
        )
    if metric == Metric.TEXT:
        return forms.ChoiceField(
            choices=TextAgreement.choices, initial=variable.text_rule, label=variable.name
        )
    return None
