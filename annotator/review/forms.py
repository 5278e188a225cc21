"""The rows that a reviewer checks, and what their browser sends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.forms import BoundField
from django.http import QueryDict

from annotator.annotation import work
from annotator.annotation.models import Answer, AnswerRevision, AnswerValue
from annotator.datasets.models import Origin, Variable
from annotator.review.models import Review
from annotator.variables import AnswerForm, Difference, ValueRefused, answer_form, difference

REASONS = ["Wrong value", "Too vague", "Guideline missed", "Typing error", "Other"]
OTHER = REASONS[-1]
LONG_TEXT = 40  # characters; a longer one gets the width of the table


@dataclass
class ReviewRow:
    """One variable as it is reviewed: what was answered, what was known before, and the field to edit it.

    `before` is None where there is nothing to compare with. `errors` is what keeps the answer from being
    approved: what was sent, or else what is stored, is not allowed.
    """

    variable: Variable
    number: int  # from 1
    bound: BoundField
    given: Any = None
    is_default: bool = False
    is_edited: bool = False  # by a reviewer, earlier
    unsure: bool = False
    before: Any = None
    differs: Difference | None = None
    is_changed: bool = False  # in the form that was just sent
    errors: list[str] = field(default_factory=list)

    @property
    def key(self) -> str:
        """Names the field in what the browser sends."""
        return str(self.variable.pk)

    @property
    def shown(self) -> str:
        """The answer for a person who reads."""
        return self.variable.spec.display(self.given)

    @property
    def shown_before(self) -> str:
        """What was known before, likewise."""
        return self.variable.spec.display(self.before)

    @property
    def is_wide(self) -> bool:
        """Whether it is better read across the table, changed words marked in the text."""
        texts = [each for each in (self.given, self.before) if each is not None]
        if not self.variable.spec.type_rules.scalar:
            return True
        return any(isinstance(text, str) and len(text) > LONG_TEXT for text in texts)

    @property
    def is_prose(self) -> bool:
        """Whether changed words are marked in the text itself."""
        both = isinstance(self.given, str) and isinstance(self.before, str)
        return both and self.is_wide and bool(self.differs)

    @property
    def is_open(self) -> bool:
        """Whether its field is shown at once."""
        return bool(self.errors) or self.is_changed


def rows_of(
    answer: Answer, variables: Sequence[Variable], before: Mapping[Any, Any], data: Any = None
) -> tuple[AnswerForm, list[ReviewRow]]:
    """The form and its rows, in the order of the schema. One query.

    `before` holds values by variable to compare with. With `data` the fields show what was sent.
    """
    saved = {row.variable_id: row for row in answer.values.all()}
    initial = {str(v.pk): saved[v.pk].value if v.pk in saved else None for v in variables}
    form = answer_form({str(v.pk): v.spec for v in variables}, data, initial, require=True)
    rows = [
        _row(form[str(v.pk)], v, number, saved.get(v.pk), before)
        for number, v in enumerate(variables, start=1)
    ]
    changed = {} if data is None else edits_of(form, variables, initial)
    for row in rows:
        is_sent = data is not None and was_sent(form, row.key)
        row.is_changed = row.variable in changed
        row.errors = [str(e) for e in form.errors.get(row.key, [])] if is_sent else _problem(row)
    return form, rows


def _row(
    bound: BoundField,
    variable: Variable,
    number: int,
    saved: AnswerValue | None,
    before: Mapping[Any, Any],
) -> ReviewRow:
    row = ReviewRow(variable, number, bound)
    if saved is not None:
        row.given, row.unsure = saved.value, saved.unsure
        row.is_default = saved.origin == Origin.DEFAULT
        row.is_edited = saved.origin == Origin.REVIEWED
    if variable.pk in before:
        row.before = before[variable.pk]
        row.differs = difference(variable.spec.type_rules, row.before, row.given)
    return row


def _problem(row: ReviewRow) -> list[str]:
    try:
        row.variable.spec.check_answer(row.given)
    except ValueRefused as refusal:
        return [refusal.message]
    return []


def edits_of(
    form: AnswerForm, variables: Sequence[Variable], initial: Mapping[str, Any]
) -> dict[Variable, Any]:
    """The legal values that differ from the answer's; None for an illegal one."""
    form.is_valid()  # fills cleaned_data with what is legal
    return {
        variable: form.cleaned_data.get(key)
        for variable in variables
        if was_sent(form, key := str(variable.pk))
        and (key not in form.cleaned_data or form.cleaned_data[key] != initial[key])
    }


def current_values(form: AnswerForm, rows: Sequence[ReviewRow]) -> dict[str, Any]:
    """What the rows hold, by variable name: as sent and legal, else as stored."""
    return {
        row.variable.name: form.cleaned_data.get(row.key) if row.is_changed else row.given
        for row in rows
    }


def was_sent(form: AnswerForm, key: str) -> bool:
    """Whether the browser sent the field at all: one that it did not is no edit."""
    name = form[key].html_name
    return any(sent == name or sent.startswith(f"{name}.") for sent in form.data)


def known_before(answer: Answer, reviews: Sequence[Review]) -> tuple[str, dict[Any, Any]]:
    """What to compare an answer with, by variable, and its name; nothing when nothing was known.

    After a return that is the answer as it was returned; else the sample's own values. One query.
    """
    returned = next(
        (r for r in reviews if r.answer_id == answer.pk and r.decision == Review.Decision.RETURNED),
        None,
    )
    if returned is None:
        return "Known before", answer.sample.known_values()
    revisions = AnswerRevision.objects.filter(
        answer_value__answer=answer, saved_at__lte=returned.created_at
    ).order_by("rev")
    values = revisions.values_list("answer_value__variable", "value")
    return "When returned", dict(values)


def seen_rev(data: QueryDict) -> int:
    """The revision of the answer that the page showed; -1 when there is none."""
    return work.seen_rev(data, "rev", default=-1)


class ReturnForm(forms.Form):
    """Why an answer goes back to its author, and which row is meant."""

    reason = forms.ChoiceField(choices=[(each, each) for each in REASONS])
    note = forms.CharField(max_length=900, required=False)
    about = forms.UUIDField(required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("reason") == OTHER and not cleaned.get("note"):
            self.add_error("note", "Say in words what is wrong.")
        return cleaned

    @property
    def words(self) -> str:
        """Reason and note in one text; after `is_valid()`."""
        reason, note = self.cleaned_data["reason"], self.cleaned_data["note"]
        if not note:
            return f"{reason}."
        return note if reason == OTHER else f"{reason}: {note}"


class ReopenForm(forms.Form):
    """Why an approved sample is opened again."""

    reason = forms.CharField(
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3, "autofocus": True}),
        error_messages={"required": "Say what is wrong, so that it can be corrected."},
    )
