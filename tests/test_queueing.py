"""A save enqueues jobs for the workers, and succeeds when the broker is unavailable."""

import socket
import time

import pytest
from celery import shared_task
from django.db import transaction

from annotator.queueing import enqueue_on_commit

pytestmark = pytest.mark.django_db(transaction=True)


@shared_task(name="tests.numbered")
def numbered(number):
    """Stands for a room's job."""


@pytest.fixture
def complaints(monkeypatch):
    """What queueing wrote into its log, whatever other tests have done to logging."""
    written = []
    monkeypatch.setattr(
        "annotator.queueing.log.warning", lambda text, *args: written.append(text % args)
    )
    return written


def test_a_job_is_enqueued_after_the_commit(queued_jobs):
    with transaction.atomic():
        enqueue_on_commit(numbered, 7)
        before = list(queued_jobs)

    assert before == []
    assert queued_jobs == [("tests.numbered", (7,))]


def test_a_job_in_a_transaction_that_fails_is_not_enqueued(queued_jobs):
    with transaction.atomic():
        enqueue_on_commit(numbered, 7)
        transaction.set_rollback(True)

    assert queued_jobs == []


def test_a_save_succeeds_at_once_when_the_broker_is_away(settings, tmp_path, complaints):
    settings.CELERY_BROKER_URL = f"redis+socket://{tmp_path}/nobody.sock"

    enqueue_on_commit(numbered, 7)

    assert "could not enqueue" in complaints[0]


def test_a_save_goes_on_when_the_broker_takes_the_call_and_says_nothing(settings, complaints):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.CELERY_BROKER_URL = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        started = time.monotonic()

        enqueue_on_commit(numbered, 7)

        assert time.monotonic() - started < 10  # a hang would last for ever
    assert "could not enqueue" in complaints[0]


def test_a_save_succeeds_whatever_else_goes_wrong_with_the_queue(settings):
    settings.CELERY_BROKER_URL = "nothing-known://"

    enqueue_on_commit(numbered, 7)

    with transaction.atomic():
        enqueue_on_commit(numbered, 7)
