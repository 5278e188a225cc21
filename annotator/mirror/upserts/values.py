"""Values: a change on one side is kept; a change on both sides is a conflict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from annotator.datasets.actions import (
    RemoteValueUpdate,
    apply_remote_values,
    locked_states,
    update_completion,
)
from annotator.datasets.models import Dataset, Sample, Variable, VariableValue
from annotator.push.actions import reconcile_delivery
from annotator.push.compare import (
    Held,
    Verdict,
    base_of,
    ours_of,
    state_of,
    theirs_of,
    verdict,
)
from annotator.push.models import Delivery
from annotator.remote.shapes import RemoteSample

Rows = dict[tuple[object, object], VariableValue]


def upsert_values(
    dataset: Dataset,
    pairs: Sequence[tuple[Sample, RemoteSample]],
    variables: Sequence[Variable],
    *,
    read_at: datetime,
) -> Counter[str]:
    """Merge the values of these samples. `read_at`: when the remote was asked, before any answer.

    A remote that shows no values has unknown ones, never empty ones: nothing of the sample changes then.
    """
    states = locked_states(sample.pk for sample, _ in pairs)
    rows = _rows([sample for sample, _ in pairs])
    counts: Counter[str] = Counter()
    updates: list[RemoteValueUpdate] = []
    compared: list[tuple[VariableValue, Held]] = []
    for sample, remote_sample in pairs:
        mine = [rows.get((sample.pk, variable.pk)) for variable in variables]
        if remote_sample.values is None:
            known = sum(row is not None and row.remote_state is not None for row in mine)
            counts["hidden"] += max(0, (remote_sample.variables_count or 0) - known)
            continue
        for variable, row in zip(variables, mine, strict=True):
            theirs = theirs_of(variable, remote_sample.values)
            if row is None or not _in_flight(row, read_at):
                _compare(sample, variable, row, theirs, updates, compared)
    written = apply_remote_values(updates)
    counts["values_taken"] = len(written)
    # A new value has no delivery that could need an update.
    before = {item.row.pk for item in updates if item.row is not None}
    compared += [(row, ours_of(row.variable, row)) for row in written if row.pk in before]
    for row, theirs in compared:
        reconcile_delivery(row, theirs=theirs)
        counts["conflicts"] += _outcome(row.variable, row, theirs) is Verdict.BOTH
    if written:
        update_completion({row.sample for row in written}, states)
    return counts


def _compare(
    sample: Sample,
    variable: Variable,
    row: VariableValue | None,
    theirs: Held,
    updates: list[RemoteValueUpdate],
    compared: list[tuple[VariableValue, Held]],
) -> None:
    """Add to `updates` what only the remote changed, and to `compared` what is here already."""
    outcome = _outcome(variable, row, theirs)
    if outcome is Verdict.THEIRS:
        value = theirs.value if theirs.is_set else None
        state = state_of(theirs)
        updates.append(
            RemoteValueUpdate(
                sample=sample, variable=variable, row=row, value=value, remote_state=state
            )
        )
    elif row is not None:
        if outcome is Verdict.SAME and row.remote_state != state_of(theirs):
            row.remote_state = state_of(theirs)
            VariableValue.objects.filter(pk=row.pk).update(remote_state=row.remote_state)
        compared.append((row, theirs))


def _outcome(variable: Variable, row: VariableValue | None, theirs: Held) -> Verdict:
    return verdict(base=base_of(variable, row), ours=ours_of(variable, row), theirs=theirs)


def _rows(samples: Sequence[Sample]) -> Rows:
    rows = VariableValue.objects.filter(sample__in=samples).select_related(
        "variable", "sample", "delivery"
    )
    return {(row.sample_id, row.variable_id): row for row in rows}


def _in_flight(row: VariableValue, read_at: datetime) -> bool:
    """Whether a push may have changed the remote since it was read: then what was read is stale."""
    delivery: Delivery | None = getattr(row, "delivery", None)
    if delivery is None:
        return False
    sent_since = delivery.sent_at is not None and delivery.sent_at >= read_at
    return delivery.lease_id is not None or delivery.recheck_at is not None or sent_since
