"""Accepted values are compared with what every source suggests, sample by sample."""

from __future__ import annotations

import hashlib
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Q
from django.utils import timezone

from annotator.accounts.models import User
from annotator.agreement.rules import difference
from annotator.annotation.comparing import agree_on
from annotator.datasets.models import Dataset, Sample, Variable, VariableValue
from annotator.disagreements.models import (
    NOT_GIVEN,
    Comparison,
    Disagreement,
    DisagreementCount,
)
from annotator.predictions.models import Prediction
from annotator.suggestions.models import Suggestion
from annotator.variables import ValueRefused, to_json

CHUNK = 500  # samples of one transaction
MOST_COMMON = 1_000  # pairs of one dataset that are counted
State = Comparison.State
Key = tuple[uuid.UUID, uuid.UUID, int]  # sample, variable, source
VALUES = ["accepted", "suggested"]
MEASURED = [*VALUES, "accepted_rev", "confidence", "size", "pair"]
WRITTEN = [*MEASURED, "common", "verdict", "judged_by", "judged_at"]


def start_comparison(dataset: Dataset, *, by: User | None) -> Comparison:
    """Request that the dataset is compared anew; the one that goes on if any. The caller enqueues it."""
    total = _samples(dataset).count()
    comparison, is_new = Comparison.objects.get_or_create(
        dataset=dataset, defaults={"started_by": by, "total": total}
    )
    ended = Comparison.objects.filter(pk=comparison.pk).exclude(state=State.RUNNING)
    if not is_new:
        ended.update(
            state=State.RUNNING,
            started_by=by,
            started_at=timezone.now(),
            ended_at=None,
            after=None,
            after_at=None,
            total=total,
            done=0,
            error="",
        )
        comparison.refresh_from_db()
    return comparison


def start_due() -> None:
    """Start where a model has predicted labeled samples since the last comparison began."""
    ended = Prediction.objects.filter(
        is_trial=False, is_unlabeled_only=False, suggested__gt=0, ended_at__isnull=False
    )
    compared = Q(dataset__comparison__started_at__gte=F("ended_at"))
    due = ended.exclude(compared).exclude(dataset__comparison__state=State.RUNNING)
    due = due.filter(dataset__removed_at=None).order_by()
    for dataset in Dataset.objects.filter(pk__in=due.values("dataset")):
        start_comparison(dataset, by=None)


def _samples(dataset: Dataset) -> Any:
    """The samples whose values people stand for, in the order in which they came."""
    samples = Sample.objects.in_dataset(dataset).filter(state=Sample.State.APPROVED)
    return samples.order_by("created_at", "id")


def compare_some(comparison: Comparison, *, seconds: float) -> bool:
    """Compare chunk by chunk for about `seconds`; whether something is left. Raises LeaseLost."""
    until = time.monotonic() + seconds
    variables = {each.pk: each for each in Variable.objects.asked_in(comparison.dataset)}
    while time.monotonic() < until:
        samples = _samples(comparison.dataset)
        if comparison.after_at is not None:
            samples = samples.filter(
                Q(created_at__gt=comparison.after_at) | Q(id__gt=comparison.after),
                created_at__gte=comparison.after_at,
            )
        chunk = list(samples.only("created_at")[:CHUNK])
        with transaction.atomic():
            if not chunk:
                _end(comparison)
                return False
            _compare([sample.pk for sample in chunk], variables)
            last = chunk[-1]
            comparison.renew(
                after=last.pk, after_at=last.created_at, done=F("done") + len(chunk), losses=0
            )
    return True


@dataclass(frozen=True)
class Said:
    """What both sides say of one variable of one sample."""

    accepted: Any
    rev: int
    suggested: Any
    confidence: float

    def columns(self, variable: Variable) -> dict[str, Any]:
        """Of a row that nobody has judged."""
        pair = to_json([self.accepted, self.suggested]).encode()
        return {
            "accepted": self.accepted,
            "accepted_rev": self.rev,
            "suggested": self.suggested,
            "confidence": self.confidence,
            "size": difference(variable.spec.type_rules, self.accepted, self.suggested),
            "pair": hashlib.sha256(pair).hexdigest()[:32],
            "common": 1,
            "verdict": "",
            "judged_by": None,
            "judged_at": None,
        }


