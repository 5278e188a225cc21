"""Whether the server is well: for admins on one page, and where a job was accepted for everybody."""

from datetime import UTC, datetime, timedelta
from unittest.mock import Mock

import pytest
import time_machine
from celery import signals, states
from django.core.cache import cache
from django.urls import reverse

from annotator import celery, heartbeats
from annotator.accounts.models import Role
from annotator.annotation.actions import open_answer, submit
from annotator.home import system
from annotator.push.jobs import sweep
from annotator.training.models import TrainingRun
from tests.factories import make_dataset, make_member, make_remote, make_sample, make_task

pytestmark = pytest.mark.django_db
PUSH = "annotator.push.jobs.sweep"


@pytest.fixture(autouse=True)
def no_heartbeat():
    cache.clear()


def end(state=states.SUCCESS):
    """What a worker does at the end of a job."""
    signals.task_postrun.send(sender=sweep, task=sweep, task_id="1", state=state)


def test_a_sweep_that_ended_is_a_heartbeat_and_one_that_failed_is_none():
    end(states.FAILURE)
    assert heartbeats.newest(heartbeats.last_ends()) is None
    assert heartbeats.is_silent(None)

    end()

    heartbeat = heartbeats.newest(heartbeats.last_ends())
    assert datetime.now(UTC) - heartbeat < timedelta(seconds=5)
    assert not heartbeats.is_silent(heartbeat)
    assert heartbeats.last_ends()[PUSH] is not None


def test_a_sweep_that_did_not_come_again_is_late():
    end()
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=120), tick=False):
        late = {row.name: row.is_late for row in system.sweeps(heartbeats.last_ends())}

    assert late["push.jobs.sweep"]
    assert set(late) == {name.removeprefix("annotator.") for name in heartbeats.periodic_jobs()}


def test_the_page_says_what_waits_and_that_no_worker_is_there(client):
    client.force_login(make_member(Role.ADMIN).user)

    page = client.get(reverse("home:system")).content.decode()

    assert "No worker has reported yet" in page
    assert "Deliveries to send" in page
    assert "push.jobs.sweep" in page
    assert "none yet" in page  # the backup


def test_the_page_names_the_last_backup_and_a_living_worker(client, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    (tmp_path / "last_backup").write_text("2026-01-02T03:04:05+00:00")
    end()
    client.force_login(make_member(Role.ADMIN).user)

    page = client.get(reverse("home:system")).content.decode()

    assert "No worker has reported" not in page
    assert "2026-01-02" in page


def test_without_redis_the_page_says_so(client, settings, tmp_path):
    settings.CELERY_BROKER_URL = f"redis+socket://{tmp_path}/nobody.sock"
    client.force_login(make_member(Role.ADMIN).user)

    page = client.get(reverse("home:system"))

    assert page.status_code == 200
    assert "does not answer" in page.content.decode()


@pytest.mark.parametrize("role", [Role.ANNOTATOR, Role.REVIEWER])
def test_others_do_not_see_it(client, role):
    client.force_login(make_member(role).user)

    assert client.get(reverse("home:system")).status_code == 403


def test_where_values_wait_a_missing_worker_is_named(client):
    client.force_login(make_member(Role.ADMIN).user)

    assert "No worker has reported yet" in client.get(reverse("push:deliveries")).content.decode()
    end()
    assert "No worker has" not in client.get(reverse("push:deliveries")).content.decode()


@pytest.mark.parametrize("page", ["home:system", "push:deliveries"])
def test_a_page_reads_the_heartbeats_once(client, monkeypatch, page):
    reads, last_ends = [], heartbeats.last_ends
    monkeypatch.setattr(heartbeats, "last_ends", lambda: reads.append(1) or last_ends())
    client.force_login(make_member(Role.ADMIN).user)

    client.get(reverse(page))

    assert reads == [1]


@pytest.mark.parametrize(("is_mirrored", "is_named"), [(True, True), (False, False)])
def test_a_missing_worker_is_named_where_a_change_waits_for_the_remote(
    client, is_mirrored, is_named
):
    admin = make_member(Role.ADMIN)
    dataset = make_dataset(workspace=admin.workspace)
    if is_mirrored:
        dataset.remote, dataset.remote_key = make_remote(workspace=admin.workspace), "d1"
        dataset.save()
    author = make_member(workspace=admin.workspace)
    answer = open_answer(make_sample(dataset=dataset), by=author.user)
    submit(answer, {}, by=author.user, is_always_reviewed=True)
    client.force_login(admin.user)

    sample = client.get(reverse("datasets:sample", args=[answer.sample_id])).text
    review = client.get(reverse("review:sample", args=[answer.pk])).text

    words = "No worker has reported yet"
    assert (words in sample, words in review) == (is_named, is_named)


def beat(name, *queues):
    heartbeats.note_worker(name, queues)


def test_a_worker_that_beats_is_noted_with_its_queues_every_ten_seconds(monkeypatch):
    monkeypatch.setattr(celery, "_noted_at", -celery.NOTE_SECONDS)
    heart = Mock(**{"eventer.hostname": "training@gpu"})

    signals.heartbeat_sent.send(sender=heart)
    cache.delete(heartbeats.WORKERS)
    signals.heartbeat_sent.send(sender=heart)

    assert heartbeats.workers() == []
    monkeypatch.setattr(celery, "_noted_at", -celery.NOTE_SECONDS)
    signals.heartbeat_sent.send(sender=heart)
    [worker] = heartbeats.workers()
    served = celery.app.amqp.queues.consume_from  # all of them where a test ran a worker before
    assert (worker.name, set(worker.queues)) == ("training@gpu", set(served))
    assert not worker.is_silent


def test_the_page_says_which_worker_trains_what_and_which_is_silent(client):
    with time_machine.travel(datetime.now(UTC) - timedelta(minutes=5), tick=False):
        beat("training@gone", "training")
    beat("training@gpu", "training")
    admin = make_member(Role.ADMIN)
    ours, theirs = make_task(workspace=admin.workspace, name="Ours"), make_task(name="Theirs")
    for task in (ours, theirs):
        run = TrainingRun.objects.create(task=task, backend="baseline")
        TrainingRun.objects.filter(pk=run.pk).take(worker="training@gpu", state="training")
    client.force_login(admin.user)

    page = client.get(reverse("home:system")).text

    gone, gpu = page.split("training@gone")[1].split("training@gpu")
    assert "silent" in gone
    assert "Ours" in gpu
    assert "silent" not in gpu.split("Waiting for a worker")[0]
    assert "Theirs" not in page


def test_a_worker_that_is_gone_for_a_day_is_forgotten():
    with time_machine.travel(datetime.now(UTC) - timedelta(days=2), tick=False):
        beat("training@gone", "training")

    beat("default@worker", "images", "default")

    assert [(w.name, w.queues) for w in heartbeats.workers()] == [
        ("default@worker", ("default", "images"))
    ]
