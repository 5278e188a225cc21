"""Samples assigned one by one, each row for itself: what a script says about many."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from annotator.accounts import audit
from annotator.accounts.models import Membership, User
from annotator.accounts.roles import Action
from annotator.assignments.actions.assigning import assignments_to, lock, move, remove_empty
from annotator.datasets.models import Assignment, Dataset, Sample, SampleQuerySet
from annotator.errors import BadInput


@dataclass(frozen=True)
class AssignedRow:
    """To whom one sample is assigned; to nobody: it is free for all."""

    sample: uuid.UUID
    people: tuple[int, ...] = ()
    due_on: date | None = None


Key = tuple[Dataset, tuple[int, ...], date | None]


@transaction.atomic
def assign_rows(
    rows: Sequence[AssignedRow], *, samples: SampleQuerySet, by: Membership
) -> list[bool | BadInput]:
    """Whether each row changed anything, or why it is refused; a fixed number of statements for each team.

    `samples` are those that the member may see.
    """
    wanted = samples.filter(pk__in={row.sample for row in rows}).select_related(
        "dataset", "assignment", "lease_holder"
    )
    known = {sample.pk: sample for sample in wanted.prefetch_related("assignment__people")}
    members = Membership.objects.who_may(Action.LABEL).filter(workspace=by.workspace_id)
    people = {each.user_id: each.user for each in members.select_related("user")}
    outcomes: list[bool | BadInput] = [False] * len(rows)
    by_key: dict[Key, list[int]] = defaultdict(list)
    seen: set[uuid.UUID] = set()
    for index, row in enumerate(rows):
        try:
            by_key[_checked(row, known, people, seen)].append(index)
        except BadInput as refusal:
            outcomes[index] = refusal
    for dataset in sorted({key[0] for key in by_key}, key=lambda each: each.pk):
        lock(dataset)  # in one order: no deadlock
    for key, indexes in by_key.items():
        moved = [known[rows[index].sample] for index in indexes]
        for index, outcome in zip(indexes, _move(key, moved, by.user), strict=True):
            outcomes[index] = outcome
    for dataset in {key[0] for key in by_key}:
        remove_empty(dataset)
        audit.record("samples.assign", workspace=by.workspace, by=by.user, target=dataset)
    return outcomes


def _checked(
    row: AssignedRow,
    known: dict[uuid.UUID, Sample],
    people: dict[int, User],
    seen: set[uuid.UUID],
) -> Key:
    """Raises BadInput with what is wrong."""
    sample, team = known.get(row.sample), tuple(sorted(set(row.people)))
    if sample is None:
        raise BadInput(f"There is no sample {row.sample} in this workspace.")
    if row.sample in seen:
        raise BadInput("This sample is given twice in this call.")
    seen.add(row.sample)
    if unknown := [each for each in team if each not in people]:
        raise BadInput(f"There is no person {unknown[0]} in this workspace.")
    if len(team) > sample.answers_asked:
        asked = sample.answers_asked
        raise BadInput(f"At most {asked} {'person is' if asked == 1 else 'people are'} asked here.")
    return sample.dataset, team, row.due_on if team else None


def _move(key: Key, samples: Sequence[Sample], by: User) -> list[bool | BadInput]:
    """Of each sample whether it changed hands, or why it stays as it is."""
    dataset, team, due_on = key
    to = assignments_to(dataset, [team], due_on=due_on, by=by)[team] if team else None
    ids = [sample.pk for sample in samples]
    move(Sample.objects.filter(pk__in=ids), to=to)
    now = dict(Sample.objects.filter(pk__in=ids).values_list("pk", "assignment_id"))
    return [_outcome(sample, to, now.get(sample.pk), by) for sample in samples]


def _outcome(sample: Sample, to: Assignment | None, now: int | None, by: User) -> bool | BadInput:
    if now == (None if to is None else to.pk):
        return sample.assignment_id != now
    if sample.state != Sample.State.UNLABELED:
        return BadInput(f"This sample does not await a label: it is {sample.state}.")
    holder = sample.lease_holder.display_name if sample.lease_holder else "Somebody"
    return BadInput(f"{holder} has this sample open: ask them for it, or wait.")
