"""Values that a script sets in a dataset where they are suggestions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from annotator.accounts.models import User
from annotator.datasets.models import Origin, Sample, Variable, VariableValue
from annotator.errors import BadInput
from annotator.suggestions.actions.proposing import Proposal, propose, source_of
from annotator.suggestions.models import Source


@transaction.atomic
def propose_script_values(
    values: Mapping[tuple[Sample, Variable], Any], *, by: User
) -> list[VariableValue]:
    """Propose them in the name of this person's scripts; None takes back.

    Gives, in order, unsaved values of revision 0 as the wire shape shows them. Raises BadInput for a value
    that its variable does not allow: who sets one value is told at once.
    """
    if not values:
        return []
    sample = next(iter(values))[0]
    source = source_of(
        sample.dataset.workspace,
        kind=Source.Kind.SCRIPT,
        name=f"Scripts of {by.display_name}"[: Source.NAME_LENGTH],
    )
    proposals = [
        Proposal(sample=sample, variable=variable, value=value)
        for (sample, variable), value in values.items()
    ]
    outcomes = propose(source, proposals)
    rows = []
    for each, outcome in zip(proposals, outcomes, strict=True):
        if outcome.invalid_reason:
            message = f"{each.variable.name}: {outcome.invalid_reason}"
            fields = {each.variable.name: [outcome.invalid_reason]}
            raise BadInput(message, fields=fields)
        canonical = None if each.value is None else each.variable.spec.check(each.value)
        rows.append(
            VariableValue(
                sample=each.sample,
                variable=each.variable,
                value=canonical,
                is_set=canonical is not None,
                rev=0,
                origin=Origin.SUGGESTED,
            )
        )
    return rows
