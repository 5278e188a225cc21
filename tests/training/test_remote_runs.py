"""A mirrored task is trained at its home: asked once, ever, and followed until its version grows."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from annotator.connections.actions import client_for
from annotator.training import actions, jobs
from annotator.training.models import ModelVersion, TrainingRun
from tests.factories import make_remote, make_task, make_user
from tests.faults import apply_then_reset, status

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def task(fault_remote):
    """The copy of a task of the fault remote."""
    there = fault_remote.platform.add_task()
    remote = make_remote(fault_remote)
    return make_task(workspace=remote.workspace, remote=remote, remote_key=there["id"])


@pytest.fixture
def run(task):
    return actions.start(task, by=make_user())


def asked(fault_remote):
    return len(fault_remote.calls("POST", "/train/"))


def look_again(run):
    TrainingRun.objects.update(next_poll_at=None)
    jobs.poll_remote(str(run.pk))
    run.refresh_from_db()


def test_the_remote_is_asked_once_and_its_version_comes_home(fault_remote, task, run):
    jobs.request_remote(str(run.pk))
    run.refresh_from_db()
    waiting = run.state
    look_again(run)
    still = run.state
    fault_remote.platform.finish_training(task.remote_key)
    look_again(run)

    task.refresh_from_db()
    assert (waiting, still, run.state) == ("accepted", "accepted", "succeeded")
    assert (task.last_version, ModelVersion.objects.get().version) == (1, 1)
    assert asked(fault_remote) == 1


def test_a_lost_answer_is_unknown_and_never_asked_again(fault_remote, task, run):
    fault_remote.script("POST", "/train/", apply_then_reset())

    jobs.request_remote(str(run.pk))
    jobs.request_remote(str(run.pk))
    jobs.sweep()
    run.refresh_from_db()
    unknown = run.state
    fault_remote.platform.finish_training(task.remote_key)
    look_again(run)

    assert unknown == TrainingRun.State.UNKNOWN
    assert run.state == TrainingRun.State.SUCCEEDED
    assert asked(fault_remote) == 1


def test_a_refusal_ends_the_run_with_the_remotes_words(fault_remote, run):
    fault_remote.script("POST", "/train/", status(409, "Too few samples."))

    jobs.request_remote(str(run.pk))

    run.refresh_from_db()
    assert run.state == TrainingRun.State.FAILED
    assert "Too few samples." in run.error


def test_a_remote_that_is_not_there_starts_nothing_and_says_so(fault_remote, task):
    task.remote.base_url = "http://127.0.0.1:9"
    task.remote.save()
    run = actions.start(task, by=make_user())

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "annotator.training.remote_runs.client_for", lambda remote: closed(fault_remote)
        )
        jobs.request_remote(str(run.pk))

    run.refresh_from_db()
    assert run.state == TrainingRun.State.FAILED
    assert "Nothing was started" in run.error


def closed(fault_remote):
    """A client of a port where nobody listens."""
    from annotator.remote.client import RemoteClient

    address = "127.0.0.1:9"
    return RemoteClient(
        f"http://{address}", "token", allow=frozenset({address}), pause=lambda _: None
    )


def test_a_worker_that_died_after_its_mark_leaves_the_run_unknown(fault_remote, run):
    TrainingRun.objects.update(sent_at=timezone.now() - timedelta(minutes=5))

    jobs.request_remote(str(run.pk))
    look_again(run)

    assert run.state == TrainingRun.State.UNKNOWN
    assert asked(fault_remote) == 0


def test_a_remote_that_never_finishes_times_out(fault_remote, run):
    jobs.request_remote(str(run.pk))
    TrainingRun.objects.update(requested_at=timezone.now() - timedelta(hours=25))

    look_again(run)

    assert run.state == TrainingRun.State.TIMED_OUT


@pytest.mark.both_databases
def test_four_workers_that_ask_at_once_call_once(fault_remote, run):
    barrier = threading.Barrier(4)

    def work():
        try:
            barrier.wait()
            jobs.request_remote(str(run.pk))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert asked(fault_remote) == 1


def test_the_clients_of_the_room_are_those_of_the_connection(fault_remote, task):
    with client_for(task.remote) as client:
        assert client.tasks.get(task.remote_key).last_version == 0
