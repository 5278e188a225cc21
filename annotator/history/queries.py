"""The changes of each field of a sample: of its accepted values, and of the answers that one may read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from annotator.accounts.models import Membership, User
from annotator.accounts.roles import Action, may
from annotator.annotation.models import Answer, AnswerRevision
from annotator.datasets.models import Sample, ValueRevision, Variable

MOST_CHANGES = 500  # of a sample's accepted values, and as many of its answers; the newest
Revision = ValueRevision | AnswerRevision


@dataclass(frozen=True)
class FieldChange:
    """One change: who, when, from where (`origin`, `where`, `reason`), before and after.

    `kind` and `revision_id` name it where it can be restored.
    """

    at: datetime
    who: User | None
    origin: str
    where: str
    reason: str
    before: str
    after: str
    is_current: bool
    kind: str
    revision_id: int
    can_restore: bool


@dataclass(frozen=True)
class FieldHistory:
    """A variable with its changes, the newest first."""

    variable: Variable
    changes: list[FieldChange]


def field_histories(sample: Sample, member: Membership) -> list[FieldHistory]:
    """The history of every field that is asked, in the order of the schema. Four queries."""
    variables = Variable.objects.asked_in(sample.dataset)
    answers = Answer.objects.visible_to(member).filter(sample=sample).select_related("author")
    by_id = {answer.pk: answer for answer in answers}
    changes: dict[UUID, list[FieldChange]] = defaultdict(list)
    shown = {variable.pk: variable for variable in variables}
    for variable, change in [
        *_accepted(sample, shown, can_restore=may(member, Action.SET_VALUES)),
        *_answered(sample, shown, by_id, member),
    ]:
        changes[variable].append(change)
    return [
        FieldHistory(each, sorted(changes[each.pk], key=lambda change: change.at, reverse=True))
        for each in variables
    ]


def _accepted(
    sample: Sample, variables: dict[UUID, Variable], *, can_restore: bool
) -> Iterator[tuple[UUID, FieldChange]]:
    rows = ValueRevision.objects.filter(value_row__sample=sample).select_related("value_row")
    newest = rows.select_related("set_by", "value_row").order_by("-set_at", "-rev")[:MOST_CHANGES]
    for revision, before in _with_before(newest, "value_row_id"):
        row = revision.value_row
        if variable := variables.get(row.variable_id):
            is_current = revision.rev == row.rev
            yield (
                variable.pk,
                _change(
                    variable,
                    revision,
                    before,
                    at=revision.set_at,
                    who=revision.set_by,
                    where="Accepted value",
                    is_current=is_current,
                    kind="value",
                    can_restore=can_restore and not is_current,
                ),
            )


def _answered(
    sample: Sample, variables: dict[UUID, Variable], answers: dict[UUID, Answer], member: Membership
) -> Iterator[tuple[UUID, FieldChange]]:
    rows = AnswerRevision.objects.filter(answer_value__answer__in=answers)
    newest = rows.select_related("saved_by", "answer_value").order_by("-saved_at", "-rev")
    for revision, before in _with_before(newest[:MOST_CHANGES], "answer_value_id"):
        row = revision.answer_value
        if variable := variables.get(row.variable_id):
            answer = answers[row.answer_id]
            answer.sample = sample
            is_current, is_own = revision.rev == row.rev, answer.author_id == member.user_id
            yield (
                variable.pk,
                _change(
                    variable,
                    revision,
                    before,
                    at=revision.saved_at,
                    who=revision.saved_by,
                    where="Your answer" if is_own else f"Answer of {answer.author.display_name}",
                    is_current=is_current,
                    kind="answer",
                    can_restore=is_own and not is_current and not answer.closed_because,
                ),
            )


def _with_before(newest: Iterable[Any], row: str) -> list[tuple[Any, Any]]:
    """Each revision with the one before it in the same row, None for the first."""
    revisions = list(newest)
    by_rev = {(getattr(each, row), each.rev): each for each in revisions}
    return [(each, by_rev.get((getattr(each, row), each.rev - 1))) for each in revisions]


def _change(
    variable: Variable, revision: Revision, before: Revision | None, **fields: Any
) -> FieldChange:
    return FieldChange(
        origin=revision.get_origin_display(),
        reason=revision.reason,
        before=_shown(variable, before),
        after=_shown(variable, revision),
        revision_id=revision.pk,
        **fields,
    )


def _shown(variable: Variable, revision: Revision | None) -> str:
    """The value for a person who reads; empty where there was none."""
    is_set = revision is not None and revision.is_set
    return variable.spec.display(revision.value) if is_set and revision else ""
