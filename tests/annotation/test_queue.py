"""Who gets which sample: nobody the same, returned work first."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from annotator.accounts.models import Membership, Role
from annotator.annotation import work
from annotator.annotation.actions import claim_next, next_sample, open_answer, skip, submit
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


@pytest.mark.both_databases
def test_what_is_mine_is_found_by_my_answers_not_by_all_samples(dataset, member):
    if connection.vendor != "sqlite":
        pytest.skip(
            "PostgreSQL counts its rows; here SQLite has no statistics, as where people work"
        )
    with CaptureQueriesContext(connection) as queries:
        claim_next(member, dataset)

    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN QUERY PLAN " + queries[0]["sql"])
        steps = [row[3] for row in cursor.fetchall()]

    assert any("answer_by_author" in step for step in steps)
    assert not any("sample_live" in step for step in steps)


def test_a_link_leads_past_what_somebody_has_claimed_a_moment_before(dataset, member, monkeypatch):
    first, second = make_sample(dataset=dataset), make_sample(dataset=dataset)
    other, offer = make_member(workspace=dataset.workspace), work.is_free_or_offered

    def claimed_meanwhile(row, user, **options):
        if row == first:
            assert next_sample(other, dataset) == first
        return offer(row, user, **options)

    monkeypatch.setattr(work, "is_free_or_offered", claimed_meanwhile)

    assert next_sample(member, dataset, hold=False) == second


def test_a_lease_that_ran_out_frees_the_sample(dataset, member):
    sample = make_sample(dataset=dataset)
    next_sample(make_member(workspace=dataset.workspace), dataset)
    Sample.objects.update(leased_until=timezone.now() - timedelta(seconds=1))

    assert next_sample(member, dataset) == sample


def test_a_lease_that_a_wrong_clock_set_an_hour_ahead_holds_nobody_up(dataset, member):
    sample = make_sample(dataset=dataset)
    next_sample(make_member(workspace=dataset.workspace), dataset)
    Sample.objects.update(leased_until=timezone.now() + timedelta(hours=1))
    sample.refresh_from_db()

    assert sample.other_holder(member.user) is None
    assert not Sample.objects.held().exists()
    assert next_sample(member, dataset) == sample
    assert Sample.objects.held().get() == sample


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


def test_who_follows_a_link_at_the_same_moment_is_sent_to_another_sample(dataset, member):
    first, second = make_sample(dataset=dataset), make_sample(dataset=dataset)
    other, third = (make_member(workspace=dataset.workspace) for _ in range(2))

    assert next_sample(member, dataset, hold=False) == first
    assert next_sample(other, dataset, hold=False) == second
    assert next_sample(member, dataset, hold=False) == first
    assert next_sample(third, dataset, hold=False) == first, "there is no other one left"
    assert next_sample(other, dataset) == second


def test_a_sample_that_was_submitted_after_it_was_read_is_not_leased(dataset, member):
    first, second = make_sample(dataset=dataset), make_sample(dataset=dataset)
    other = make_member(workspace=dataset.workspace)
    read_before = Sample.objects.get(pk=first.pk)

    answer = open_answer(next_sample(other, dataset), by=other.user)
    submit(answer, {}, by=other.user)

    assert not read_before.lease_to(member.user)
    assert next_sample(member, dataset) == second


def together(people, work):
    """Call `work(member)` for each person in a thread of their own, all from the same moment on."""
    barrier, failures = threading.Barrier(len(people)), []

    def one(pk):
        try:
            member = Membership.objects.select_related("user", "workspace").get(pk=pk)
            barrier.wait()
            work(member)
        except BaseException as error:  # a thread's own would be lost
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=(member.pk,)) for member in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [str(each) for each in failures] == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.both_databases
@pytest.mark.parametrize("hold", [True, False])
def test_thirty_people_who_ask_at_once_all_get_different_samples(dataset, hold):
    for _ in range(40):
        make_sample(dataset=dataset)
    given = []

    together(
        [make_member(workspace=dataset.workspace) for _ in range(30)],
        lambda member: given.append(next_sample(member, Dataset.objects.get(), hold=hold).pk),
    )

    assert len(given) == len(set(given)) == 30


@pytest.mark.django_db(transaction=True)
@pytest.mark.both_databases
@pytest.mark.parametrize("number", [300, pytest.param(20_000, marks=pytest.mark.slow)])
def test_twenty_people_with_the_next_one_at_hand_never_get_a_sample_twice(dataset, number):
    Sample.objects.bulk_create([Sample(dataset=dataset) for _ in range(number)], batch_size=500)
    given, closed = [], []

    def label_all(member):
        dataset = Dataset.objects.get()
        current, ahead = claim_next(member, dataset), None
        while current is not None:
            given.append(current)
            sample = Sample.objects.get(pk=current)
            if (sample.state, sample.lease_holder_id) != ("unlabeled", member.user_id):
                closed.append(current)
            submit(open_answer(sample, by=member.user), {}, by=member.user)
            at_hand = [ahead] if ahead else []
            following = claim_next(member, dataset, exclude_ids=[current], at_hand=at_hand)
            if ahead is not None and following != ahead:
                closed.append(ahead)  # leased when it was loaded, and lost
            current = following
            ahead = current and claim_next(member, dataset, exclude_ids=[current])

    together([make_member(workspace=dataset.workspace) for _ in range(20)], label_all)

    assert closed == []
    assert len(given) == len(set(given)) == number
    assert not Sample.objects.exclude(state=Sample.State.SUBMITTED).exists()
