"""Takes back what a job accepted: the values, the answers, the suggestions' states."""

from __future__ import annotations

import time
import uuid

from django.db import transaction
from django.db.models import F

from annotator.accounts.models import User
from annotator.annotation.actions import save_value, undo_submit
from annotator.annotation.models import Answer
from annotator.datasets.actions import ValueUpdate, set_many
from annotator.datasets.models import Origin, Sample, VariableValue
from annotator.errors import BadInput, WrongState
from annotator.push.actions import enqueue_deliveries
from annotator.review.models import Acceptance
from annotator.suggestions.actions import keep_least_confidence, reopen
from annotator.suggestions.models import Suggestion

CHUNK = 100  # suggestions of one transaction


def undo_some(acceptance: Acceptance, *, seconds: float, after: int = 0) -> int | None:
    """Take back chunk by chunk for about `seconds`; the last suggestion's id, None when nothing is left.

    What was reviewed or changed since stays, and is counted as `kept`. Raises LeaseLost.
    """
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        rows = Suggestion.objects.filter(batch=acceptance.pk, pk__gt=after).order_by("pk")
        chunk = list(rows.select_related("sample__dataset", "variable")[:CHUNK])
        if not chunk:
            return None
        after = chunk[-1].pk
        with transaction.atomic():
            if acceptance.mode == Acceptance.Mode.REVIEW:
                undone = _answers(acceptance, chunk)
            else:
                undone = _values(acceptance, chunk)
            reopen(Suggestion.objects.filter(pk__in=[row.pk for row in undone]))
            keep_least_confidence(row.sample_id for row in undone)
            acceptance.renew(losses=0)
            Acceptance.objects.filter(pk=acceptance.pk).update(
                undone=F("undone") + len(undone), kept=F("kept") + len(chunk) - len(undone)
            )
    return after


def _values(acceptance: Acceptance, chunk: list[Suggestion]) -> list[Suggestion]:
    """Clear the accepted values that are still as the job left them."""
    samples = {row.sample_id: row.sample for row in chunk}
    there = VariableValue.objects.select_for_update().filter(
        sample__in=samples, variable__in={row.variable_id for row in chunk}, is_set=True
    )
    values = {(value.sample_id, value.variable_id): value for value in there.order_by("pk")}
    undone = []
    for row in chunk:
        value = values.get((row.sample_id, row.variable_id))
        is_ours = value is not None and value.origin == Origin.SUGGESTED
        if is_ours and row.variable.spec.holds(value.value, row.value):  # type: ignore[union-attr]  # is_ours
            undone.append(row)
    set_many(
        [
            ValueUpdate(
                sample=row.sample,
                variable=row.variable,
                value=None,
                origin=Origin.SUGGESTED,
                by=acceptance.started_by,
            )
            for row in undone
        ]
    )
    enqueue_deliveries([pk for pk, sample in samples.items() if sample.is_mirrored])
    return undone


def _answers(acceptance: Acceptance, chunk: list[Suggestion]) -> list[Suggestion]:
    """Take the values out of the person's answers that nobody has reviewed."""
    by = acceptance.started_by
    if by is None:
        return []
    by_sample: dict[Sample, list[Suggestion]] = {}
    for row in chunk:
        by_sample.setdefault(row.sample, []).append(row)
    undone: list[Suggestion] = []
    for sample, rows in by_sample.items():
        try:
            with transaction.atomic():
                undone += _answer(sample, rows, by=by)
        except (WrongState, BadInput):
            continue  # reviewed or changed since: it stays
    return undone


def _answer(sample: Sample, rows: list[Suggestion], *, by: User) -> list[Suggestion]:
    answer = Answer.objects.own(sample, by)
    if not answer.is_saved:
        return []
    if answer.is_submitted:
        undo_submit(answer, by=by)
    saved = {value.variable_id: value for value in answer.values.all()}
    undone = []
    for row in rows:
        value = saved.get(row.variable_id)
        if value is None or value.origin != Origin.SUGGESTED:
            continue
        save_value(
            answer,
            row.variable,
            None,
            expected_rev=value.rev,
            operation_id=uuid.uuid4(),
            by=by,
            origin=Origin.SUGGESTED,
            reason="Acceptance undone",
        )
        undone.append(row)
    sample.release(by)
    return undone
