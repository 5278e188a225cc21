"""From a value that counts here to the same value on the remote, whatever the remote does."""

from datetime import timedelta

import pytest
from django.utils import timezone

from annotator.connections.models import Remote
from annotator.datasets.actions import change_variable, set_value
from annotator.datasets.models import Sample, VariableValue
from annotator.leases import MAX_LOSSES
from annotator.push import actions, jobs
from annotator.push.models import Delivery
from tests.faults import apply_then_reset, garbage, reset, status, too_many
from tests.push.rows import Pair

pytestmark = pytest.mark.django_db

State, Problem = Delivery.State, Delivery.Problem


@pytest.fixture
def pair(fault_remote):
    return Pair(fault_remote)


def now_is_due():
    """As if every wait were over."""
    Delivery.objects.update(next_at=timezone.now())
    Delivery.objects.exclude(recheck_at=None).update(recheck_at=timezone.now())
    Remote.objects.update(quiet_until=None)


def posts(pair):
    return pair.server.calls("POST", "add-variable-value")


def test_an_approved_value_arrives_and_is_confirmed_by_reading_it_back(pair):
    pair.give(8.5)

    jobs.push_sample(str(pair.sample.pk))

    line = Delivery.objects.get()
    assert pair.there == 8.5
    assert (line.state, line.have_rev, line.read_back) == (State.CONFIRMED, 1, True)
    assert VariableValue.objects.get().remote_state == {"value": 8.5}


def test_pushing_again_sends_nothing(pair):
    pair.give(8.5)
    jobs.push_sample(str(pair.sample.pk))
    before = len(pair.server.calls())

    jobs.push_sample(str(pair.sample.pk))
    jobs.sweep()

    assert len(pair.server.calls()) == before


def test_a_remote_that_shows_no_values_leaves_it_accepted(pair):
    pair.platform.values_readable = False
    pair.give(8.5)

    jobs.push_sample(str(pair.sample.pk))

    line = Delivery.objects.get()
    assert pair.there == 8.5
    assert (line.state, line.read_back) == (State.CONFIRMED, False)


@pytest.mark.parametrize("state", ["unlabeled", "submitted", "returned", "skipped"])
def test_only_values_of_approved_samples_leave(pair, state):
    pair.give(8.5)
    Sample.objects.update(state=state)

    jobs.push_sample(str(pair.sample.pk))
    jobs.sweep_all()
    jobs.push_sample(str(pair.sample.pk))

    assert pair.there is None


def test_values_that_came_from_the_remote_count_as_had(fault_remote):
    pair = Pair(fault_remote, held=7.0)

    jobs.push_sample(str(pair.sample.pk))
    jobs.sweep_all()

    assert not Delivery.objects.exists()
    assert fault_remote.calls() == []


def test_a_lost_answer_is_sent_again_and_gives_one_line_and_one_value(pair):  # P1
    pair.server.script("POST", "add-variable-value", apply_then_reset())
    pair.give(8.5)

    jobs.push_sample(str(pair.sample.pk))
    assert Delivery.objects.get().state == State.PENDING
    now_is_due()
    jobs.push_sample(str(pair.sample.pk))

    assert Delivery.objects.get().state == State.CONFIRMED
    assert pair.there == 8.5


def test_an_edit_after_a_lost_answer_is_no_conflict_with_ourselves(pair):  # P1, P3
    pair.server.script("POST", "add-variable-value", apply_then_reset())
    pair.give(8.5)
    jobs.push_sample(str(pair.sample.pk))
    pair.give(9.0)
    now_is_due()

    jobs.push_sample(str(pair.sample.pk))

    assert pair.there == 9.0
    assert Delivery.objects.get().state == State.CONFIRMED


