"""Leases and backoff, on one kind of row for all rooms: races, killed workers, a clock that is set."""

import os
import signal
import subprocess
import sys
import threading
from datetime import timedelta
from functools import partial

import pytest
import time_machine
from django.conf import settings
from django.db import close_old_connections
from django.utils import timezone

from annotator.imports.models import ImageImport
from annotator.launch.process import end_with_parent
from annotator.leases import (
    CLOCK_TOLERANCE,
    LONGEST_WAIT,
    MAX_LOSSES,
    LeaseLost,
    backoff_seconds,
    reached,
)
from tests.factories import make_dataset
from tests.services import database_url

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
committed = pytest.mark.django_db(transaction=True)  # seen by other threads and processes

WORKERS = 8
LEASE, HOUR = ImageImport.LEASE, timedelta(hours=1)
rows = ImageImport.objects
HOLD = """
import django, sys, time
django.setup()
from annotator.imports.models import ImageImport
print(ImageImport.objects.filter(pk=sys.argv[1]).take(), flush=True)
time.sleep(60)
"""


@pytest.fixture
def row():
    """A row that nobody has taken yet."""
    return rows.create(dataset=make_dataset())


def at_once(*calls):
    """The results of the calls, made in as many threads that began at the same moment."""
    barrier, results = threading.Barrier(len(calls)), []

    def work(call):
        barrier.wait()
        try:
            results.append(call())
        except LeaseLost:
            results.append(None)
        finally:
            close_old_connections()

    threads = [threading.Thread(target=work, args=[call]) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == len(calls)
    return [result for result in results if result is not None]


def take_in_a_process_and_kill_it(row):
    """What happens to a worker that the system ends for want of memory."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(row.pk)],
        env=os.environ
        | {"DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "annotator.settings"},
        cwd=settings.BASE_DIR,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=partial(end_with_parent, os.getpid()),
    )
    lease_id = holder.stdout.readline().strip()
    holder.send_signal(signal.SIGKILL)
    holder.communicate()
    return lease_id


def expire():
    """As if every lease had just ended."""
    rows.update(leased_until=timezone.now())


@committed
def test_one_of_eight_workers_gets_a_free_row_and_one_an_expired_one(row):
    free = at_once(*[rows.filter(pk=row.pk).take] * WORKERS)
    expire()
    expired = at_once(*[rows.filter(pk=row.pk).take] * WORKERS)

    row.refresh_from_db()
    assert (len(free), len(expired)) == (1, 1)
    assert (row.lease_id, row.losses) == (expired[0], 1)


@committed
def test_of_a_slow_holder_and_a_new_worker_one_goes_on(row):
    for _ in range(10):
        row.lease_id = rows.filter(pk=row.pk).take()
        expire()

        def renew():
            row.renew()
            return row.lease_id

        winners = at_once(renew, rows.filter(pk=row.pk).take)

        assert winners == [rows.get().lease_id]
        rows.get().release()


@committed
def test_a_row_whose_worker_was_killed_is_taken_when_its_lease_has_expired(row):
    killed = take_in_a_process_and_kill_it(row)

    assert str(rows.get().lease_id) == killed
    assert rows.filter(pk=row.pk).take() is None
    assert not rows.lost().exists()
    with time_machine.travel(timezone.now() + LEASE + timedelta(seconds=1)):
        assert rows.lost().get() == row
        assert rows.filter(pk=row.pk).take() is not None
    assert rows.get().losses == 1


def test_a_row_that_kills_five_workers_is_not_taken_again_and_fails_with_a_message(row):
    for _ in range(MAX_LOSSES):
        assert rows.exhausted().count() == 0
        assert rows.filter(pk=row.pk).take() is not None
        expire()

    assert rows.filter(pk=row.pk).take() is None
    assert rows.end_exhausted(state="failed", error="Why.") == 1
    assert rows.end_exhausted(state="failed", error="Again.") == 0
    row.refresh_from_db()
    assert (row.state, row.error, row.losses, row.lease_id) == ("failed", "Why.", MAX_LOSSES, None)


def test_progress_and_a_release_forget_earlier_losses(row):
    for _ in range(2):
        rows.filter(pk=row.pk).take()
        expire()
    row.lease_id = rows.filter(pk=row.pk).take()

    row.renew()
    counted = rows.get().losses
    row.renew(losses=0)
    after_progress = rows.get().losses
    rows.update(losses=3)
    row.release()

    assert (counted, after_progress, rows.get().losses) == (2, 0, 0)


def test_a_worker_that_lost_its_lease_changes_nothing(row):
    row.lease_id = rows.filter(pk=row.pk).take()
    expire()
    new = rows.filter(pk=row.pk).take()

    with pytest.raises(LeaseLost):
        row.renew(error="Mine.")
    assert not row.release(error="Mine.")

    assert (rows.get().lease_id, rows.get().error) == (new, "")


def test_without_a_lease_nothing_is_renewed_or_released(row):
    with pytest.raises(LeaseLost):
        row.renew(error="Mine.")

    assert not row.release(error="Mine.")
    assert rows.get().error == ""


def test_a_lease_holds_to_its_end_and_a_renewed_one_longer(row):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        row.lease_id = rows.filter(pk=row.pk).take()
        clock.shift(LEASE - timedelta(seconds=1))
        held = rows.free().count()
        row.renew()
        clock.shift(LEASE - timedelta(seconds=1))
        held_on = rows.free().count()
        clock.shift(timedelta(seconds=1))

        assert (held, held_on, rows.free().count()) == (0, 0, 1)


@pytest.mark.parametrize("change", [HOUR, -HOUR])
def test_a_clock_that_is_set_lets_another_worker_in_and_the_holder_out(row, change):
    row.lease_id = rows.filter(pk=row.pk).take()

    with time_machine.travel(timezone.now() + change):
        assert rows.lost().get() == row
        new = rows.filter(pk=row.pk).take()
        with pytest.raises(LeaseLost):
            row.renew()
        assert rows.filter(pk=row.pk).take() is None

    assert rows.get().lease_id == new


def test_a_holder_that_renews_after_the_clock_was_set_back_keeps_its_row(row):
    row.lease_id = rows.filter(pk=row.pk).take()

    with time_machine.travel(timezone.now() - HOUR):
        row.renew()

        assert rows.filter(pk=row.pk).take() is None


def test_clocks_that_differ_by_seconds_give_no_second_lease(row):
    rows.filter(pk=row.pk).take()

    with time_machine.travel(timezone.now() - CLOCK_TOLERANCE + timedelta(seconds=1)):
        assert rows.filter(pk=row.pk).take() is None


def test_a_wait_ends_in_time_whichever_way_the_clock_is_set(row):
    now = timezone.now()
    rows.update(created_at=now + timedelta(seconds=30))
    due = {}

    for change in (-HOUR, timedelta(0), timedelta(seconds=31), HOUR):
        with time_machine.travel(now + change, tick=False):
            due[change] = rows.filter(reached("created_at")).exists()

    assert list(due.values()) == [True, False, True, True]


def test_the_row_that_is_taken_comes_with_what_was_written_and_can_be_renewed(row):
    waiting = rows.filter(pk=row.pk).select_related("dataset")

    taken = waiting.take_one(error="again")
    again = waiting.take_one()

    assert (taken, taken.error, taken.dataset) == (row, "again", row.dataset)
    taken.renew(losses=0)
    assert again is None


def test_a_queryset_that_could_lease_twice_is_refused(row):
    with pytest.raises(ValueError, match="joins"):
        rows.filter(dataset__name="D").take()


@pytest.mark.parametrize("attempts", [0, 1, 5, 12, 10_000])
def test_a_wait_lies_between_zero_and_a_doubling_limit(attempts):
    waits = [backoff_seconds(attempts, first=0.5, longest=300) for _ in range(500)]
    limit = min(300, 0.5 * 2 ** min(attempts, 20))

    assert 0 <= min(waits) < 0.1 * limit
    assert 0.9 * limit < max(waits) <= limit


def test_a_server_that_asks_for_a_wait_gets_it_up_to_the_longest():
    assert backoff_seconds(0, first=0.5, longest=300, at_least=400) == 400
    assert backoff_seconds(0, first=0.5, longest=300, at_least=86_400) == LONGEST_WAIT.seconds
    assert backoff_seconds(0, first=0.5, longest=300, at_least=0) <= 0.5
