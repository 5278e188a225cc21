"""Values that a script sets in a dataset where they await review: an answer of the token's owner."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from annotator.accounts.models import User
from annotator.annotation.actions.drafts import Change, all_saved, open_answer, save_values
from annotator.annotation.actions.submitting import submit
from annotator.annotation.actions.undoing import undo_submit
from annotator.annotation.models import Answer, AnswerValue
from annotator.datasets.models import Origin, Sample, Variable
from annotator.errors import WrongState


def refuses_script_values(sample: Sample, *, by: User) -> str:
    """Why this person's script can't answer the sample now; empty when it can."""
    answer = Answer.objects.own(sample, by)
    return "" if _is_submitted(answer) else answer.closed_because


@transaction.atomic
def submit_script_values(
    sample: Sample,
    values: Mapping[Variable, Any],
    *,
    by: User,
    expected_revs: Mapping[Variable, int] | None = None,
    origin: str = Origin.API,
) -> dict[Variable, AnswerValue]:
    """Set or clear (None) fields of this person's answer; submitted once every required one is there.

    A submitted answer that nobody has reviewed is changed and submitted again. It always awaits its
    review, whatever share of answers the dataset has reviewed. Raises WrongState when the sample is
    approved or somebody else's answer awaits review, Conflict and BadInput as `save_values`.
    """
    if reason := refuses_script_values(sample, by=by):
        raise WrongState(f"Scripts' values await review here, and this sample takes none. {reason}")
    answer = Answer.objects.own(sample, by)
    if _is_submitted(answer):
        undo_submit(answer, by=by)
    answer = open_answer(sample, by=by)
    saved = {row.variable_id: row for row in answer.values.all()}
    changes = [
        Change(
            variable=variable,
            value=value,
            expected_rev=(expected_revs or {}).get(variable, _rev_of(saved.get(variable.pk))),
            origin=origin,
        )
        for variable, value in values.items()
    ]
    all_saved(save_values(answer, changes, by=by))
    rows = {row.variable_id: row for row in answer.values.select_related("variable")}
    _submit_if_complete(answer, rows, by=by)
    return {
        variable: rows.get(variable.pk)
        or AnswerValue(answer=answer, variable=variable, is_set=False, rev=0)
        for variable in values
    }


def _rev_of(row: AnswerValue | None) -> int:
    return row.rev if row else 0


def _is_submitted(answer: Answer) -> bool:
    return answer.state == Answer.State.SUBMITTED and answer.can_undo


def _submit_if_complete(answer: Answer, rows: Mapping[Any, AnswerValue], *, by: User) -> None:
    given = {pk: row.value for pk, row in rows.items() if row.is_set}
    variables = list(answer.sample.dataset.variables.live())
    if given and all(each.pk in given for each in variables if each.required):
        values = {each: given.get(each.pk) for each in variables}
        submit(answer, values, by=by, is_always_reviewed=True)
    else:
        answer.sample.release(by)
