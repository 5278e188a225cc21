"""Lets the annotators and the reviewer do some of Studio's work, so that each page has something to show."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.utils import timezone

from annotator.accounts.models import User
from annotator.annotation.actions import open_answer, save_value, skip, submit
from annotator.annotation.models import Answer
from annotator.datasets.models import Dataset, Sample, Variable
from annotator.demo import checkpoints
from annotator.demo.models import Step
from annotator.demo.sets import SETS
from annotator.demo.sets.demo_set import DemoSet
from annotator.errors import BadInput, Conflict, NotPermitted, WrongState
from annotator.push.jobs import push_sample
from annotator.queueing import enqueue_on_commit
from annotator.review.actions import approve, return_answer
from annotator.review.models import Review

# What is done with one sample each, in this order, and by whom.
ACTIONS = {
    "graded_cards": (
        *(("approve", author) for author in ("anna", "ben") * 3),
        *(("submit", author) for author in ("anna", "ben") * 3),
        ("return", "anna"),
        ("return", "ben"),
        ("draft", "anna"),
        ("skip", "ben"),
    ),
    "street_scenes": (
        *(("approve", author) for author in ("anna", "ben") * 2),
        *(("submit", author) for author in ("anna", "ben") * 2),
        ("draft", "ben"),
    ),
}
REFUSALS = (BadInput, Conflict, NotPermitted, WrongState)
CANDIDATES = 20
PACE = timedelta(seconds=40)  # for one answer


def step(step: Step) -> float | None:
    """One action; None when all are done or the dataset is not here."""
    dataset = Dataset.objects.filter(
        remote=step.demo.remote_id, remote_key=str(step.dataset_id), removed_at=None
    ).first()
    actions = ACTIONS[step.set_key]
    if dataset is None or step.demo.remote_id is None or step.done >= len(actions):
        return None
    action, author = actions[step.done]
    try:
        with transaction.atomic():
            sample = perform(action, dataset, SETS[step.set_key], author=author, step=step)
            checkpoints.count(step)
    except REFUSALS:  # a person was faster: the sample stays theirs
        checkpoints.count(step)
        return 0
    if sample is not None and action == "approve":
        enqueue_on_commit(push_sample, str(sample.pk))
    return 0


def perform(
    action: str, dataset: Dataset, demo_set: DemoSet, *, author: str, step: Step
) -> Sample | None:
    """One action on the first sample that nobody has begun; returns that sample."""
    people = {user.username: user for user in step.demo.studio.people.all()}
    sample, number = free_sample(dataset, demo_set)
    if sample is None or author not in people or "reviewer" not in people:
        return None
    answer = open_answer(sample, by=people[author])
    values = {
        variable: demo_set.ground_truth(number).values.get(variable.name)
        for variable in dataset.variables.live()
    }
    if action == "draft":
        begin(answer, values, by=people[author])
    elif action == "skip":
        skip(answer, reason="The photo is too dark to judge the corners.", by=people[author])
    elif action == "return":
        submit_and_return(answer, values, demo_set, number, people=people)
    else:
        submit(answer, values, by=people[author])
    if action == "approve":
        approve(answer, by=people["reviewer"], seen_rev=answer.rev)
    slow_down(answer, actions_left=len(ACTIONS[demo_set.key]) - step.done)
    return sample


def slow_down(answer: Answer, *, actions_left: int) -> None:
    """Date answer and review as if people had worked on them: the time left is estimated from that."""
    submitted_at = timezone.now() - actions_left * PACE
    mine = Answer.objects.filter(pk=answer.pk)
    mine.update(created_at=submitted_at - PACE)
    mine.exclude(submitted_at=None).update(submitted_at=submitted_at)
    mine.exclude(returned_at=None).update(returned_at=submitted_at + PACE)
    Review.objects.filter(answer=answer).update(created_at=submitted_at + PACE)


def free_sample(dataset: Dataset, demo_set: DemoSet) -> tuple[Sample | None, int]:
    """The first training sample to label that nobody has begun, and its number."""
    waiting = Sample.objects.in_dataset(dataset).filter(
        state=Sample.State.UNLABELED, test=False, answers=None, lease_holder=None
    )
    for sample in waiting.order_by("created_at", "id")[:CANDIDATES]:
        number = demo_set.number_of(sample.name)
        if number is not None:
            return sample, number
    return None, 0


def begin(answer: Answer, values: dict[Variable, Any], *, by: User) -> None:
    """Type the first two answers, and stop there."""
    for variable, value in list(values.items())[:2]:
        save_value(answer, variable, value, expected_rev=0, operation_id=uuid4(), by=by)


def submit_and_return(
    answer: Answer,
    values: dict[Variable, Any],
    demo_set: DemoSet,
    number: int,
    *,
    people: dict[str, User],
) -> None:
    """Submit with a mistake, for which the reviewer returns it."""
    assert demo_set.mistake is not None  # only sets with one have this action
    wrong, reason = demo_set.mistake(number)
    given = {variable: wrong.get(variable.name, value) for variable, value in values.items()}
    submit(answer, given, by=answer.author)
    field = next(variable for variable in given if variable.name in wrong)
    return_answer(answer, by=people["reviewer"], seen_rev=answer.rev, reason=reason, variable=field)
