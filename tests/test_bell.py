"""A save rings for the workers, and does not mind when nobody can hear it."""

import socket
import time

import pytest
from celery import shared_task
from django.db import transaction

from annotator.bell import ring

pytestmark = pytest.mark.django_db(transaction=True)


@shared_task(name="tests.ringing")
def ringing(number):
    """Stands for a room's job."""


@pytest.fixture
def complaints(monkeypatch):
    """What the bell wrote into its log, whatever other tests have done to logging."""
    written = []
    monkeypatch.setattr(
        "annotator.bell.log.warning", lambda text, *args: written.append(text % args)
    )
    return written


def test_a_ring_queues_the_job_after_the_commit(queued_jobs):
    with transaction.atomic():
        ring(ringing, 7)
        before = list(queued_jobs)

    assert before == []
    assert queued_jobs == [("tests.ringing", (7,))]


def test_a_ring_in_a_transaction_that_fails_queues_nothing(queued_jobs):
    with transaction.atomic():
        ring(ringing, 7)
        transaction.set_rollback(True)

    assert queued_jobs == []


def test_a_save_succeeds_at_once_when_the_broker_is_away(settings, tmp_path, complaints):
    settings.CELERY_BROKER_URL = f"redis+socket://{tmp_path}/nobody.sock"

    ring(ringing, 7)

    assert "not heard" in complaints[0]


def test_a_save_goes_on_when_the_broker_takes_the_call_and_says_nothing(settings, complaints):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.CELERY_BROKER_URL = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        started = time.monotonic()

        ring(ringing, 7)

        assert time.monotonic() - started < 10  # a hang would last for ever
    assert "not heard" in complaints[0]


def test_a_save_succeeds_whatever_else_goes_wrong_with_the_bell(settings):
    settings.CELERY_BROKER_URL = "nothing-known://"

    ring(ringing, 7)

    with transaction.atomic():
        ring(ringing, 7)
