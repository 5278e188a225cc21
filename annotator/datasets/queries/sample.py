"""What the page of one sample shows: its values with their history, its neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Prefetch, Q

from annotator.accounts.models import Membership, User
from annotator.datasets.models import Sample, ValueRevision, Variable, VariableValue


@dataclass(frozen=True)
class Line:
    """One line of a value's history, as it is read."""

    shown: str
    origin: str
    by: User | None
    at: Any
    reason: str


@dataclass(frozen=True)
class Held:
    """One variable and what the sample holds for it; `row` is None when nothing was ever set."""

    variable: Variable
    row: VariableValue | None
    shown: str
    history: list[Line] = field(default_factory=list)

    @property
    def is_set(self) -> bool:
        """Whether there is an answer now."""
        return self.row is not None and self.row.is_set


def held_values(sample: Sample, variables: Sequence[Variable]) -> list[Held]:
    """A row per variable, in the form's order. Two queries."""
    revisions = ValueRevision.objects.select_related("set_by").order_by("-rev")
    rows = {
        row.variable_id: row
        for row in sample.values.select_related("set_by").prefetch_related(
            Prefetch("history", queryset=revisions)
        )
    }
    return [_held(variable, rows.get(variable.pk)) for variable in variables]


def _held(variable: Variable, row: VariableValue | None) -> Held:
    if row is None:
        return Held(variable, None, "")
    history = [
        Line(
            variable.spec.display(revision.value) if revision.is_set else "cleared",
            revision.get_origin_display(),
            revision.set_by,
            revision.set_at,
            revision.reason,
        )
        for revision in row.history.all()
    ]
    shown = variable.spec.display(row.value) if row.is_set else ""
    return Held(variable, row, shown, history)


def neighbours(sample: Sample, member: Membership) -> tuple[Sample | None, Sample | None]:
    """The samples before and after it that the member is shown, in the order in which they came in."""
    samples = Sample.objects.filter(dataset=sample.dataset_id, removed_at=None)
    others = samples.filter(Sample.objects.shown_to(member))
    others = others.only("pk", "name")
    here = sample.created_at
    before = others.filter(created_at__lte=here).filter(
        Q(created_at__lt=here) | Q(pk__lt=sample.pk)
    )
    after = others.filter(created_at__gte=here).filter(Q(created_at__gt=here) | Q(pk__gt=sample.pk))
    return (
        before.order_by("-created_at", "-id").first(),
        after.order_by("created_at", "id").first(),
    )