def test_an_old_value_that_is_applied_late_is_put_right_after_a_quiet_time(pair):  # P2
    pair.server.script("POST", "add-variable-value", reset())
    pair.give(8.5)
    jobs.push_sample(str(pair.sample.pk))
    pair.give(9.0)
    Delivery.objects.update(next_at=timezone.now())
    jobs.push_sample(str(pair.sample.pk))
    assert pair.there == 9.0
    pair.change_there(8.5)  # the first call, which hung, takes effect now

    now_is_due()
    jobs.push_sample(str(pair.sample.pk))

    line = Delivery.objects.get()
    assert pair.there == 9.0
    assert (line.state, line.recheck_at) == (State.CONFIRMED, None)


def test_a_value_that_was_sent_by_a_killed_worker_and_then_changed_is_no_conflict(
    pair, monkeypatch
):
    def kill(*_, **__):
        raise SystemExit

    pair.give(8.5)
    with monkeypatch.context() as patch:
        patch.setattr("annotator.push.actions.sending._had", kill)
        with pytest.raises(SystemExit):
            jobs.push_sample(str(pair.sample.pk))
    assert pair.there == 8.5
    Delivery.objects.update(leased_until=timezone.now())
    pair.give(9.0)

    jobs.push_sample(str(pair.sample.pk))

    assert pair.there == 9.0
    assert Delivery.objects.get().state == State.CONFIRMED


def test_a_look_back_that_a_wrong_clock_set_an_hour_ahead_is_taken_once(pair):
    pair.give(8.5)
    jobs.push_sample(str(pair.sample.pk))
    Delivery.objects.update(recheck_at=timezone.now() + timedelta(hours=1))

    jobs.push_sample(str(pair.sample.pk))

    assert Delivery.objects.get().recheck_at is None
    assert not Delivery.objects.due().exists()


def test_what_a_clock_half_an_hour_ahead_wrote_does_not_wait_for_it(pair):
    pair.give(8.5)
    actions.enqueue_deliveries([pair.sample.pk])
    Delivery.objects.update(next_at=timezone.now() + timedelta(minutes=30))

    assert Delivery.objects.due().exists()


def test_two_edits_before_the_first_push_send_only_the_newest(pair):  # P3
    pair.give(8.5)
    pair.give(9.0)

    jobs.push_sample(str(pair.sample.pk))

    assert [call.body["value"]["value"] for call in posts(pair)] == [9.0]
    assert VariableValue.objects.get().history.count() == 2


def test_an_edit_during_the_call_is_sent_next(pair):  # P4
    pair.give(8.5)

    def edit():
        pair.give(9.0)
        actions.enqueue_deliveries([pair.sample.pk])

    actions.enqueue_deliveries([pair.sample.pk])
    claimed = actions.claim(pair.sample.pk)
    edit()
    from annotator.connections.actions import client_for
    from annotator.push.actions.sending import _send_all

    with client_for(pair.remote) as client:
        _send_all(claimed, client)
    claimed.release()

    line = Delivery.objects.get()
    assert (line.state, line.want_rev, line.have_rev) == (State.PENDING, 2, 1)
    jobs.push_sample(str(pair.sample.pk))
    assert pair.there == 9.0


@pytest.mark.parametrize("code", [400, 404, 409])
def test_a_refusal_parks_the_value_with_the_servers_words_and_others_go_on(
    fault_remote, code
):  # P5
    pair = Pair(fault_remote, samples=2)
    fault_remote.script("POST", "add-variable-value", status(code, "The grade is locked."))
    for sample in pair.samples:
        pair.give(8.5, sample)

    for sample in pair.samples:
        jobs.push_sample(str(sample.pk))

    parked = Delivery.objects.get(state=State.PARKED)
    assert (parked.problem, parked.last_error) == (Problem.REFUSED, "The grade is locked.")
    assert pair.there_of(pair.samples[1]) == 8.5


def test_a_garbled_success_is_tried_again(pair):  # P6
    pair.server.script("POST", "add-variable-value", garbage())
    pair.give(8.5)

    jobs.push_sample(str(pair.sample.pk))
    line = Delivery.objects.get()
    assert (line.state, line.problem) == (State.PENDING, Problem.GARBLED)
    now_is_due()
    jobs.push_sample(str(pair.sample.pk))

    assert pair.there == 8.5
    assert Delivery.objects.get().state == State.CONFIRMED