def _compare(ids: Sequence[uuid.UUID], variables: Mapping[uuid.UUID, Variable]) -> None:
    """Bring the disagreements of these samples up to date. What was judged and is still so stays.

    The rows are locked before anything else is read, so that a verdict given meanwhile is kept.
    """
    known = Disagreement.objects.filter(sample__in=ids, variable__in=variables)
    rows = list(known.select_for_update().order_by("pk"))
    differing = _differing(ids, variables)
    changed, gone = [], []
    for row in rows:
        said = differing.pop((row.sample_id, row.variable_id, row.source_id), None)
        if said is None:
            gone += [] if row.verdict else [row.pk]
            continue
        columns = said.columns(variables[row.variable_id])
        compared = VALUES if row.verdict else MEASURED
        if any(getattr(row, name) != columns[name] for name in compared):
            for name, value in columns.items():
                setattr(row, name, value)
            changed.append(row)
    Disagreement.objects.filter(pk__in=gone).delete()
    Disagreement.objects.bulk_update(changed, WRITTEN, batch_size=100)
    Disagreement.objects.bulk_create(
        [
            Disagreement(
                sample_id=sample,
                variable_id=variable,
                source_id=source,
                **said.columns(variables[variable]),
            )
            for (sample, variable, source), said in differing.items()
        ],
        batch_size=CHUNK,
    )


def _differing(
    ids: Sequence[uuid.UUID], variables: Mapping[uuid.UUID, Variable]
) -> dict[Key, Said]:
    """Where the newest suggestion of a source does not agree with a legal accepted value. Two queries."""
    rows = VariableValue.objects.legal().filter(sample__in=ids, variable__in=variables)
    accepted = {
        (sample, variable): (value, rev)
        for sample, variable, value, rev in rows.values_list("sample", "variable", "value", "rev")
    }
    suggestions = Suggestion.objects.filter(
        sample__in=ids, variable__in=variables, invalid_reason=""
    ).exclude(state=Suggestion.State.SUPERSEDED)
    columns = ("sample", "variable", "source", "value", "confidence")
    differing: dict[Key, Said] = {}
    for sample, variable, source, value, confidence in suggestions.order_by("pk").values_list(
        *columns
    ):
        given, rev = accepted.get((sample, variable), (None, 0))
        differing.pop((sample, variable, source), None)  # what it said before
        if given is not None and differ(variables[variable], given, value):
            said = Said(given, rev, value, NOT_GIVEN if confidence is None else confidence)
            differing[sample, variable, source] = said
    return differing


def differ(variable: Variable, accepted: Any, suggested: Any) -> bool:
    """Whether they don't agree by the variable's rule; a value that it allows no more differs from none."""
    if accepted == suggested:
        return False
    try:
        variable.spec.check(suggested)
    except ValueRefused:
        return False
    return not agree_on(variable, accepted, suggested)


def _end(comparison: Comparison) -> None:
    """Drop what is no longer asked, and count how common each pair of values is."""
    rows = Disagreement.objects.of(comparison.dataset).waiting()
    stale = ~Q(sample__state=Sample.State.APPROVED) | Q(sample__removed_at__isnull=False)
    Disagreement.objects.filter(pk__in=rows.filter(stale).values("pk")).delete()
    pairs = rows.order_by().values_list("variable", "source", "pair").annotate(number=Count("pk"))
    top = pairs.filter(number__gt=1).order_by("-number")[:MOST_COMMON]
    common = {(variable, source, pair): number for variable, source, pair, number in top}
    kept = DisagreementCount.objects.waiting().exclude(pair="")
    kept = kept.filter(variable__in=comparison.dataset.variables.live())
    for key in {*common, *kept.values_list("variable", "source", "pair")}:
        of_pair = rows.filter(**dict(zip(("variable", "source", "pair"), key, strict=True)))
        number = common.get(key, 1)
        of_pair.exclude(common=number).update(common=number)
