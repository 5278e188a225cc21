"""Many samples and many values at once, for loaders: the same rules in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from annotator.accounts.models import User
from annotator.datasets.actions.completion import update_completion
from annotator.datasets.actions.samples import create_samples
from annotator.datasets.actions.values import is_unchanged, typed_columns
from annotator.datasets.models import Dataset, Sample, ValueRevision, Variable, VariableValue
from annotator.errors import Conflict

CHANGED = [
    "value",
    "is_set",
    "rev",
    "origin",
    "set_by",
    "set_at",
    "invalid_since",
    "invalid_reason",
    "number",
    "text",
    "truth",
]


@dataclass(frozen=True, kw_only=True)
class Given:
    """One value to set. `value` went through `checked_value`; None takes the value away."""

    sample: Sample
    variable: Variable
    value: Any


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
    set_many(
        [
            Given(sample=sample, variable=variable, value=value)
            for sample, (_, values) in zip(samples, rows, strict=True)
            for variable, value in values.items()
        ],
        origin=origin,
        by=by,
    )
    return samples


@transaction.atomic(savepoint=False)  # SQLite keeps a copy of each page that follows one, in memory
def set_many(given: Sequence[Given], *, origin: str, by: User | None) -> list[VariableValue | None]:
    """`set_value` for many: the row of each, in the order given; None where nothing was and nothing is.

    Every sample and variable come together once at most. Raises Conflict, and writes nothing, when
    somebody else gives one of the samples its first value at this moment.
    """
    present = _present(given)
    fresh: list[VariableValue] = []
    changed: list[VariableValue] = []
    found: list[VariableValue | None] = []
    for item in given:
        row = present.get((item.sample.pk, item.variable.pk))
        if row is None and item.value is None:
            found.append(None)
            continue
        if row is None:
            row = VariableValue(sample=item.sample, variable=item.variable, rev=0)
            fresh.append(row)
        elif is_unchanged(row, item.variable, item.value):
            found.append(row)
            continue
        else:
            changed.append(row)
        _take(row, item, origin=origin, by=by)
        found.append(row)
    _write(fresh, changed)
    update_completion({item.sample for item in given})
    return found


def _present(given: Sequence[Given]) -> dict[tuple[Any, Any], VariableValue]:
    """The rows that are there, locked until the transaction ends."""
    rows = VariableValue.objects.select_for_update().filter(
        sample__in={item.sample.pk for item in given},
        variable__in={item.variable.pk for item in given},
    )
    return {(row.sample_id, row.variable_id): row for row in rows.order_by("pk")}


def _take(row: VariableValue, item: Given, *, origin: str, by: User | None) -> None:
    columns = {
        "value": item.value,
        "is_set": item.value is not None,
        "rev": row.rev + 1,
        "origin": origin,
        "set_by": by,
        "set_at": timezone.now(),
        "invalid_since": None,
        "invalid_reason": "",
        **typed_columns(item.variable, item.value),
    }
    for name, value in columns.items():
        setattr(row, name, value)


def _write(fresh: list[VariableValue], changed: list[VariableValue]) -> None:
    try:
        with transaction.atomic(savepoint=False):
            VariableValue.objects.bulk_create(fresh, batch_size=500)
    except IntegrityError as error:
        raise Conflict("One of these was set by somebody else at the same moment.") from error
    # The rows are there and locked: nothing is inserted. A bulk_update takes ten times as long.
    VariableValue.objects.bulk_create(
        changed, batch_size=500, update_conflicts=True, unique_fields=["id"], update_fields=CHANGED
    )
    ValueRevision.objects.bulk_create(
        [
            ValueRevision(
                value_row=row,
                rev=row.rev,
                value=row.value,
                is_set=row.is_set,
                origin=row.origin,
                set_by=row.set_by,
                set_at=row.set_at,
            )
            for row in fresh + changed
        ],
        batch_size=500,
    )
