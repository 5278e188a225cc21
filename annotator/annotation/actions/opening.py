"""An answer is opened to be changed: made where there is none, and locked until the transaction ends."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.db.models import F, UUIDField

from annotator.accounts.models import User
from annotator.annotation.models import Answer, AnswerValue
from annotator.compiled import CompiledInsert, CompiledQuery, Given
from annotator.datasets.models import Sample
from annotator.errors import WrongState

OPEN_STATES = [Answer.State.DRAFT, Answer.State.RETURNED, Answer.State.SKIPPED]
LOCKED = CompiledQuery(
    lambda: (
        Answer.objects.select_for_update()
        .filter(pk=Given("answer", UUIDField()))
        .order_by()
        .values_list("state", "rev")
    )
)
INSERT_MISSING_ANSWERS = CompiledInsert(Answer, ignores_conflicts=True)


@dataclass
class Stored:
    """An answer as the database holds it, locked until the transaction ends."""

    state: str
    rev: int
    rows: dict[uuid.UUID, AnswerValue]  # by variable


def lock_answer(answer: Answer) -> Stored:
    """Whoever changes another field of the answer waits until this transaction is done. Two queries."""
    [(state, rev)] = LOCKED.rows(answer=answer.pk)
    return Stored(state, rev, answer.value_rows())


def open_answer(sample: Sample, *, by: User) -> Answer:
    """This person's answer to the sample, to be changed now; made when there is none.

    One that was submitted or approved before its sample was to be labelled again becomes a draft; its
    values stay as a start. Raises WrongState when the sample is not open to this person (any more).
    """
    return _opened(Answer.objects.own(sample, by))[0]


def open_locked(sample: Sample, *, by: User, answer: Answer | None = None) -> tuple[Answer, Stored]:
    """As `open_answer` and `lock_answer`, in a transaction that goes on.

    `answer` is what `Answer.objects.own` has just said, where the caller has asked. One that is made is
    nobody else's to see before that ends, and has no values yet: no query.
    """
    answer, is_new = _opened(answer or Answer.objects.own(sample, by))
    return answer, Stored(answer.state, answer.rev, {}) if is_new else lock_answer(answer)


def _opened(answer: Answer) -> tuple[Answer, bool]:
    """The answer, and whether it was made just now."""
    answer.require_open()
    if not answer.is_saved:
        if INSERT_MISSING_ANSWERS.insert([answer]):
            return answer, True
        # Another tab has made it at the same moment.
        answer = Answer.objects.own(answer.sample, answer.author)
    if answer.state not in OPEN_STATES:
        _reopen(answer)
    return answer, False


def _reopen(answer: Answer) -> None:
    """Make a draft of an answer that counts for nothing; only while its sample is still to be labelled."""
    reopened = Answer.objects.filter(
        pk=answer.pk, state=answer.state, sample__state__in=answer.open_sample_states
    )
    if not reopened.update(state=Answer.State.DRAFT, submitted_at=None, rev=F("rev") + 1):
        raise WrongState("Somebody else has answered this sample meanwhile. Reload the page.")
    answer.refresh_from_db(fields=["state", "submitted_at", "rev"])
