"""Values that a script sets in a dataset where they await review: an answer of the token's owner.

Many samples take as many statements as one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from annotator.accounts.models import User
from annotator.annotation.actions.collecting import collect_again, wait_again
from annotator.annotation.actions.drafts import (
    Change,
    ChangedField,
    change_field,
    write_fields,
)
from annotator.annotation.actions.opening import INSERT_MISSING_ANSWERS, OPEN_STATES
from annotator.annotation.actions.submitting import check_all
from annotator.annotation.models import Answer, AnswerValue
from annotator.annotation.risk import risk_now
from annotator.datasets.models import Origin, Sample, Variable
from annotator.errors import BadInput, Conflict, WrongState
from annotator.suggestions.actions import reopen
from annotator.suggestions.models import Suggestion

Rows = dict[Variable, AnswerValue]
Refusal = WrongState | Conflict | BadInput


@dataclass
class _Draft:
    """One person's answer that is changed by this call, with what the database holds of it, locked."""

    answer: Answer
    rows: dict[Any, AnswerValue] = field(default_factory=dict)  # by variable
    written: list[ChangedField] = field(default_factory=list)
    is_complete: bool = False
    was_submitted: bool = False

    @property
    def is_changed(self) -> bool:
        """Whether the answer's row has to be written."""
        return bool(self.written or self.is_complete or self.answer.state not in OPEN_STATES)


def script_refusals(samples: Collection[Sample], *, by: User) -> dict[Sample, str]:
    """Why this person's script can't answer these samples now; without those that it can. One query."""
    answers = Answer.objects.own_of(samples, by)
    return {sample: reason for sample, answer in answers.items() if (reason := _refusal(answer))}


def submit_script_values(
    sample: Sample,
    values: Mapping[Variable, Any],
    *,
    by: User,
    expected_revs: Mapping[Variable, int] | None = None,
) -> Rows:
    """As `submit_many_script_values` of one sample; raises what refuses it.

    `expected_revs`: the revisions that the script has read; Conflict when somebody has saved another since.
    """
    expected = {sample: expected_revs or {}}
    outcome = submit_many_script_values({sample: values}, by=by, expected_revs=expected)[sample]
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


@transaction.atomic
def submit_many_script_values(
    values: Mapping[Sample, Mapping[Variable, Any]],
    *,
    by: User,
    expected_revs: Mapping[Sample, Mapping[Variable, int]] | None = None,
    origin: str = Origin.API,
) -> dict[Sample, Rows | Refusal]:
    """Set or clear (None) fields of this person's answers, each submitted once every required one is there.

    A submitted answer that nobody has reviewed is changed and submitted again. It always awaits its
    review, whatever share of answers the dataset has reviewed. Gives the rows of each sample, or why it takes
    none: WrongState when it is approved or somebody else's answer awaits review, Conflict and BadInput as
    `save_values`. One refused sample stops no other.
    """
    outcomes: dict[Sample, Rows | Refusal] = {}
    drafts, asked = _locked_drafts(list(values), outcomes, by=by), _asked_in(values)
    for sample, draft in list(drafts.items()):
        expected = (expected_revs or {}).get(sample, {})
        try:
            _change(draft, values[sample], expected, origin=origin, by=by)
            _complete(draft, asked[sample.dataset_id])
        except (Conflict, BadInput) as refusal:
            outcomes[sample] = refusal
            del drafts[sample]
    _write(drafts, by=by)
    for sample, draft in drafts.items():
        outcomes[sample] = {
            variable: draft.rows.get(variable.pk)
            or AnswerValue(answer=draft.answer, variable=variable, is_set=False, rev=0)
            for variable in values[sample]
        }
    return outcomes


def _locked_drafts(
    samples: Sequence[Sample], outcomes: dict[Sample, Rows | Refusal], *, by: User
) -> dict[Sample, _Draft]:
    """The person's answers, made where there are none, locked until the transaction ends, with their samples.

    Samples that take none are put into `outcomes` instead.
    """
    answers = Answer.objects.own_of(samples, by)
    open_ones = {sample: each for sample, each in answers.items() if not _refusal(each)}
    INSERT_MISSING_ANSWERS.insert([each for each in open_ones.values() if not each.is_saved])
    locked = Answer.objects.select_for_update(of=("self",)).order_by("pk")
    answers |= locked.own_of(list(open_ones), by)
    there = Sample.objects.select_for_update().filter(pk__in=[each.pk for each in open_ones])
    states = dict(there.filter(removed_at=None).order_by("pk").values_list("pk", "state"))
    drafts = {}
    for sample, answer in answers.items():
        sample.state = states.get(sample.pk, sample.state)
        if reason := _refusal(answer):
            message = f"Scripts' values await review here, and this sample takes none. {reason}"
            outcomes[sample] = WrongState(message)
        elif sample.pk not in states:
            outcomes[sample] = WrongState(f"{sample} was deleted meanwhile.")
        else:
            drafts[sample] = _Draft(answer, was_submitted=_is_submitted(answer))
    by_answer = {draft.answer.pk: draft for draft in drafts.values()}
    for row in AnswerValue.objects.filter(answer__in=list(by_answer)):
        by_answer[row.answer_id].rows[row.variable_id] = row
    return drafts


