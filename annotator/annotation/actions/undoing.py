"""Undoing one's own submit or skip while nothing depends on it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from annotator.accounts.models import User
from annotator.annotation.actions.collecting import wait_again
from annotator.annotation.models import Answer
from annotator.datasets.actions import set_value
from annotator.datasets.models import Sample, VariableValue
from annotator.errors import WrongState
from annotator.suggestions.actions import reopen
from annotator.suggestions.models import Suggestion

TOO_LATE = (
    "This can't be undone any more: its values were sent to the remote or changed since."
    " A reviewer can re-open the sample."
)


@transaction.atomic
def undo_submit(answer: Answer, *, by: User) -> None:
    """Undo one's own submit, or skip: the answer is a draft again, its sample held for its author.

    What a submit without review accepted is as it was before; the history keeps both. Raises WrongState
    when somebody has reviewed it, has worked on after it was skipped, or when accepted values were sent to
    a remote or changed since.
    """
    if answer.author_id != by.pk:
        raise WrongState("Only the person who submitted an answer can undo that.")
    if not answer.undo_sample_states:
        raise WrongState(f"There is nothing to undo: this answer is {answer.state}.")
    if answer.is_sent:
        raise WrongState(TOO_LATE)
    answer.sample.move(to=Sample.State.UNLABELED, only_from=answer.undo_sample_states)
    if answer.state == Answer.State.COLLECTED:
        wait_again([answer.sample])
    if answer.is_self_accepted and answer.submitted_at:
        restore_values(answer, since=answer.submitted_at, by=by, reason="Submit undone")
    if answer.submitted_at:
        mine = Suggestion.objects.filter(closed_by=by, closed_at__gte=answer.submitted_at)
        reopen(mine.filter(sample=answer.sample, batch=None))
    answer.move(
        to=Answer.State.DRAFT,
        only_from=[answer.state],
        submitted_at=None,
        skip_reason="",
        is_self_accepted=False,
    )
    answer.sample.lease_to(by, take_over=True)


def restore_values(answer: Answer, *, since: datetime, by: User, reason: str) -> None:
    """Give the sample's values back what they had before the answer's were accepted; the history keeps all.

    Raises WrongState when somebody has set one anew since.
    """
    accepted = {row.variable_id: row for row in answer.values.all()}
    written = VariableValue.objects.filter(sample=answer.sample, set_at__gte=since)
    for row in written.select_related("variable").prefetch_related("history__set_by"):
        given = accepted.get(row.variable_id)
        if given is None or (given.value, given.is_set) != (row.value, row.is_set):
            raise WrongState(TOO_LATE)  # set anew after it was accepted, by a script perhaps
        before = [revision for revision in row.history.all() if revision.set_at < since]
        was_set = bool(before) and before[-1].is_set
        set_value(
            answer.sample,
            row.variable,
            before[-1].value if was_set else None,
            origin=before[-1].origin if before else row.origin,
            by=before[-1].set_by if before else by,
            reason=reason,
            updates_completion=False,
        )
