"""What the page about assignments shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Sum

from annotator.accounts.models import Membership, User
from annotator.accounts.roles import Action
from annotator.datasets.models import Assignment, AssignmentCount, Dataset, Sample
from annotator.ui.charts import Part, stacked

MOST_OPEN = 100  # samples that are listed as open
STATES = [(state.value, state.label) for state in Sample.State]
ORDER = ["approved", "submitted", "returned", "skipped", "unlabeled"]


@dataclass(frozen=True)
class AssignmentRow:
    """An assignment with its samples by state."""

    assignment: Assignment
    counts: Counter[str]

    @property
    def total(self) -> int:
        """All its samples."""
        return sum(self.counts.values())

    @property
    def left(self) -> int:
        """Those that await a label."""
        return self.counts[Sample.State.UNLABELED]

    @property
    def is_overdue(self) -> bool:
        """Whether some are left though the last day is over."""
        return self.left > 0 and self.assignment.is_overdue

    @property
    def parts(self) -> list[Part]:
        """The counts as one bar."""
        labels = dict(STATES)
        return stacked([(state, labels[state], self.counts[state]) for state in ORDER])


@dataclass
class PersonRow:
    """A member with what is assigned to them."""

    user: User
    counts: Counter[str] = field(default_factory=Counter)
    overdue: int = 0

    @property
    def parts(self) -> list[Part]:
        """As of an AssignmentRow."""
        labels = dict(STATES)
        return stacked([(state, labels[state], self.counts[state]) for state in ORDER])

    @property
    def left(self) -> int:
        """Samples that await a label."""
        return self.counts[Sample.State.UNLABELED]

    @property
    def total(self) -> int:
        """All samples."""
        return sum(self.counts.values())


def members_of(dataset: Dataset) -> list[User]:
    """The people who can be asked, by name."""
    members = Membership.objects.who_may(Action.LABEL).filter(workspace=dataset.workspace_id)
    people = [each.user for each in members.select_related("user")]
    return sorted(people, key=lambda each: (each.display_name.casefold(), each.pk))


def assignment_rows(dataset: Dataset) -> list[AssignmentRow]:
    """The dataset's assignments: what is left first, the first due first; three queries."""
    counts: dict[int, Counter[str]] = {}
    kept = AssignmentCount.objects.filter(dataset=dataset).values_list("assignment_id", "state")
    for assignment, state, number in kept.annotate(Sum("number")):
        counts.setdefault(assignment, Counter())[state] += number
    assignments = Assignment.objects.filter(dataset=dataset).prefetch_related("people")
    rows = [AssignmentRow(each, counts.get(each.pk, Counter())) for each in assignments]
    return sorted(
        (row for row in rows if row.total),
        key=lambda row: (
            not row.left,
            row.assignment.due_on is None,
            row.assignment.due_on or row.assignment.created_at.date(),
            row.assignment.names,
        ),
    )


def person_rows(people: Sequence[User], rows: Sequence[AssignmentRow]) -> list[PersonRow]:
    """The members in order with what is assigned to them; a sample of several counts for each. No query."""
    by_person = {person.pk: PersonRow(person) for person in people}
    for row in rows:
        for person in row.assignment.people.all():
            mine = by_person.get(person.pk)
            if mine is not None:
                mine.counts.update(row.counts)
                mine.overdue += row.left if row.is_overdue else 0
    return list(by_person.values())


def open_samples(dataset: Dataset) -> list[Sample]:
    """Samples that somebody has open now, since longest first; at most MOST_OPEN. One query."""
    held = Sample.objects.in_dataset(dataset).held().filter(lease_holder__isnull=False)
    held = held.select_related("lease_holder", "lease_wanted_by").order_by("leased_at", "id")
    return list(held[:MOST_OPEN])
