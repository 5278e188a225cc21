"""Many suggestions at once become answers to review, or accepted values; one undo takes all back."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from annotator.accounts import audit
from annotator.accounts.models import User
from annotator.annotation.actions import submit_many_script_values
from annotator.annotation.models import AnswerValue
from annotator.datasets.actions import ValueUpdate, set_many
from annotator.datasets.models import Dataset, Origin, Sample, VariableValue
from annotator.errors import BadInput, WrongState
from annotator.push.actions import enqueue_deliveries
from annotator.review.acceptances import samples_of, wanted_of
from annotator.review.models import Acceptance
from annotator.suggestions.actions import keep_least_confidence
from annotator.suggestions.gallery import Wanted
from annotator.suggestions.models import Suggestion

CHUNK = 100  # samples of one transaction
State, Mode = Acceptance.State, Acceptance.Mode


@transaction.atomic
def accept_many(dataset: Dataset, *, filter: str, mode: str, by: User) -> Acceptance:
    """Request that the suggestions of a filter are accepted; the caller enqueues it. Raises BadInput."""
    if mode not in Mode.values:
        raise BadInput("Choose whether a reviewer must see the values.")
    wanted_of(dataset, filter)
    total = samples_of(dataset, filter, by=by).count()
    if not total:
        raise BadInput("No sample that awaits a label matches: there is nothing to accept.")
    acceptance = Acceptance.objects.create(
        dataset=dataset, filter=filter, mode=mode, started_by=by, total=total
    )
    audit.record(
        "suggestions.accept", workspace=dataset.workspace, by=by, target=dataset, mode=mode
    )
    return acceptance


def undo_acceptance(acceptance: Acceptance, *, by: User) -> None:
    """Request that all of it is taken back; the caller enqueues it. WrongState while it goes on, or twice."""
    ended = Acceptance.objects.filter(pk=acceptance.pk, state__in=[State.DONE, State.FAILED])
    if not ended.update(state=State.UNDOING, ended_at=None, error=""):
        raise WrongState("This can't be undone now: it goes on, or was undone already.")
    workspace = acceptance.dataset.workspace
    audit.record("suggestions.undo", workspace=workspace, by=by, target=acceptance.dataset)


def accept_some(acceptance: Acceptance, *, seconds: float) -> bool:
    """Accept chunk by chunk for about `seconds`; whether something is left. Raises LeaseLost, BadInput."""
    until = time.monotonic() + seconds
    wanted = wanted_of(acceptance.dataset, acceptance.filter)
    while time.monotonic() < until:
        samples = samples_of(acceptance.dataset, acceptance.filter, by=acceptance.started_by)
        if acceptance.after is not None:
            samples = samples.filter(pk__gt=acceptance.after)
        chunk = list(samples[:CHUNK])
        if not chunk:
            return False
        with transaction.atomic():
            accepted = _accept(acceptance, wanted, chunk)
            acceptance.renew(after=chunk[-1].pk, losses=0)
            Acceptance.objects.filter(pk=acceptance.pk).update(
                done=F("done") + len(chunk), accepted=F("accepted") + accepted
            )
    return True


def _accept(acceptance: Acceptance, wanted: Sequence[Wanted], chunk: list[Sample]) -> int:
    """How many suggestions of these samples were accepted."""
    meant = Q()
    for each in wanted:
        meant |= Q(pk__in=each.rows.filter(sample__in=chunk).values("pk"))
    rows = list(Suggestion.objects.filter(meant).select_related("variable").select_for_update())
    by_sample: dict[Any, list[Suggestion]] = {}
    for row in rows:
        by_sample.setdefault(row.sample_id, []).append(row)
    for sample in chunk:
        sample.dataset = acceptance.dataset
    return (_for_review if acceptance.mode == Mode.REVIEW else _at_once)(
        acceptance, chunk, by_sample
    )


def _mark(acceptance: Acceptance, rows: Sequence[Suggestion]) -> None:
    Suggestion.objects.filter(pk__in=[row.pk for row in rows]).update(
        state=Suggestion.State.ACCEPTED,
        closed_at=timezone.now(),
        closed_by=acceptance.started_by,
        batch=acceptance.pk,
    )
    keep_least_confidence(row.sample_id for row in rows)


def _at_once(
    acceptance: Acceptance, chunk: list[Sample], by_sample: dict[Any, list[Suggestion]]
) -> int:
    """Make them accepted values, where there is none yet and the variable still allows it."""
    there = VariableValue.objects.filter(sample__in=chunk, is_set=True)
    given = set(there.values_list("sample_id", "variable_id"))
    updates, rows = [], []
    for sample in chunk:
        for row in by_sample.get(sample.pk, ()):
            if (row.sample_id, row.variable_id) not in given:
                update = _update(acceptance, sample, row)
                updates += [update] if update else []
                rows += [row] if update else []
    set_many(updates)
    _mark(acceptance, rows)
    if acceptance.dataset.is_mirrored:
        enqueue_deliveries([sample.pk for sample in chunk])
    return len(rows)


def _update(acceptance: Acceptance, sample: Sample, row: Suggestion) -> ValueUpdate | None:
    try:
        return ValueUpdate.checked(
            sample, row.variable, row.value, origin=Origin.SUGGESTED, by=acceptance.started_by
        )
    except BadInput:
        return None  # the variable was changed since


def _for_review(
    acceptance: Acceptance, chunk: list[Sample], by_sample: dict[Any, list[Suggestion]]
) -> int:
    """Put them into the person's own answers, where nothing is typed yet; whole answers are submitted."""
    by = acceptance.started_by
    if by is None:
        raise BadInput("The person who started this is gone: there is nobody to answer for.")
    typed = AnswerValue.objects.filter(answer__sample__in=chunk, answer__author=by, is_set=True)
    given = set(typed.values_list("answer__sample_id", "variable_id"))
    wanted: dict[Sample, list[Suggestion]] = {}
    for sample in chunk:
        rows = [
            row
            for row in by_sample.get(sample.pk, ())
            if (row.sample_id, row.variable_id) not in given and _update(acceptance, sample, row)
        ]
        if rows:
            wanted[sample] = rows
    outcomes = submit_many_script_values(
        {sample: {row.variable: row.value for row in rows} for sample, rows in wanted.items()},
        by=by,
        origin=Origin.SUGGESTED,
    )
    # Without those where somebody was faster, or the schema was changed.
    taken = [each for each, outcome in outcomes.items() if not isinstance(outcome, Exception)]
    accepted = [row for sample in taken for row in wanted[sample]]
    _mark(acceptance, accepted)
    return len(accepted)
