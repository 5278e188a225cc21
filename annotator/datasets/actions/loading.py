"""Many samples with their values at once, for loaders: the same rules in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from annotator.accounts.models import User
from annotator.datasets.actions.completion import first_states, hold_schema
from annotator.datasets.actions.samples import create_samples
from annotator.datasets.actions.writing import changed_rules, checked_value, write_first_values
from annotator.datasets.models import Dataset, Sample, Variable


@transaction.atomic
def create_labelled_samples(
    dataset: Dataset,
    rows: Sequence[tuple[dict[str, Any], Mapping[Variable, Any]]],
    *,
    origin: str,
    by: User | None,
) -> list[Sample]:
    """New samples with their first values, in the order given. Each row: fields as of `create_samples`,
    and values that went through `checked_value`. Raises BadInput when the rules no longer allow one.
    """
    hold_schema(dataset)
    variables = {variable.pk: variable for variable in dataset.variables.all()}
    given = _under_present_rules([values for _, values in rows], variables)
    states = first_states(([each for each, _ in pairs] for pairs in given), variables.values())
    fields = [{**row, "state": state} for (row, _), state in zip(rows, states, strict=True)]
    samples = create_samples(dataset, fields, by=by)
    write_first_values(
        (sample.pk, variable, value, origin, by)
        for sample, pairs in zip(samples, given, strict=True)
        for variable, value in pairs
    )
    return samples


def _under_present_rules(
    rows: Sequence[Mapping[Variable, Any]], variables: Mapping[Any, Variable]
) -> list[list[tuple[Variable, Any]]]:
    """What each row gives, by the rules of now, which are compared once for each variable."""
    changed = changed_rules((variable for values in rows for variable in values), variables)

    def present(variable: Variable, value: Any) -> Any:
        return checked_value(changed[id(variable)], value) if id(variable) in changed else value

    # As pairs: a variable's hash takes longer than all else here.
    checked = ([(each, present(each, value)) for each, value in row.items()] for row in rows)
    return [[pair for pair in pairs if pair[1] is not None] for pairs in checked]
