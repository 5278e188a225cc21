"""The rows that a reviewer checks, and what their browser sends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.forms import BoundField
from django.http import QueryDict

from annotator.annotation import work
from annotator.annotation.comparing import all_agree
from annotator.annotation.models import Answer, AnswerRevision, AnswerValue
from annotator.datasets.models import Origin, Variable
from annotator.review.choices import Choice, Choices, taken_of
from annotator.review.models import Review
from annotator.suggestions.models import Suggestion
from annotator.variables import AnswerForm, Difference, ValueRefused, answer_form, difference

LONG_TEXT = 40  # characters; a longer one gets the width of the table


@dataclass
class ReviewRow:
    """One variable as it is reviewed: what was answered, what was known before, and the field to edit it.

    `before` is None where there is nothing to compare with. `errors` is what keeps the answer from being
    approved: what was sent, or else what is stored, is not allowed. `choices` are what several people gave,
    where they were asked; `taken` is the one that was sent in place of the answer's own.
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
    suggested: Suggestion | None = None  # the newest one
    suggested_differs: Difference | None = None
    is_changed: bool = False  # in the form that was just sent
    errors: list[str] = field(default_factory=list)
    choices: Sequence[Choice] = ()
    taken: Choice | None = None
    returned: str = ""  # why a reviewer returned it the last time
    is_accepted: bool = False  # when others were returned, and it is as it was then
    returning: str = ""  # why it is returned now, as it was just sent

    @property
    def is_agreed(self) -> bool:
        """Whether all people gave values that agree, if several did."""
        given = [each.value for each in self.choices if not each.is_suggested]
        return all_agree(self.variable, given)

    @property
    def value(self) -> Any:
        """What is accepted unless its field is edited."""
        return self.given if self.taken is None else self.taken.value

    @property
    def taken_key(self) -> str:
        """The key of the choice that counts."""
        return "" if self.taken is None else self.taken.key

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
    def shown_suggested(self) -> str:
        """What was suggested, likewise."""
        return "" if self.suggested is None else self.variable.spec.display(self.suggested.value)

    @property
    def is_wide(self) -> bool:
        """Whether it is better read across the table, changed words marked in the text."""
        suggested = None if self.suggested is None else self.suggested.value
        texts = [each for each in (self.given, self.before, suggested) if each is not None]
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
        return bool(self.errors) or self.is_changed or bool(self.returning)


def rows_of(
    answer: Answer,
    variables: Sequence[Variable],
    before: Mapping[Any, Any],
    data: Any = None,
    *,
    suggested: Mapping[Any, Sequence[Suggestion]] | None = None,
    choices: Choices | None = None,
) -> tuple[AnswerForm, list[ReviewRow]]:
    """The form and its rows, in the order of the schema. One query.

    `before` holds values by variable to compare with, `suggested` what was proposed, the newest first,
    `choices` what several people gave. With `data` the fields show what was sent.
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
        if proposals := (suggested or {}).get(row.variable.pk):
            _suggest(row, proposals[0])
        is_sent = data is not None and was_sent(form, row.key)
        row.is_changed = row.variable in changed
        row.choices = (choices or {}).get(row.variable.pk, ())
        if data is not None and not row.is_changed:
            row.taken = taken_of(row.choices, data.get(f"take-{row.key}", ""))
        row.returning = (data or {}).get(f"return-{row.key}", "").strip()
        is_own = is_sent and row.taken is None
        row.errors = [str(e) for e in form.errors.get(row.key, [])] if is_own else _problem(row)
        if row.returning:
            row.errors = []  # it is not accepted
    return form, rows


def show_returned(rows: Iterable[ReviewRow], answer: Answer) -> None:
    """Say of each row whether it came back with the answer's last return, or was accepted then.

    Nothing of an approved answer. One query where it was returned, else none.
    """
    because = {} if answer.state == Answer.State.APPROVED else answer.returned_because()
    for row in rows:
        row.returned = because.get(row.variable.pk, "")
        row.is_accepted = bool(because) and not row.returned and not row.differs


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


def _suggest(row: ReviewRow, suggestion: Suggestion) -> None:
    rules = row.variable.spec.type_rules
    row.suggested = suggestion
    row.suggested_differs = difference(rules, suggestion.value, row.given)


def columns_of(rows: Sequence[ReviewRow], compared_with: str) -> dict[str, Any]:
    """Which columns stand beside the answers, and how many a wide answer fills."""
    has_suggested = any(row.suggested is not None for row in rows)
    return {
        "compared_with": compared_with,
        "has_suggested": has_suggested,
        "wide_span": 1 + bool(compared_with) + has_suggested,
    }


def _problem(row: ReviewRow) -> list[str]:
    try:
        row.variable.spec.check_answer(row.value)
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
        row.variable.name: form.cleaned_data.get(row.key) if row.is_changed else row.value
        for row in rows
    }


def accepted_edits(form: AnswerForm, rows: Sequence[ReviewRow]) -> dict[Variable, Any]:
    """What the reviewer typed, or took from others, in place of what was answered; after `rows_of`."""
    rows = [row for row in rows if not row.returning]
    edits = {row.variable: form.cleaned_data[row.key] for row in rows if row.is_changed}
    return edits | {row.variable: row.value for row in rows if row.taken is not None}


def returned_fields(rows: Iterable[ReviewRow]) -> dict[Variable, str]:
    """The fields that the reviewer returns, with the reason of each; after `rows_of`."""
    return {row.variable: row.returning for row in rows if row.returning}


def takes_choices(data: QueryDict) -> bool:
    """Whether the browser sent any choice but the answer's own."""
    return any(name.startswith("take-") and data[name] for name in data)


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