def test_a_remote_that_is_away_is_waited_for_longer_each_time(pair):
    pair.server.always("GET", "/vlm/v2/sample/", too_many("40"))
    pair.give(8.5)

    jobs.push_sample(str(pair.sample.pk))

    assert Delivery.objects.get().attempts == 1
    assert Remote.objects.get().quiet_until > timezone.now() + timedelta(seconds=30)
    assert not Delivery.objects.due().exists()
    pair.server.heal()
    now_is_due()
    jobs.push_sample(str(pair.sample.pk))
    assert pair.there == 8.5


@pytest.mark.parametrize("code", [401, 403])
def test_a_refused_token_pauses_the_remote_and_everything_waits(pair, code):  # M15
    pair.server.always("POST", "add-variable-value", status(code, "Not you."))
    pair.give(8.5)

    jobs.push_sample(str(pair.sample.pk))
    pair.remote.refresh_from_db()
    calls = len(pair.server.calls())
    jobs.push_sample(str(pair.sample.pk))

    line = Delivery.objects.get()
    assert pair.remote.state == Remote.State.PAUSED
    assert (line.state, line.attempts, line.lease_id) == (State.PENDING, 0, None)
    assert len(pair.server.calls()) == calls


def test_a_value_changed_on_both_sides_is_a_conflict_and_ours_is_not_sent(fault_remote):  # P9, M10
    pair = Pair(fault_remote, held=7.0)
    pair.give(8.5)
    pair.change_there(3.0)

    jobs.push_sample(str(pair.sample.pk))

    line = Delivery.objects.get()
    assert (line.state, line.theirs) == (State.CONFLICT, {"is_set": True, "value": 3.0})
    assert pair.there == 3.0
    assert VariableValue.objects.get().remote_state == {"value": 7.0}


def test_a_conflict_where_ours_is_kept_sends_it(fault_remote):
    pair = Pair(fault_remote, held=7.0)
    pair.give(8.5)
    pair.change_there(3.0)
    jobs.push_sample(str(pair.sample.pk))

    actions.keep_ours(Delivery.objects.get(), by=None)
    jobs.push_sample(str(pair.sample.pk))

    assert pair.there == 8.5
    assert Delivery.objects.get().state == State.CONFIRMED


def test_a_conflict_where_theirs_is_taken_keeps_ours_in_the_history(fault_remote):
    pair = Pair(fault_remote, held=7.0)
    pair.give(8.5)
    pair.change_there(3.0)
    jobs.push_sample(str(pair.sample.pk))

    actions.take_theirs(Delivery.objects.get(), by=None)
    jobs.push_sample(str(pair.sample.pk))

    row = VariableValue.objects.get()
    assert (row.value, pair.there) == (3.0, 3.0)
    assert [revision.value for revision in row.history.all()] == [7.0, 8.5, 3.0]
    assert Delivery.objects.get().state == State.CONFIRMED


def test_the_same_change_on_both_sides_is_no_conflict(fault_remote):
    pair = Pair(fault_remote, held=7.0)
    pair.give(8.5)
    pair.change_there(8.5)

    jobs.push_sample(str(pair.sample.pk))

    assert posts(pair) == []
    assert Delivery.objects.get().state == State.CONFIRMED


def test_a_cleared_answer_is_said_to_stay_on_the_remote(fault_remote):  # P10
    pair = Pair(fault_remote, held=7.0)
    set_value(pair.sample, pair.variable, None, origin="typed", by=None)
    Sample.objects.update(state="approved")

    jobs.push_sample(str(pair.sample.pk))

    line = Delivery.objects.get()
    assert (line.state, line.problem) == (State.PARKED, Problem.CANNOT_CLEAR)
    assert pair.there == 7.0


