"""The tests' own servers do what the tests rely on."""

import socket
import time

import pytest
from celery.signals import task_postrun
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.db import connection, transaction
from django.urls import reverse

from annotator.celery import app
from tests import services
from tests.conftest import LeftTheMachine, running_worker


@app.task(name="tests.make_user")
def make_user(name):
    get_user_model().objects.create(username=name)


@pytest.mark.skipif(services.POSTGRES is None, reason="TEST_DATABASE_URL names another database")
def test_the_database_is_a_recent_postgresql(db):
    assert connection.vendor == "postgresql"
    assert connection.pg_version >= 180000


def test_a_queued_job_is_recorded_and_waits_in_redis(queued_jobs):
    make_user.delay("ada")

    assert queued_jobs == [("tests.make_user", ("ada",))]
    with app.connection_for_read() as broker:
        assert broker.default_channel.client.llen("default") == 1


def test_nothing_is_left_in_redis_by_another_test():
    with app.connection_for_read() as broker:
        assert broker.default_channel.client.dbsize() == 0


def test_the_cache_is_real():
    cache.set("colour", "green")

    assert cache.get("colour") == "green"


@pytest.mark.both_databases
def test_a_worker_runs_what_is_queued(celery_worker):
    make_user.delay("ada")

    deadline = time.monotonic() + 20
    while not get_user_model().objects.filter(username="ada").exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_has_ended_closes_no_database_of_a_later_test():
    with running_worker():
        pass

    with transaction.atomic():
        task_postrun.send(sender=make_user, task=make_user, task_id="1", state="SUCCESS")
        assert not get_user_model().objects.exists()


def test_no_test_reaches_another_machine():
    with socket.socket() as connection, pytest.raises(LeftTheMachine):
        connection.connect(("192.0.2.1", 80))
    with pytest.raises(LeftTheMachine):
        socket.getaddrinfo("example.org", 80)


@pytest.mark.browser
def test_a_browser_opens_a_page_of_the_live_server(live_server, page):
    page.goto(live_server.url + reverse("home:health"))

    assert page.inner_text("body") == "ok"


@pytest.mark.browser
def test_the_browser_reaches_no_other_machine(page):
    with pytest.raises(Exception, match="ERR_NAME_NOT_RESOLVED"):
        page.goto("http://example.org")
