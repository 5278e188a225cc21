"""Lets the annotators and the reviewer do some of Studio's work, so that each page has something to show."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.utils import timezone

from annotator.accounts.models import Membership, User
from annotator.annotation.actions import (
    available_gold,
    open_answer,
    prepare_gold,
    save_value,
    skip,
    submit,
)
from annotator.annotation.gold import test_of
from annotator.annotation.models import Answer, Effort
from annotator.annotation.suggested import shown_for
from annotator.comments.actions import add_comment
from annotator.datasets.actions import mark_gold, update_dataset
from annotator.datasets.models import Dataset, Origin, Sample, Variable
from annotator.demo import checkpoints
from annotator.demo.models import Step
from annotator.demo.sets import SETS
from annotator.demo.sets.demo_set import DemoSet
from annotator.errors import BadInput, Conflict, NotPermitted, WrongState
from annotator.push.jobs import push_sample
from annotator.queueing import enqueue_on_commit
from annotator.review.actions import approve, return_answer
from annotator.review.models import Review

GOLD_SAMPLES = 12  # as many as a score with an interval needs, and some more
GOLD_RULES = {"gold_every": 10, "gold_least_percent": 60, "gold_least_answers": 5}
MISTAKEN = 4  # one gold sample in so many is answered with a mistake
# What is done with one sample each, in this order, and by whom.
ACTIONS = {
    "graded_cards": (
        *(("approve", author) for author in ("anna", "ben") * 3),
        *(("submit", author) for author in ("anna", "ben") * 2),
        ("ask", "anna"),
        ("ask", "ben"),
        *(("gold", author) for author in ("anna", "ben") * GOLD_SAMPLES),
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
LOOK_MS, KEY_MS = 4_000, 250  # of a person: at one sample, and each key
PACE = timedelta(seconds=40)  # for one answer


def step(step: Step) -> float | None:
    """One action; None when all are done or the dataset is not here."""
    dataset = step.studio_dataset()
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
    """One action on the first sample that nobody has begun, or on a gold one; returns that sample."""
    people = {user.username: user for user in step.demo.studio.people.all()}
    if action == "gold":
        answer = answer_gold(dataset, demo_set, by=people.get(author), admin=people.get("admin"))
    else:
        answer = answer_fresh(action, dataset, demo_set, author=author, people=people)
    if answer is None:
        return None
    slow_down(answer, actions_left=len(ACTIONS[demo_set.key]) - step.done)
    return answer.sample


def answer_fresh(
    action: str, dataset: Dataset, demo_set: DemoSet, *, author: str, people: dict[str, User]
) -> Answer | None:
    """One action on the first sample that nobody has begun."""
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
        submit_as_shown(answer, values, by=people[author])
    if action == "approve":
        approve(answer, by=people["reviewer"], seen_rev=answer.rev)
    elif action == "ask":
        ask(answer, by=people["reviewer"])
    return answer


def submit_as_shown(answer: Answer, values: dict[Variable, Any], *, by: User) -> None:
    """Submit as the labeling page does, where suggestions fill the form, in the time that a person takes."""
    values = {v: None if each is None else v.spec.check(each) for v, each in values.items()}
    sample = answer.sample
    member = Membership.objects.get(user=by, workspace=sample.dataset.workspace_id)
    by_variable = shown_for(answer, member)
    shown = {each: by_variable[each.pk][0] for each in values if each.pk in by_variable}
    origins = {
        each: Origin.SUGGESTED if each.spec.holds(row.value, values[each]) else Origin.EDITED
        for each, row in shown.items()
    }
    typed = [v for v in values if origins.get(v) != Origin.SUGGESTED]
    keys = 1 + sum(len(v.spec.display(values[v])) for v in typed)
    submit(
        answer,
        values,
        by=by,
        origins=origins,
        shown=[row.pk for row in shown.values()] if shown or sample.is_blind else None,
        effort=Effort(active_ms=LOOK_MS + KEY_MS * keys, key_presses=keys),
    )


def slow_down(answer: Answer, *, actions_left: int) -> None:
    """Date answer and review as if people had worked on them: the time left is estimated from that."""
    submitted_at = timezone.now() - actions_left * PACE
    mine = Answer.objects.filter(pk=answer.pk)
    mine.update(created_at=submitted_at - PACE)
    mine.exclude(submitted_at=None).update(submitted_at=submitted_at)
    mine.exclude(returned_at=None).update(returned_at=submitted_at + PACE)
    answer.returned_fields.update(returned_at=submitted_at + PACE)
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
    submit_as_shown(answer, given, by=answer.author)
    field = next(variable for variable in given if variable.name in wrong)
    return_answer(answer, by=people["reviewer"], seen_rev=answer.rev, fields={field: reason})


def ask(answer: Answer, *, by: User) -> None:
    """Have the reviewer ask the author about the first field, and the author reply."""
    sample, author = answer.sample, answer.author
    variable = sample.dataset.variables.live().first()
    for person, text in (
        (by, f"@{author.username} Are you sure? The light is poor."),
        (author, "Yes: the second picture shows it."),
    ):
        add_comment(sample, by=person, text=text, answer=answer, variable=variable)


def answer_gold(
    dataset: Dataset, demo_set: DemoSet, *, by: User | None, admin: User | None
) -> Answer | None:
    """Answer a gold sample, one in MISTAKEN with a mistake; the first time the admin marks some as gold."""
    if by is None or admin is None:
        return None
    if not dataset.tests_people:
        mark_some_gold(dataset, by=admin)
    member = Membership.objects.get(user=by, workspace=dataset.workspace_id)
    prepare_gold(member, dataset, test_of(member, dataset))
    copy = available_gold(dataset, by).order_by("created_at", "pk").first()
    number = demo_set.number_of(copy.name) if copy else None
    if copy is None or number is None:
        return None
    values = dict(demo_set.ground_truth(number).values)
    if demo_set.mistake is not None and number % MISTAKEN == 0:
        values |= demo_set.mistake(number)[0]
    variables = dataset.variables.live()
    answer = open_answer(copy, by=by)
    submit_as_shown(answer, {each: values.get(each.name) for each in variables}, by=by)
    return answer


def mark_some_gold(dataset: Dataset, *, by: User) -> None:
    """Mark the first samples that are known as gold, and mix them in from now on."""
    known = Sample.objects.in_dataset(dataset).filter(state=Sample.State.APPROVED, test=False)
    ids = list(known.order_by("created_at", "id").values_list("pk", flat=True)[:GOLD_SAMPLES])
    mark_gold(dataset, Sample.objects.filter(pk__in=ids), by=by)
    update_dataset(dataset, by=by, **GOLD_RULES)
