"""Several workers and sweeps at once: each value is sent by one of them."""

import threading

import pytest
from django.db import close_old_connections, connection

from annotator.mirror.actions import start_mirror
from annotator.push import actions, jobs
from annotator.push.models import Delivery
from tests.push.rows import Pair

pytestmark = pytest.mark.django_db(transaction=True)

WORKERS = 4


def at_once(call):
    """What `call` gave in several threads that began at the same moment."""
    barrier, results = threading.Barrier(WORKERS), []

    def work():
        barrier.wait()
        try:
            results.append(call())
        finally:
            close_old_connections()
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == WORKERS
    return results


def test_one_of_four_workers_gets_the_sample(fault_remote):  # P4
    pair = Pair(fault_remote)
    pair.give(8.5)
    actions.enqueue_deliveries([pair.sample.pk])

    claims = at_once(lambda: actions.claim(pair.sample.pk))

    assert sum(claim is not None for claim in claims) == 1


def test_four_sweeps_and_four_rings_send_each_value_once(fault_remote):  # X11
    pair = Pair(fault_remote, samples=3)
    for sample in pair.samples:
        pair.give(8.5, sample)

    def worker():
        jobs.sweep()
        for sample in pair.samples:
            jobs.push_sample(str(sample.pk))

    at_once(worker)

    assert len(fault_remote.calls("POST", "add-variable-value")) == 3
    assert set(Delivery.objects.values_list("state", flat=True)) == {"confirmed"}
    assert Delivery.objects.count() == 3


def test_four_starts_are_one_run(fault_remote):  # M1
    pair = Pair(fault_remote)

    runs = at_once(lambda: start_mirror(pair.remote, pair.dataset.remote_key, None).pk)

    assert len(set(runs)) == 1


def test_neither_logs_nor_messages_hold_the_token(fault_remote, caplog, queued_jobs):  # P12
    caplog.set_level(0)
    pair = Pair(fault_remote)
    pair.give(8.5)
    fault_remote.misbehave(0.5)

    for _ in range(4):
        jobs.sweep()
        jobs.push_sample(str(pair.sample.pk))

    assert fault_remote.token not in caplog.text
    assert fault_remote.token not in str(queued_jobs)
    assert fault_remote.token not in str(list(Delivery.objects.values()))
