"""One field back to an earlier value: a change with a history of its own, by the rules of every change."""

from __future__ import annotations

from django.db import transaction

from annotator.accounts import audit
from annotator.accounts.models import User
from annotator.annotation.actions import open_answer, save_value
from annotator.annotation.models import AnswerRevision
from annotator.datasets.actions import set_value
from annotator.datasets.models import Origin, Sample, ValueRevision
from annotator.errors import NotPermitted
from annotator.push.actions import enqueue_deliveries

REASON = "Restored an earlier value"


@transaction.atomic
def restore_accepted(revision: ValueRevision, *, by: User) -> Sample:
    """Give the sample the value that it had at this revision; a remote gets it with the next push.

    Raises BadInput when the variable no longer allows it, Conflict when somebody sets it at this moment.
    """
    row = revision.value_row
    sample, variable = row.sample, row.variable
    before = {variable.name: row.value}
    restored = set_value(
        sample,
        variable,
        revision.value if revision.is_set else None,
        origin=Origin.RESTORED,
        by=by,
        expected_rev=row.rev,
        reason=REASON,
    )
    enqueue_deliveries([sample.pk])
    audit.record(
        "value.restore",
        workspace=sample.dataset.workspace,
        by=by,
        target=sample,
        before=before,
        after={variable.name: restored.value},
    )
    return sample


@transaction.atomic
def restore_answered(revision: AnswerRevision, *, by: User) -> Sample:
    """Give one's own answer the value that it had at this revision.

    Raises NotPermitted for another's answer, WrongState when it is not open (any more), BadInput when the
    variable no longer allows the value.
    """
    row = revision.answer_value
    if row.answer.author_id != by.pk:
        raise NotPermitted("Only its author can restore a value of an answer.")
    sample = row.answer.sample
    save_value(
        open_answer(sample, by=by),
        row.variable,
        revision.value if revision.is_set else None,
        expected_rev=row.rev,
        by=by,
        origin=Origin.RESTORED,
        reason=REASON,
    )
    return sample
