"""The form of one sample: its variables, what is known, and what a browser sent."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.forms import BoundField
from django.http import QueryDict

from annotator.annotation import work
from annotator.annotation.models import Answer, AnswerValue
from annotator.annotation.work import uuid_or_none
from annotator.datasets.models import Variable
from annotator.errors import BadInput
from annotator.variables import AnswerForm, answer_form

SKIP_REASONS = ["Picture can't be judged", "Wrong pictures", "Not covered by the rules", "Other"]


@dataclass
class AnswerField:
    """One field as it is rendered: the bound field, and what the room knows of it."""

    variable: Variable
    bound: BoundField
    rev: int = 0
    unsure: bool = False
    note: str = ""  # why a reviewer returned it
    theirs: str | None = None  # what somebody else, or another tab, saved meanwhile
    errors: list[str] = field(default_factory=list)

    @property
    def key(self) -> str:
        """Names the field in addresses and in what the browser sends."""
        return str(self.variable.pk)

    @property
    def counts(self) -> bool:
        """Whether its length is limited and counted while one types."""
        return "data-max-length" in self.bound.field.widget.attrs


def form_of(
    answer: Answer,
    variables: Sequence[Variable],
    data: Mapping[str, Any] | None = None,
    *,
    require: bool = False,
) -> tuple[AnswerForm, list[AnswerField]]:
    """The form, filled from the person's own answer, else from what is known of its sample.

    Two queries. With `data` it shows what was sent, never less.
    """
    rows, known = answer.value_rows(), answer.sample.known_values()
    initial = {str(v.pk): _start(rows.get(v.pk), known.get(v.pk)) for v in variables}
    shown = {key: value for key, value in initial.items() if value is not NOTHING}
    form = answer_form({str(v.pk): v.spec for v in variables}, data, shown, require=require)
    fields = [_field(form, v, rows.get(v.pk), answer) for v in variables]
    if isinstance(data, QueryDict):
        for each in fields:
            each.unsure = each.key in data.getlist("unsure")
            each.rev = seen_rev(data, each.variable) or each.rev
            each.errors = [str(error) for error in form.errors.get(each.key, [])]
    return form, fields


NOTHING = object()


def _start(row: AnswerValue | None, known: Any) -> Any:
    """The value to show first: what the person made of it goes before what was known, also when empty."""
    if row is not None and row.rev:
        return row.value
    return NOTHING if known is None else known


def _field(
    form: AnswerForm, variable: Variable, row: AnswerValue | None, answer: Answer
) -> AnswerField:
    field = AnswerField(variable, form[str(variable.pk)])
    if row is not None:
        field.rev, field.unsure = row.rev, row.unsure
    if answer.state == Answer.State.RETURNED and answer.return_variable_id == variable.pk:
        field.note = answer.return_reason
    return field


def seen_rev(data: QueryDict, variable: Variable) -> int:
    """The revision of the field that the browser's form was rendered with; 0 when there is none."""
    return work.seen_rev(data, f"rev-{variable.pk}", default=0)


def current_values(form: AnswerForm, variables: Iterable[Variable]) -> dict[str, Any]:
    """What the form holds, by variable name: as sent, or as first shown. Illegal ones are left out."""
    if form.is_bound:
        form.is_valid()  # fills cleaned_data with what is legal
        return {v.name: form.cleaned_data.get(str(v.pk)) for v in variables}
    return {v.name: form[str(v.pk)].initial for v in variables}


@dataclass(frozen=True)
class Operation:
    """What comes along with the save of one field: `operation-<key>`, `after-<key>`, `rev-<key>`."""

    operation_id: uuid.UUID
    rev: int
    after: list[uuid.UUID]


def operations_of(data: QueryDict) -> dict[str, Operation]:
    """The operations by the field's key. Raises BadInput for one without an id or a revision."""
    operations = {}
    for name in data:
        key = name.removeprefix("operation-")
        if key == name:
            continue
        operation_id, rev = (
            uuid_or_none(data.get(name, "")),
            work.seen_rev(data, f"rev-{key}", default=-1),
        )
        if operation_id is None or rev < 0 or uuid_or_none(key) is None:
            raise BadInput("Send the operation's id and the revision of each field.")
        operations[key] = Operation(operation_id, rev, after_of(data, key))
    return operations


def after_of(data: QueryDict, key: str) -> list[uuid.UUID]:
    """The operations by which the page has saved the field before, `after-<key>`."""
    ids = (uuid_or_none(text) for text in data.getlist(f"after-{key}"))
    return [each for each in ids if each is not None]


def posted_form(
    variables: Sequence[Variable], data: QueryDict
) -> tuple[AnswerForm, list[AnswerField]]:
    """The form as it was sent, without what is stored: asks the database nothing."""
    form = answer_form({str(v.pk): v.spec for v in variables}, data)
    fields = [AnswerField(v, form[str(v.pk)]) for v in variables]
    for each in fields:
        each.unsure = each.key in data.getlist("unsure")
        each.errors = [str(error) for error in form.errors.get(each.key, [])]
    return form, fields
