"""Many samples with their values at once, for loaders: the same rules in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from annotator.accounts.models import User
from annotator.datasets.actions.samples import create_samples
from annotator.datasets.actions.values import ValueUpdate, set_first_values
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
    and values that went through `checked_value`.
    """
    samples = create_samples(dataset, [fields for fields, _ in rows], by=by)
    set_first_values(
        [
            ValueUpdate(sample=sample, variable=variable, value=value, origin=origin, by=by)
            for sample, (_, values) in zip(samples, rows, strict=True)
            for variable, value in values.items()
        ]
    )
    return samples
