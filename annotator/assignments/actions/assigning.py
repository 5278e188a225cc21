"""Assigning: the one statement that moves samples, and what people do with whole assignments."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Q

from annotator.accounts import audit
from annotator.accounts.models import Membership, User
from annotator.accounts.roles import Action
from annotator.annotation.models import Answer
from annotator.assignments.choosing import samples_of
from annotator.assignments.models import Distribution
from annotator.datasets.models import Assignment, Dataset, Sample, SampleQuerySet
from annotator.datasets.models.sample_queryset import LEASE
from annotator.errors import BadInput
from annotator.leases import reached

Team = tuple[int, ...]  # people's ids, sorted


def move(samples: SampleQuerySet, *, to: Assignment | None) -> int:
    """Assign the samples, or free them for all (None); how many changed. One statement.

    Those that do not await a label stay as they are, and so do those that somebody else has open: they are
    asked before anything is taken from them.
    """
    is_free = Q(lease_holder=None) | reached("leased_until", longest=LEASE)
    named = Assignment.people.through
    if to is not None:
        is_free |= Q(lease_holder__in=named.objects.filter(assignment=to).values("user"))
    return samples.filter(is_free, state=Sample.State.UNLABELED).update(assignment=to)


def assignments_to(
    dataset: Dataset, teams: Collection[Team], *, due_on: date | None, by: User | None
) -> dict[Team, Assignment]:
    """The dataset's assignments of exactly these people and this day, made where there is none.

    The caller has locked the dataset: see `lock`. Four queries at the most.
    """
    wanted = set(teams)
    same = Assignment.objects.filter(dataset=dataset, due_on=due_on).prefetch_related("people")
    there = {team_of(each): each for each in same if team_of(each) in wanted}
    missing = [team for team in dict.fromkeys(teams) if team not in there]
    made = Assignment.objects.bulk_create(
        Assignment(dataset=dataset, due_on=due_on, created_by=by) for _ in missing
    )
    named = Assignment.people.through
    named.objects.bulk_create(
        named(assignment_id=assignment.pk, user_id=person)
        for assignment, team in zip(made, missing, strict=True)
        for person in team
    )
    return there | dict(zip(missing, made, strict=True))


def team_of(assignment: Assignment) -> Team:
    """The people of an assignment."""
    return tuple(sorted(each.pk for each in assignment.people.all()))


def lock(dataset: Dataset) -> None:
    """Whoever assigns samples of the dataset waits until this transaction is done; labeling does not."""
    Dataset.objects.select_for_update(no_key=True).get(pk=dataset.pk)


def remove_empty(dataset: Dataset) -> None:
    """Forget assignments without samples."""
    with_samples = Sample.objects.filter(assignment__dataset=dataset).values("assignment")
    Assignment.objects.filter(dataset=dataset).exclude(pk__in=with_samples).delete()


@transaction.atomic
def start_distribution(dataset: Dataset, *, by: User, **choices: Any) -> Distribution:
    """Request that samples are assigned; the caller runs or enqueues it. Raises BadInput.

    `choices` are the columns of a Distribution.
    """
    ids = [person for person, _ in choices.get("shares", [])]
    members = Membership.objects.who_may(Action.LABEL).filter(workspace=dataset.workspace_id)
    if members.filter(user__in=ids).count() != len(set(ids)):
        raise BadInput("Choose people of this workspace.")
    distribution = Distribution(dataset=dataset, started_by=by, **choices)
    distribution.total = samples_of(distribution).count()
    if not distribution.total:
        raise BadInput(
            "None of these samples can be taken back: none is assigned and awaits a label."
            if distribution.takes_back
            else "None of these samples can be assigned: none awaits a label and is free."
        )
    distribution.save()
    verb = "take_back" if distribution.takes_back else "assign"
    _record(verb, dataset, by=by, samples=distribution.total)
    return distribution


@transaction.atomic
def hand_over(assignment: Assignment, *, to: User, by: User) -> int:
    """Give what is left of an assignment to another person, due on the same day; how many samples.

    What somebody has open, and what that person has answered or skipped already, stays.
    """
    dataset = assignment.dataset
    lock(dataset)
    team = (to.pk,)
    theirs = assignments_to(dataset, [team], due_on=assignment.due_on, by=by)[team]
    if theirs == assignment:
        raise BadInput(f"This is assigned to {to.display_name} already.")
    done = Answer.objects.filter(dataset=dataset, author=to, state__in=Answer.DONE_STATES)
    moved = move(
        Sample.objects.filter(assignment=assignment).exclude(pk__in=done.values("sample")),
        to=theirs,
    )
    remove_empty(dataset)
    _record("hand_over", dataset, by=by, samples=moved, person=to.display_name)
    return moved


@transaction.atomic
def take_back(assignment: Assignment, *, by: User) -> int:
    """Make what is left of an assignment free for all; how many samples. What somebody has open stays."""
    lock(assignment.dataset)
    moved = move(Sample.objects.filter(assignment=assignment), to=None)
    remove_empty(assignment.dataset)
    _record("take_back", assignment.dataset, by=by, samples=moved)
    return moved


@transaction.atomic
def change_due(assignment: Assignment, *, due_on: date | None, by: User) -> None:
    """Change the last day of an assignment; None: there is none."""
    if assignment.due_on == due_on:
        return
    Assignment.objects.filter(pk=assignment.pk).update(due_on=due_on)
    assignment.due_on = due_on
    _record("due", assignment.dataset, by=by, due=str(due_on or ""), people=assignment.names)


def _record(verb: str, dataset: Dataset, *, by: User, **detail: Any) -> None:
    audit.record(f"samples.{verb}", workspace=dataset.workspace, by=by, target=dataset, **detail)
