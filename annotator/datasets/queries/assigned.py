"""Whom samples are assigned to, in the gallery: the filter, its facet, the names on a card.

assigned=7 (a person's id); nobody; overdue: still to label though the last day is over
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import OuterRef, Q

from annotator.accounts.models import User
from annotator.datasets.models import Assignment, AssignmentCount, Sample, Variable
from annotator.datasets.models.dataset import today
from annotator.datasets.queries.extras import ExtraCondition
from annotator.json_rows import JsonRows

KEY = "assigned"
NOBODY, OVERDUE = "nobody", "overdue"
NAMED = Assignment.people.through.objects

# Of each sample of a query, the people it is assigned to.
ASSIGNEES = JsonRows(NAMED.filter(assignment=OuterRef("assignment")), "user_id")
# Of each dataset of a query, for `assigned_counts`: a row for each person, assignment and state.
KEPT_ASSIGNED = JsonRows(
    AssignmentCount.objects.filter(dataset=OuterRef("pk"), assignment__people__isnull=False),
    "assignment__people",
    "assignment_id",
    "assignment__due_on",
    "state",
    "number",
)


def read(given: Mapping[str, str], variables: Sequence[Variable]) -> list[ExtraCondition]:
    """The condition of an address, if any. Raises ValueError with what is wrong."""
    text = str(given.get(KEY, "")).strip()
    if not text:
        return []
    if text == NOBODY:
        return [ExtraCondition(KEY, "Assigned to nobody", lambda: Q(assignment=None))]
    if text == OVERDUE:
        late = Assignment.objects.filter(due_on__lt=today()).values("pk")
        is_late = Q(assignment__in=late, state=Sample.State.UNLABELED)
        return [ExtraCondition(KEY, "Overdue", lambda: is_late)]
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise ValueError("There is no such person.")
    mine = Q(assignment__in=Assignment.objects.to(int(text)).values("pk"))
    return [ExtraCondition(KEY, "Assigned to", lambda: mine, person=int(text))]


def assigned_counts(kept: Iterable[Sequence[Any]]) -> Counter[str]:
    """Samples by what follows `assigned=`, from the rows of the dataset's KEPT_ASSIGNED.

    Those of several people count for each; ALL counts them once.
    """
    counts: Counter[str] = Counter()
    seen: dict[int, int] = {}
    for user_id, assignment, due_on, state, number in kept:
        counts[str(user_id)] += number
        if seen.setdefault(assignment, user_id) != user_id:
            continue
        counts[ALL] += number
        if state == Sample.State.UNLABELED and due_on is not None and due_on < str(today()):
            counts[OVERDUE] += number
    return +counts


ALL = "all"


def names_of(user_ids: Iterable[int], people: Sequence[User]) -> str:
    """“Anna, Ben”, of those who are still members."""
    names = {person.pk: person.display_name for person in people}
    return ", ".join(sorted(names[each] for each in user_ids if each in names))
