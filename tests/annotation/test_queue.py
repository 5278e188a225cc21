"""Who gets which sample: nobody the same, returned work first."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from annotator.accounts.models import Membership, Role
from annotator.annotation.actions import next_sample, open_answer, skip, submit
from annotator.datasets.models import Dataset, Sample
from annotator.review.actions import return_answer
from tests.factories import make_dataset, make_member, make_sample, make_variable, make_workspace

pytestmark = pytest.mark.django_db


@pytest.fixture
def dataset():
    return make_dataset(workspace=make_workspace())


@pytest.fixture
def member(dataset):
    return make_member(workspace=dataset.workspace)


def test_the_oldest_sample_comes_first_and_is_held_for_the_one_who_got_it(dataset, member):
    first = make_sample(dataset=dataset)
    second = make_sample(dataset=dataset)
    other = make_member(workspace=dataset.workspace)

    assert next_sample(member, dataset) == first
    assert next_sample(other, dataset) == second
    assert next_sample(member, dataset) == first


def test_a_lease_that_ran_out_frees_the_sample(dataset, member):
    sample = make_sample(dataset=dataset)
    next_sample(make_member(workspace=dataset.workspace), dataset)
    Sample.objects.update(leased_until=timezone.now() - timedelta(seconds=1))

    assert next_sample(member, dataset) == sample


def test_what_was_returned_comes_before_what_is_new(dataset, member):
    grade = make_variable(dataset=dataset)
    sample = make_sample(dataset=dataset)
    make_sample(dataset=dataset)
    answer = open_answer(sample, by=member.user)
    submit(answer, {grade: 1}, by=member.user)
    reviewer = make_member(Role.REVIEWER, workspace=dataset.workspace)
    return_answer(answer, by=reviewer.user, seen_rev=answer.rev, reason="Look at the corner.")

    assert next_sample(member, dataset) == sample
    assert next_sample(make_member(workspace=dataset.workspace), dataset) != sample


def test_what_was_skipped_does_not_come_back_to_the_one_who_skipped(dataset, member):
    sample = make_sample(dataset=dataset)
    skip(open_answer(sample, by=member.user), reason="Blurred", by=member.user)

    assert next_sample(member, dataset) is None


def test_a_look_ahead_holds_nothing(dataset, member):
    make_sample(dataset=dataset)

    next_sample(member, dataset, hold=False)

    assert Sample.objects.get().lease_holder is None


@pytest.mark.django_db(transaction=True)
@pytest.mark.both_databases
def test_eight_people_who_ask_at_once_all_get_different_samples(dataset):
    for _ in range(16):
        make_sample(dataset=dataset)
    members = [make_member(workspace=dataset.workspace) for _ in range(8)]
    barrier, given = threading.Barrier(8), []

    def ask(pk):
        try:
            member = Membership.objects.get(pk=pk)
            barrier.wait()
            given.append(next_sample(member, Dataset.objects.get()).pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=ask, args=(member.pk,)) for member in members]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(given) == 8
    assert len(set(given)) == 8
