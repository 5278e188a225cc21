"""Submitting an answer, and making its values the accepted values of the sample."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Mapping
from functools import cache
from typing import Any

from django.db import transaction
from django.utils import timezone

from annotator.accounts.models import User
from annotator.annotation.actions.collecting import collect, skip_one
from annotator.annotation.actions.drafts import (
    Change,
    all_saved,
    change_locked,
    check,
    write_rev,
)
from annotator.annotation.actions.gold import score
from annotator.annotation.actions.opening import OPEN_STATES, Stored, lock_answer
from annotator.annotation.models import Answer, Effort
from annotator.annotation.reviewing import is_reviewed
from annotator.annotation.risk import risk_now
from annotator.datasets.actions import ValueUpdate, locked_states, set_many
from annotator.datasets.actions.writing import holds_value
from annotator.datasets.models import Dataset, Origin, Sample, Variable
from annotator.errors import BadInput
from annotator.push.actions import enqueue_deliveries
from annotator.suggestions.actions import close_suggestions


@transaction.atomic
def submit(
    answer: Answer,
    values: Mapping[Variable, Any],
    *,
    by: User,
    seen_revs: Mapping[Variable, int] | None = None,
    after: Mapping[Variable, Collection[uuid.UUID]] | None = None,
    unsure: Collection[Variable] | None = None,
    origins: Mapping[Variable, str] | None = None,
    shown: Collection[int] | None = None,
    effort: Effort | None = None,
    is_always_reviewed: bool = False,
    stored: Stored | None = None,
) -> Answer:
    """Submit. `values` is the whole form as it stands; what differs from the saved draft is saved too.

    `seen_revs` are the revisions that the form was rendered with (missing: the newest): Conflict when
    another tab saved something else meanwhile. `after` are the operations by which the page itself saved
    since: what they left is no conflict. `unsure` are the fields that the author is not sure of (None: as
    saved), `origins` how the values came to be, where a suggestion filled the form; `shown` the ids of
    those suggestions, with which all of the sample get their result (None: they stay open); `effort` what
    this visit took; `stored` the answer as this transaction has locked it. Raises BadInput with a message per
    field when a required one is missing or one is not allowed, WrongState when the sample is not to be
    labelled any more. Without review, submitting is approving, unless `is_always_reviewed`.
    """
    sample = answer.sample
    check_all(values)
    given: Any = {"seen_revs": seen_revs, "after": after, "unsure": unsure, "origins": origins}
    _save_rest(answer, stored or lock_answer(answer), values, by=by, **given)
    score(answer, values)
    if sample.asks_several and not answer.is_returned:
        return _submit_one_of_several(answer, effort, by=by, publishes=not is_always_reviewed)
    sample.move(to=Sample.State.SUBMITTED, only_from=answer.open_sample_states, releases=by)
    _mark_submitted(answer, values, effort, by=by, shown=shown)
    if not is_always_reviewed and not is_reviewed(answer):
        publish(answer, by=by, is_self_accepted=True)
    return answer


def submit_unchanged(answer: Answer, *, by: User) -> None:
    """Submit one's returned answer as it is saved, for a review whatever the dataset's share.

    Raises BadInput and WrongState as `submit`.
    """
    rows = answer.value_rows()
    values = {
        v: rows[v.pk].value if v.pk in rows else None
        for v in _live_variables(answer.sample.dataset)
    }
    submit(answer, values, by=by, is_always_reviewed=True)


def _submit_one_of_several(
    answer: Answer, effort: Effort | None, *, by: User, publishes: bool
) -> Answer:
    """Suggestions stay open: what became of one would tell the others what this person answered."""
    agreed = collect(answer, effort)
    if agreed is not None and publishes:
        publish(agreed, by=by)
    return answer


def _mark_submitted(
    answer: Answer,
    values: Mapping[Variable, Any],
    effort: Effort | None,
    *,
    by: User,
    shown: Collection[int] | None,
) -> None:
    """The revision grows, so that a verdict on what was submitted before is not one on this."""
    submitted_at = timezone.now()  # before its suggestions: an undo knows them by that
    if shown is not None:
        close_suggestions(answer.sample, values, by=by, shown=shown)
    answer.move(
        to=Answer.State.SUBMITTED,
        only_from=OPEN_STATES,
        submitted_at=submitted_at,
        rev=answer.rev + 1,
        risk=risk_now(),
        first_reviewer=None,
        **answer.effort_with(effort),
    )


def _save_rest(
    answer: Answer,
    stored: Stored,
    values: Mapping[Variable, Any],
    *,
    by: User,
    seen_revs: Mapping[Variable, int] | None,
    after: Mapping[Variable, Collection[uuid.UUID]] | None,
    unsure: Collection[Variable] | None,
    origins: Mapping[Variable, str] | None,
) -> None:
    """Save what differs from the draft, all in the same few statements; raises the first refusal.

    The answer's new `rev` is left to the caller to write.
    """
    known = cache(answer.sample.known_values)
    changes = []
    for variable, value in values.items():
        row = stored.rows.get(variable.pk)
        rev = row.rev if row else 0
        marked = None if unsure is None else variable in unsure
        # Another tab may have saved just what this form holds: that is no conflict.
        is_held = row is not None and holds_value(row, variable, value)
        if is_held and marked in {None, row is not None and row.unsure}:
            continue
        if row is None and value is None and not marked and not (seen_revs or {}).get(variable):
            continue
        changes.append(
            Change(
                variable=variable,
                value=value,
                expected_rev=rev if is_held else (seen_revs or {}).get(variable, rev),
                after=(after or {}).get(variable, ()),
                origin=_origin(variable, value, rev, known, (origins or {}).get(variable)),
                unsure=marked,
            )
        )
    all_saved(change_locked(answer, stored, changes, by=by))


@transaction.atomic
def save_draft(
    answer: Answer,
    values: Mapping[Variable, Any],
    *,
    by: User,
    seen_revs: Mapping[Variable, int],
    after: Mapping[Variable, Collection[uuid.UUID]],
    unsure: Collection[Variable],
    origins: Mapping[Variable, str],
    stored: Stored,
) -> None:
    """Keep the whole form without submitting it; raises the first refusal, and then nothing is kept.

    `stored` is the answer as this transaction has locked it.
    """
    _save_rest(
        answer,
        stored,
        values,
        by=by,
        seen_revs=seen_revs,
        after=after,
        unsure=unsure,
        origins=origins,
    )
    write_rev(answer, stored)


@transaction.atomic
def publish(answer: Answer, *, by: User, is_self_accepted: bool = False) -> None:
    """Make a submitted answer's values the accepted values of its sample, and the sample approved.

    `is_self_accepted`: without a review, so that its author may undo it.

    What a remote does not have yet gets its deliveries in the same transaction.
    Raises BadInput when a value is no longer allowed, WrongState when it is not submitted (any more).
    """
    sample = answer.sample
    locked_states([sample.pk])  # from here on nobody changes what is asked: see lock_samples
    rows = list(answer.values.select_related("variable", "saved_by"))
    live = [row for row in rows if row.variable.removed_at is None]
    check_all(
        {row.variable: row.value for row in live}
        | {
            v: None
            for v in _live_variables(sample.dataset)
            if v.pk not in {row.variable_id for row in live}
        }
    )
    sample.move(to=Sample.State.APPROVED, only_from=[Sample.State.SUBMITTED])
    answer.move(
        to=Answer.State.APPROVED,
        only_from=[Answer.State.SUBMITTED],
        is_self_accepted=is_self_accepted,
    )
    set_many(
        [
            ValueUpdate.checked(
                sample,
                row.variable,
                row.value if row.is_set else None,
                origin=row.origin,
                by=row.saved_by or by,
            )
            for row in live
        ],
        updates_completion=False,
    )
    enqueue_deliveries([sample.pk])


@transaction.atomic
def skip(answer: Answer, *, reason: str, by: User) -> None:
    """Put the sample aside with a reason; what was typed stays with the answer."""
    reason = reason[: Sample.SKIP_REASON_LENGTH]
    if answer.sample.asks_several and not answer.is_returned:
        skip_one(answer, reason=reason)
        return
    answer.sample.move(
        to=Sample.State.SKIPPED,
        only_from=answer.open_sample_states,
        releases=by,
        skip_reason=reason,
        # Put back to be labelled it is free for all: who it was assigned to can't answer it.
        **({} if answer.sample.assignment_id is None else {"assignment": None}),
    )
    answer.move(to=Answer.State.SKIPPED, only_from=OPEN_STATES, skip_reason=reason)


def _origin(
    variable: Variable,
    value: Any,
    rev: int,
    known: Callable[[], Mapping[Any, Any]],
    posted: str | None,
) -> str:
    """Of a suggestion, as posted; of a field never changed: the sample's known value, or the default."""
    if rev or posted in {Origin.SUGGESTED, Origin.EDITED}:
        return posted or Origin.TYPED
    if variable.pk in known() and variable.spec.holds(known()[variable.pk], value):
        return Origin.COPIED
    if value is not None and variable.default_value is not None and value == variable.default_value:
        return Origin.DEFAULT
    return Origin.TYPED


def _live_variables(dataset: Dataset) -> list[Variable]:
    return list(dataset.variables.live())


def check_all(values: Mapping[Variable, Any]) -> None:
    """Raises BadInput with a message per field unless a submit with these values is allowed."""
    fields: dict[str, list[str]] = {}
    for variable, value in values.items():
        try:
            checked = check(variable, value)
        except BadInput as error:
            fields |= error.fields
            continue
        if checked is None and variable.required:
            fields[variable.name] = ["This is required: give a value before you submit."]
    if fields:
        names = ", ".join(fields)
        raise BadInput(f"Not submitted yet: check {names}.", fields=fields)