def test_an_invalid_value_never_leaves(pair):  # P13
    pair.give(8.5)
    actions.enqueue_deliveries([pair.sample.pk])
    change_variable(pair.variable, by=None, max_value=5)
    Sample.objects.update(state="approved")

    jobs.push_sample(str(pair.sample.pk))

    line = Delivery.objects.get()
    assert pair.there is None
    assert (line.state, line.problem) == (State.PARKED, Problem.INVALID)
    assert line.last_error


def test_unseen_answers_are_not_overwritten_without_a_word(fault_remote):  # Q1
    pair = Pair(fault_remote)
    pair.platform.values_readable = False
    pair.change_there(2.0)
    pair.give(8.5)

    jobs.push_sample(str(pair.sample.pk))
    line = Delivery.objects.get()
    assert (line.state, line.problem) == (State.PARKED, Problem.UNSEEN)
    assert pair.there == 2.0

    lines = Delivery.objects.all()
    actions.retry(lines, workspace=pair.remote.workspace, by=None, overwrite=True)
    jobs.push_sample(str(pair.sample.pk))
    assert pair.there == 8.5


def test_a_value_over_which_five_workers_died_is_left_to_a_person(pair):  # X4
    pair.give(8.5)
    actions.enqueue_deliveries([pair.sample.pk])

    for _ in range(MAX_LOSSES):
        assert actions.claim(pair.sample.pk) is not None
        Delivery.objects.update(leased_until=timezone.now())  # the worker died

    assert actions.claim(pair.sample.pk) is None
    assert Delivery.objects.get().problem == Problem.LOST


def test_a_sample_that_is_gone_there_is_parked(pair):
    pair.give(8.5)
    del pair.platform.samples[pair.sample.remote_key]

    jobs.push_sample(str(pair.sample.pk))

    assert Delivery.objects.get().problem == Problem.GONE


def test_the_sweep_finds_what_no_ring_was_heard_for(pair, queued_jobs):
    pair.give(8.5)

    jobs.sweep()

    assert queued_jobs == [("annotator.push.jobs.push_sample", (str(pair.sample.pk),))]


def test_the_slow_sweep_finds_what_is_older(pair):
    row = pair.give(8.5)
    long_ago = timezone.now() - timedelta(days=1)
    VariableValue.objects.filter(pk=row.pk).update(set_at=long_ago)
    Sample.objects.update(updated_at=long_ago)
    jobs.sweep()
    assert not Delivery.objects.exists()

    jobs.sweep_all()

    assert Delivery.objects.count() == 1


def test_noting_costs_the_same_queries_for_one_value_and_for_many(
    fault_remote, django_assert_num_queries
):
    pair = Pair(fault_remote, samples=30)
    for sample in pair.samples:
        pair.give(8.5, sample)

    with django_assert_num_queries(4):  # savepoint, values, insert, release
        actions.enqueue_deliveries([sample.pk for sample in pair.samples])


def test_under_many_faults_every_value_arrives_once_all_is_well(fault_remote):
    pair = Pair(fault_remote, samples=6)
    for number, sample in enumerate(pair.samples):
        pair.give(float(number), sample)
    fault_remote.misbehave(0.4)

    for _ in range(12):
        for sample in pair.samples:
            jobs.push_sample(str(sample.pk))
        now_is_due()
    fault_remote.heal()
    for sample in pair.samples:
        jobs.push_sample(str(sample.pk))

    assert [pair.there_of(sample) for sample in pair.samples] == [0, 1, 2, 3, 4, 5]
    assert set(Delivery.objects.values_list("state", flat=True)) == {State.CONFIRMED}


def test_set_value_by_the_mirror_after_a_push_is_not_sent_back(pair):
    pair.give(8.5)
    jobs.push_sample(str(pair.sample.pk))
    row = set_value(pair.sample, pair.variable, 4.0, origin="mirrored", by=None)
    row.remote_state = {"value": 4.0}
    row.save(update_fields=["remote_state"])
    pair.change_there(4.0)

    jobs.push_sample(str(pair.sample.pk))

    assert len(posts(pair)) == 1
    assert Delivery.objects.get().state == State.CONFIRMED
