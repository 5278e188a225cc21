"""Writes what a model predicted as suggestions, together with the checkpoint of the job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F

from annotator.datasets import texts
from annotator.datasets.models import Sample, Variable
from annotator.datasets.rendering import learned_template, plain_template
from annotator.errors import BadInput
from annotator.predictions.models import Prediction
from annotator.suggestions.actions import Proposal, propose, share
from annotator.suggestions.models import Source
from annotator.variables import Reading, TemplateRefused, read


@dataclass(frozen=True, kw_only=True)
class Predicted:
    """What a model said about one sample: values by variable name, or the raw text of its answer.

    `problem` says why there is nothing to suggest.
    """

    sample: UUID
    values: Mapping[str, Any] = field(default_factory=dict)
    confidence: Mapping[str, Any] = field(default_factory=dict)
    raw: str = ""
    problem: str = ""


def read_answer(sample: Sample, variables: Sequence[Variable], raw: str) -> Reading:
    """The values in a model's answer, read back by the template it was trained with.

    Raises BadInput when the template itself cannot be used.
    """
    specs = tuple(variable.spec for variable in variables)
    template = texts.result_template(sample)
    content, format_name = template.content, sample.dataset.result_format
    if template.source == "none":
        content, format_name = plain_template(specs), "json"
    try:
        return read(learned_template(content, format_name, specs), raw)
    except TemplateRefused as refusal:
        raise BadInput(f"The result template can't be used. {refusal}") from refusal


@transaction.atomic
def record(
    prediction: Prediction,
    source: Source,
    variables: Sequence[Variable],
    predicted: Sequence[Predicted],
    **counts: int,
) -> None:
    """Write suggestions of some samples, in order, and the checkpoint behind the last of them.

    `counts` are added to the job's columns of these names. Renews the lease: raises LeaseLost when another
    worker has the job, and then nothing is written.
    """
    if not predicted:
        return
    by_id = Sample.objects.select_related("dataset").in_bulk([each.sample for each in predicted])
    proposals: list[Proposal] = []
    failed, problem = 0, ""
    for each in predicted:
        sample = by_id.get(each.sample)
        try:
            given = _proposals(sample, variables, each) if sample and not each.problem else []
            problem = each.problem or problem
        except BadInput as refusal:
            given, problem = [], str(refusal)
        failed += not given
        proposals += given
    outcomes = [] if prediction.is_trial else propose(source, proposals)
    added = {name: F(name) + number for name, number in counts.items()}
    Prediction.objects.filter(pk=prediction.pk).active().renew(
        prediction.lease_id,
        after=predicted[-1].sample,
        done=F("done") + len(predicted),
        suggested=F("suggested") + sum(outcome.is_changed for outcome in outcomes),
        invalid=F("invalid") + sum(bool(outcome.invalid_reason) for outcome in outcomes),
        failed=F("failed") + failed,
        losses=0,
        **({"message": problem[:500]} if problem else {}),
        **added,
    )


def _proposals(
    sample: Sample, variables: Sequence[Variable], predicted: Predicted
) -> list[Proposal]:
    values = dict(predicted.values)
    if not values and predicted.raw:
        reading = read_answer(sample, variables, predicted.raw)
        values = reading.values
        if not values and reading.problems:
            raise BadInput(next(iter(reading.problems.values())))
    by_name = {variable.name: variable for variable in variables}
    return [
        Proposal(
            sample=sample,
            variable=by_name[name],
            value=value,
            confidence=share(name, predicted.confidence.get(name)),
            raw_text=predicted.raw,
        )
        for name, value in values.items()
        if name in by_name and value is not None
    ]