def _asked_in(samples: Collection[Sample]) -> dict[Any, list[Variable]]:
    """What is asked in their datasets."""
    asked: dict[Any, list[Variable]] = {sample.dataset_id: [] for sample in samples}
    for variable in Variable.objects.live().filter(dataset__in=list(asked)):
        asked[variable.dataset_id].append(variable)
    return asked


def _change(
    draft: _Draft,
    values: Mapping[Variable, Any],
    expected_revs: Mapping[Variable, int],
    *,
    origin: str,
    by: User,
) -> None:
    """Make the changes in memory. Raises Conflict and BadInput."""
    for variable, value in values.items():
        row = draft.rows.get(variable.pk)
        expected = expected_revs.get(variable, row.rev if row else 0)
        change = Change(variable=variable, value=value, expected_rev=expected, origin=origin)
        change_field(change, draft.answer, draft.rows, {}, draft.written, by=by)


def _complete(draft: _Draft, asked: Sequence[Variable]) -> None:
    """Note whether all that is required is there. Raises BadInput for what the schema no longer allows."""
    given = {pk: row.value for pk, row in draft.rows.items() if row.is_set}
    draft.is_complete = bool(given) and all(each.pk in given for each in asked if each.required)
    if draft.is_complete:
        check_all({each: given.get(each.pk) for each in asked})


def _write(drafts: Mapping[Sample, _Draft], *, by: User) -> None:
    """Write the fields, then the answers, then the samples: a fixed number of statements."""
    written = [each for draft in drafts.values() for each in draft.written]
    if written:
        write_fields(written, reason="")
    submitted, saved, reopened, undone = [], [], [], []
    now, grown = timezone.now(), F("rev") + 1
    for sample, draft in drafts.items():
        pk = draft.answer.pk
        undone += [sample.pk] if draft.was_submitted else []
        if sample.asks_several and not draft.answer.is_returned:
            _write_one_of_several(sample, draft)
        elif draft.is_complete:
            submitted.append((pk, sample.pk))
        elif draft.answer.state not in OPEN_STATES:
            reopened.append((pk, sample.pk))
        elif draft.is_changed:
            saved.append(pk)
    _reopen_suggestions(undone, by=by)  # before the answers lose when they were submitted
    answers, samples = Answer.objects.all(), Sample.objects.all()
    answers.filter(pk__in=[pk for pk, _ in submitted]).update(
        state=Answer.State.SUBMITTED,
        submitted_at=now,
        is_self_accepted=False,
        rev=grown,
        risk=risk_now(),
    )
    answers.filter(pk__in=[pk for pk, _ in reopened]).update(
        state=Answer.State.DRAFT, submitted_at=None, rev=grown
    )
    answers.filter(pk__in=saved).update(rev=grown)
    for states, rows in (
        (Sample.State.SUBMITTED, submitted),
        (Sample.State.UNLABELED, reopened),
    ):
        samples.filter(pk__in=[pk for _, pk in rows]).update(state=states, updated_at=now)
    ended = Q(pk__in=undone) | Q(pk__in=[sample.pk for sample in drafts], lease_holder=by)
    samples.filter(ended).end_leases()


def _write_one_of_several(sample: Sample, draft: _Draft) -> None:
    """As `_write` where several people are asked: each such sample is looked at for itself."""
    answer = draft.answer
    if draft.is_complete:
        answer.move(
            to=Answer.State.COLLECTED,
            only_from=[answer.state],
            submitted_at=timezone.now(),
            rev=answer.rev + 1,
            risk=risk_now(),
        )
        collect_again(sample, answer)
    elif answer.state not in OPEN_STATES:
        answer.move(
            to=Answer.State.DRAFT, only_from=[answer.state], submitted_at=None, rev=answer.rev + 1
        )
        wait_again([sample])
        sample.move(to=Sample.State.UNLABELED, only_from=[sample.state])
    elif draft.is_changed:
        Answer.objects.filter(pk=answer.pk).update(rev=F("rev") + 1)


def _reopen_suggestions(samples: Sequence[Any], *, by: User) -> None:
    """Those that submitting these samples' answers had closed, as undoing the submit would."""
    if samples:
        submitted_at = F("sample__answers__submitted_at")
        mine = Suggestion.objects.filter(sample__answers__author=by, closed_at__gte=submitted_at)
        reopen(mine.filter(sample__in=samples, closed_by=by, batch=None))


def _refusal(answer: Answer) -> str:
    return "" if _is_submitted(answer) else answer.closed_because


def _is_submitted(answer: Answer) -> bool:
    return answer.is_submitted and answer.can_undo
