"""Many samples are shared out among people: evenly or by weights, groups together, up to a limit each."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import F

from annotator.accounts.models import Membership
from annotator.accounts.roles import Action
from annotator.annotation.actions.collecting import STATES_OF_ASKED
from annotator.annotation.models import Answer
from annotator.assignments.actions.assigning import (
    Team,
    assignments_to,
    lock,
    move,
    remove_empty,
    team_of,
)
from annotator.assignments.choosing import samples_of
from annotator.assignments.models import Distribution
from annotator.datasets.models import Sample

CHUNK = 1000  # samples of one transaction
READ = ("id", "dataset_id", "name", "extra_answers", "meta_data", "input_meta_data")


@dataclass
class Plan:
    """Who gets the next sample: who has the least for their weight, and may still take one."""

    weights: dict[int, int]
    most_each: int | None = None
    given: dict[int, int] = field(default_factory=dict)
    teams: dict[Any, Team] = field(default_factory=dict)  # by group

    def team_for(self, group: Any, number: int, *, without: set[int]) -> Team:
        """`number` people, fewer when not as many are left; those who have the group's other samples first.

        `without` are people who have answered or skipped the sample already.
        """
        able = [each for each in self.weights if each not in without and self._has_room(each)]
        together = set(self.teams.get(group, ())) if group is not None else set()
        able.sort(key=lambda each: (each not in together, self.load(each), each))
        team = tuple(sorted(able[:number]))
        if group is not None:
            self.teams.setdefault(group, team)
        for each in team:
            self.given[each] = self.given.get(each, 0) + 1
        return team

    def load(self, person: int) -> float:
        """How much the person has got for their weight."""
        return self.given.get(person, 0) / self.weights[person]

    def _has_room(self, person: int) -> bool:
        return self.most_each is None or self.given.get(person, 0) < self.most_each

    def deduct(self, team: Team, number: int) -> None:
        """Note that these people did not get so many samples after all."""
        for each in team:
            self.given[each] -= number


def distribute_some(distribution: Distribution, *, seconds: float) -> bool:
    """Assign chunk by chunk for about `seconds`; whether something is left. Raises LeaseLost."""
    until = time.monotonic() + seconds
    plan = _plan(distribution)
    while time.monotonic() < until:
        samples = samples_of(distribution).order_by("pk").only(*READ)
        if distribution.after is not None:
            samples = samples.filter(pk__gt=distribution.after)
        chunk = list(samples[:CHUNK])
        if not chunk:
            return False
        with transaction.atomic():
            lock(distribution.dataset)
            plan.weights = _weights(distribution)
            moved = _assign(distribution, plan, chunk)
            given = {str(person): number for person, number in plan.given.items()}
            distribution.renew(after=chunk[-1].pk, losses=0, given=given)
            Distribution.objects.filter(pk=distribution.pk).update(
                done=F("done") + len(chunk), assigned=F("assigned") + moved
            )
            remove_empty(distribution.dataset)
    return True


def _weights(distribution: Distribution) -> dict[int, int]:
    """Those of the people who are still members; none of them leaves before this transaction is done."""
    shares = dict(distribution.shares)
    members = Membership.objects.who_may(Action.LABEL).filter(
        workspace=distribution.dataset.workspace_id, user__in=shares
    )
    locked = members.select_for_update(no_key=True, of=("self",)).order_by("pk")
    return {each.user_id: shares[each.user_id] for each in locked}


def _plan(distribution: Distribution) -> Plan:
    """With what a worker before has given."""
    given = {int(person): number for person, number in distribution.given.items()}
    plan = Plan(dict(distribution.shares), distribution.most_each, given)
    if distribution.grouping and distribution.after is not None:
        before = Sample.objects.in_dataset(distribution.dataset).filter(
            pk__lte=distribution.after, assignment__isnull=False, state=Sample.State.UNLABELED
        )
        teams = _teams(distribution)
        for sample in before.only(*READ, "assignment").iterator(chunk_size=CHUNK):
            plan.teams.setdefault(distribution.group_of(sample), teams[sample.assignment_id])
    return plan


def _teams(distribution: Distribution) -> dict[int | None, Team]:
    assignments = distribution.dataset.assignments.prefetch_related("people")
    return {each.pk: team_of(each) for each in assignments}


def _assign(distribution: Distribution, plan: Plan, chunk: Sequence[Sample]) -> int:
    """How many of these samples changed hands: one statement for each team."""
    if distribution.takes_back:
        return move(Sample.objects.filter(pk__in=[each.pk for each in chunk]), to=None)
    done = defaultdict(set)
    answers = Answer.objects.filter(sample__in=chunk, state__in=STATES_OF_ASKED)
    for sample_id, author in answers.values_list("sample_id", "author_id"):
        done[sample_id].add(author)
    by_team: dict[Team, list[Any]] = defaultdict(list)
    for sample in chunk:
        sample.dataset = distribution.dataset
        asked = max(1, sample.answers_asked - len(done[sample.pk]))
        group = distribution.group_of(sample) if distribution.grouping else None
        by_team[plan.team_for(group, asked, without=done[sample.pk])].append(sample.pk)
    by_team.pop((), None)  # nobody is left who could take them
    assignments = assignments_to(
        distribution.dataset, by_team, due_on=distribution.due_on, by=distribution.started_by
    )
    moved = 0
    for team, ids in by_team.items():
        number = move(Sample.objects.filter(pk__in=ids), to=assignments[team])
        plan.deduct(team, len(ids) - number)
        moved += number
    return moved
