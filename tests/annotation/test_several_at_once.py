"""Several people who answer the same samples at the same moment."""

import threading
import time
from itertools import count

import pytest

from annotator.annotation.actions import claim_next, open_answer, submit
from annotator.annotation.models import Answer
from annotator.datasets.models import Dataset, Sample
from annotator.errors import WrongState
from tests.annotation.several import give, make_shared, people, states
from tests.annotation.test_queue import together
from tests.factories import make_sample

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]


def test_many_people_at_once_give_each_sample_exactly_the_answers_asked_for():
    dataset, grade = make_shared(answers_per_sample=3)
    Sample.objects.bulk_create([Sample(dataset=dataset) for _ in range(30)])
    turns, lock = count(), threading.Lock()

    def label_all(member):
        dataset = Dataset.objects.get()
        while Sample.objects.filter(state=Sample.State.UNLABELED).exists():
            if (current := claim_next(member, dataset)) is None:
                time.sleep(0.05)  # the last ones are open with others
                continue
            sample = Sample.objects.select_related("dataset").get(pk=current)
            with lock:
                turn = next(turns)
            submit(open_answer(sample, by=member.user), {grade: turn}, by=member.user)

    together(people(dataset, 8), label_all)

    given = Answer.objects.exclude(state=Answer.State.DRAFT)
    assert given.count() == 90
    for sample in Sample.objects.all():
        assert sample.state == Sample.State.SUBMITTED
        assert sorted(sample.answers.values_list("state", flat=True)) == [
            "collected",
            "collected",
            "submitted",
        ]


def test_of_several_who_submit_the_last_answer_at_once_one_is_taken():
    dataset, grade = make_shared()
    sample = make_sample(dataset=dataset)
    first, *others = people(dataset, 5)
    give(sample, first, 7)
    for member in others:
        open_answer(sample, by=member.user)
    refused = []

    def submit_now(member):
        mine = Sample.objects.select_related("dataset").get()
        answer = Answer.objects.own(mine, member.user)
        try:
            submit(answer, {grade: 9}, by=member.user)
        except WrongState:
            refused.append(member)

    together(others, submit_now)

    assert len(refused) == 3
    assert sorted(states(sample)[1:]) == ["collected", "draft", "draft", "draft", "submitted"]
