"""The form of one sample: its variables, what is known, and what a browser sent."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.forms import BoundField
from django.http import QueryDict
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from annotator.annotation import work
from annotator.annotation.models import Answer, AnswerValue, Effort
from annotator.annotation.suggested import ByVariable, Proposed
from annotator.annotation.work import uuid_or_none
from annotator.datasets.models import Variable
from annotator.errors import BadInput
from annotator.suggestions.models import Suggestion
from annotator.variables import AnswerForm, answer_form

SKIP_REASONS = ["Picture can't be judged", "Wrong pictures", "Not covered by the rules", "Other"]

KEPT_FIELDS = 1000  # of some 2 kB each, in each process
LONGEST_KEPT = 100  # characters of a value
_kept_fields: dict[Any, SafeString] = {}


@dataclass
class AnswerField:
    """One field as it is rendered: the bound field, and what the room knows of it."""

    variable: Variable
    bound: BoundField
    rev: int = 0
    unsure: bool = False
    note: str = ""  # why a reviewer returned it
    is_accepted: bool = False  # when a reviewer returned others, and not changed since
    theirs: str | None = None  # what somebody else, or another tab, saved meanwhile
    errors: list[str] = field(default_factory=list)
    proposed: Proposed | None = None  # the suggestion that fills it, or did before it was edited
    alternatives: list[AnswerField] = field(default_factory=list)  # filled from other sources
    is_alternative: bool = False

    @property
    def key(self) -> str:
        """Names the field in addresses and in what the browser sends."""
        return str(self.variable.pk)

    @property
    def completes(self) -> bool:
        """Whether the page offers what was written before in it."""
        return self.variable.spec.type_rules.is_completed

    @property
    def html(self) -> SafeString:
        """`annotation/_field.html`, kept where it shows what many samples show: mostly nothing yet."""
        is_special = (
            self.errors or self.note or self.is_accepted or self.theirs is not None or self.proposed
        )
        if self.bound.form.is_bound or is_special:
            return self._render()
        shown = repr(self.bound.value())
        if len(shown) > LONGEST_KEPT:
            return self._render()
        is_default = getattr(self.bound.field, "is_default", False)
        rules = (self.variable.pk, self.variable.rules, self.variable.is_mirrored)
        key = (rules, shown, is_default, self.rev, self.unsure)
        if (html := _kept_fields.get(key)) is None:
            if len(_kept_fields) >= KEPT_FIELDS:
                _kept_fields.clear()
            html = _kept_fields[key] = self._render()
        return html

    def _render(self) -> SafeString:
        return render_to_string("annotation/_field.html", {"each": self})

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
    suggested: ByVariable | None = None,
) -> tuple[AnswerForm, list[AnswerField]]:
    """The form, filled from the person's own answer, else from what is known of its sample, else `suggested`.

    Two queries. With `data` it shows what was sent, never less.
    """
    rows, known = answer.value_rows(), answer.sample.known_values()
    waiting = {
        v.pk: _chosen_first((suggested or {}).get(v.pk, ()), v, data)
        for v in variables
        if is_own(rows.get(v.pk)) or known.get(v.pk) is None
    }
    initial = {
        str(v.pk): _start(rows.get(v.pk), known.get(v.pk), waiting.get(v.pk, ())) for v in variables
    }
    shown = {key: value for key, value in initial.items() if value is not NOTHING}
    form = answer_form({str(v.pk): v.spec for v in variables}, data, shown, require=require)
    fields = [_field(form, v, rows.get(v.pk)) for v in variables]
    if answer.is_returned:
        _show_verdicts(fields, rows, answer)
    if isinstance(data, QueryDict):
        for each in fields:
            each.unsure = each.key in data.getlist("unsure")
            each.rev = seen_rev(data, each.variable) or each.rev
            each.errors = [str(error) for error in form.errors.get(each.key, [])]
    for each in fields:
        _propose(each, form, waiting.get(each.variable.pk, ()), answer)
    return form, fields


NOTHING = object()


def is_own(row: AnswerValue | None) -> bool:
    """Whether the person has made something of the field, be it that they emptied it."""
    return row is not None and row.rev > 0


def _start(row: AnswerValue | None, known: Any, waiting: Sequence[Suggestion]) -> Any:
    """The value to show first: what the person made of it goes before what was known, also when empty."""
    if row is not None and is_own(row):
        return row.value
    if known is None and waiting:
        return waiting[0].value
    return NOTHING if known is None else known


def _chosen_first(
    waiting: Sequence[Suggestion], variable: Variable, data: Mapping[str, Any] | None
) -> Sequence[Suggestion]:
    """The suggestions with the one that the posted form showed at their head."""
    chosen = (data or {}).get(f"suggestion-{variable.pk}", "")
    return sorted(waiting, key=lambda each: str(each.pk) != chosen)


def _propose(
    each: AnswerField, form: AnswerForm, waiting: Sequence[Suggestion], answer: Answer
) -> None:
    """Tell the field of its suggestion, and make a field of each further one."""
    if not waiting:
        return
    first, *others = waiting
    spec = each.variable.spec
    is_edited = not spec.holds(
        first.value, current_values(form, [each.variable])[each.variable.name]
    )
    proposed = partial(
        Proposed,
        threshold_percent=answer.sample.dataset.suggestion_threshold,
        is_closed=bool(answer.closed_because),
    )
    each.proposed = proposed(first, is_edited=is_edited)
    for other in others:
        filled = answer_form({each.key: spec}, None, {each.key: other.value})
        each.alternatives.append(
            AnswerField(
                each.variable,
                filled[each.key],
                rev=each.rev,
                unsure=each.unsure,
                proposed=proposed(other),
                is_alternative=True,
            )
        )


def _field(form: AnswerForm, variable: Variable, row: AnswerValue | None) -> AnswerField:
    field = AnswerField(variable, form[str(variable.pk)])
    if row is not None:
        field.rev, field.unsure = row.rev, row.unsure
    return field


def _show_verdicts(
    fields: Iterable[AnswerField], rows: Mapping[uuid.UUID, AnswerValue], answer: Answer
) -> None:
    """Say at each field of a returned answer why it was returned, or that it was accepted. One query."""
    because, returned_at = answer.returned_because(), answer.returned_at
    for each in fields:
        row = rows.get(each.variable.pk)
        is_changed = row is not None and returned_at is not None and row.saved_at > returned_at
        each.note = because.get(each.variable.pk, "")
        each.is_accepted = bool(because) and not each.note and not is_changed


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


def effort_of(data: QueryDict) -> Effort:
    """What the sample took by the page's own count, `active_ms` and `key_presses`; None without a script."""
    return Effort(active_ms=_counted(data, "active_ms"), key_presses=_counted(data, "key_presses"))


def _counted(data: QueryDict, name: str) -> int | None:
    number = work.seen_rev(data, name, default=-1)
    return None if number < 0 else number


def posted_form(
    variables: Sequence[Variable], data: QueryDict, *, require: bool = False
) -> tuple[AnswerForm, list[AnswerField]]:
    """The form as it was sent, without what is stored: asks the database nothing."""
    form = answer_form({str(v.pk): v.spec for v in variables}, data, require=require)
    fields = [AnswerField(v, form[str(v.pk)]) for v in variables]
    for each in fields:
        each.unsure = each.key in data.getlist("unsure")
        each.errors = [str(error) for error in form.errors.get(each.key, [])]
    return form, fields
