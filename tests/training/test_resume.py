"""A run goes on from its newest whole checkpoint: after a killed child, a killed worker, a cancellation."""

import errno
import json
import os
import sys
import threading
import time
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import OperationalError, connection
from django.urls import reverse
from django.utils import timezone

from annotator.accounts.models import Role
from annotator.datasets.actions import create_sample, set_values
from annotator.datasets.models import Origin
from annotator.errors import WrongState
from annotator.images.actions import store_image
from annotator.training import actions, job_folders, jobs, supervisor
from annotator.training.backends import BACKENDS, Availability, Device
from annotator.training.backends.parameters import TextParameter
from annotator.training.models import ModelVersion, TrainingRun
from annotator.training.runner import checkpoints
from tests.factories import make_dataset, make_member, make_task, make_variable, make_workspace
from tests.pictures import picture

pytestmark = pytest.mark.django_db(transaction=True)


class Stumbling:
    """A backend whose child stops half way the first time (stumbling_training.py)."""

    name = "stumbling"
    label = "Stumbling"
    description = ""
    device = Device.PROCESSOR
    ends_early = True
    parameters = (TextParameter(name="stumble", label="How", default="killed"),)
    curves = ()

    def availability(self):
        return Availability(ok=True)

    def command(self, folder):
        return [sys.executable, str(Path(__file__).with_name("stumbling_training.py")), str(folder)]

    def predict(self, folder):
        return self.command(folder)


@pytest.fixture
def task(settings, tmp_path, monkeypatch):
    """Two samples, trained by the backend above."""
    settings.DATA_DIR = tmp_path
    monkeypatch.setitem(BACKENDS, "stumbling", Stumbling())
    workspace = make_workspace()
    dataset = make_dataset(workspace=workspace)
    grade = make_variable(dataset=dataset, name="grade")
    for number in range(2):
        image, _ = store_image(workspace, picture(seed=number))
        sample = create_sample(dataset, by=None, images=[image])
        set_values(sample, {grade: number}, origin=Origin.IMPORTED, by=None)
    return make_task(workspace=workspace, datasets=[dataset], backend="stumbling")


def start(task, how):
    task.training_params = {"stumble": how}
    task.save(update_fields=["training_params"])
    return actions.start(task, by=None)


def train_and(run, action):
    """Do the run in a thread, and `action` once it waits at step 5; returns when the run has ended."""

    def work():
        jobs.train(str(run.pk))
        connection.close()

    worker = threading.Thread(target=work)
    worker.start()
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        run.refresh_from_db()
        if run.step == 5:
            break
        time.sleep(0.05)
    action(run, by=None)
    worker.join(60)
    run.refresh_from_db()


def points(run):
    return list(run.metrics.filter(name="loss").values_list("step", "value"))


def test_a_killed_child_goes_on_from_its_checkpoint_without_doubled_points(task, settings):
    run = start(task, "killed")

    jobs.train(str(run.pk))

    run.refresh_from_db()
    assert (run.state, run.error) == (TrainingRun.State.SUCCEEDED, ""), run.log_tail
    # Up to the checkpoint as they were, later ones of the second attempt alone.
    assert points(run) == [(1, 101), (2, 102), (3, 103), (4, 4), (5, 5), (6, 6)]
    assert list(job_folders.root().glob("*-*")) == []
    # A sample that the backend leaves out is counted once, however often it says so.
    assert (run.snapshot["train"], run.snapshot["excluded"]) == (1, 1)
    assert run.snapshot["excluded_samples"][0]["reason"] == "It is too long"


def test_a_child_short_of_memory_begins_again_with_half_the_batch(task):
    run = start(task, "memory")

    jobs.train(str(run.pk))

    run.refresh_from_db()
    assert (run.state, run.error) == (TrainingRun.State.SUCCEEDED, ""), run.log_tail
    assert points(run) == [(step, step) for step in range(1, 7)]


def test_a_child_short_of_memory_with_half_the_batch_too_fails(task):
    run = start(task, "always")

    jobs.train(str(run.pk))

    run.refresh_from_db()
    assert run.state == TrainingRun.State.FAILED
    assert run.log_tail.count("\nMemoryError") == 2


def test_a_cancelled_run_can_go_on_later_with_the_data_it_began_with(task):
    run = start(task, "wait")
    train_and(run, actions.cancel)
    assert run.state == TrainingRun.State.CANCELLED
    assert job_folders.can_resume(run)
    task.datasets.get().samples.first().values.update(value=999)  # changes nothing any more
    TrainingRun.objects.update(started_at=timezone.now() - timedelta(days=3))

    actions.resume(run, by=None)
    jobs.train(str(run.pk))

    run.refresh_from_db()
    assert (run.state, run.error) == (TrainingRun.State.SUCCEEDED, ""), run.log_tail
    assert points(run)[-2:] == [(5, 5), (6, 6)]
    assert run.versions.get().training_seconds < 3600  # the days between are no work
    with pytest.raises(WrongState, match="nothing to go on from"):
        actions.resume(run, by=None)


def test_a_run_can_stop_training_and_keep_what_there_is(task, settings):
    run = start(task, "wait")

    train_and(run, actions.end_early)

    assert (run.state, run.error) == (TrainingRun.State.SUCCEEDED, ""), run.log_tail
    version = ModelVersion.objects.get()
    with zipfile.ZipFile(Path(settings.MODELS_ROOT) / version.archive) as archive:
        assert json.loads(archive.read("config.json")) == {"steps": 5}


def test_workers_that_were_lost_before_a_checkpoint_no_longer_count(task):
    run = start(task, "wait")
    TrainingRun.objects.update(losses=3)

    train_and(run, actions.cancel)

    assert checkpoints.newest_step(next(job_folders.root().glob(f"{run.pk}-*"))) == 3
    assert run.losses == 0


def test_a_run_whose_database_goes_away_goes_on_from_its_checkpoint(task, monkeypatch):
    run = start(task, "wait")
    record = supervisor._record_progress

    def record_until_step_5(run, *rest):
        if run.step == 5:
            raise OperationalError("server closed the connection unexpectedly")
        record(run, *rest)

    monkeypatch.setattr(supervisor, "_record_progress", record_until_step_5)
    with pytest.raises(OperationalError):
        jobs.train(str(run.pk))
    run.refresh_from_db()
    assert (run.state, run.error) == (TrainingRun.State.TRAINING, "")
    monkeypatch.setattr(supervisor, "_record_progress", record)
    TrainingRun.objects.update(leased_until=timezone.now())  # as it is when the database is back

    jobs.train(str(run.pk))

    run.refresh_from_db()
    assert (run.state, run.error) == (TrainingRun.State.SUCCEEDED, ""), run.log_tail
    assert points(run)[2:] == [(3, 103), (4, 4), (5, 5), (6, 6)]


def test_a_run_whose_folder_cannot_be_made_fails_with_the_reason(task, monkeypatch):
    def full(run):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(job_folders, "prepare", full)
    run = start(task, "killed")

    jobs.train(str(run.pk))

    run.refresh_from_db()
    assert run.state == TrainingRun.State.FAILED
    assert "No space left on device" in run.error


def test_the_folder_of_a_lost_worker_is_adopted_and_a_half_checkpoint_is_not(task):
    run = start(task, "killed")
    lost = job_folders.root() / f"{run.pk}-lost"
    for step in (3, 6):
        path = checkpoints.path_of(lost, step)
        path.mkdir(parents=True)
        (path / "trainer_state.json").write_text(json.dumps({"global_step": step}))
    checkpoints.seal(checkpoints.path_of(lost, 3))
    job_folders.freeze(lost)
    (lost / "events.jsonl").write_text('{"metric": "loss", "step": 4, "value": 1}\n')

    folder = job_folders.prepare(run)

    assert not lost.exists()
    assert not (folder / "events.jsonl").exists()
    assert checkpoints.newest_step(folder) == 3
    assert checkpoints.newest_whole(folder) == checkpoints.path_of(folder, 3)
    assert not checkpoints.path_of(folder, 6).exists()


def test_a_folder_that_nobody_resumed_for_a_week_is_deleted(task, monkeypatch):
    run = start(task, "killed")
    other = job_folders.root() / "00000000-0000-0000-0000-000000000000-x"
    other.mkdir(parents=True)
    monkeypatch.setattr(job_folders, "KEPT_SECONDS", -1)

    job_folders.prepare(run)

    assert not other.exists()


def test_the_page_offers_what_can_be_done(client, task):
    admin = make_member(Role.ADMIN, workspace=task.workspace)
    client.force_login(admin.user)
    run = start(task, "wait")
    page = reverse("training:run", args=[run.pk])
    other = TrainingRun.objects.create(
        task=make_task(), backend="baseline", requested_at=timezone.now() - timedelta(days=1)
    )
    assert b"1 training before this" in client.get(page).content
    other.delete()
    response = client.post(reverse("training:end-early", args=[run.pk]), follow=True)
    assert b"stops training, then evaluates" in response.content
    assert b"Ending early" in response.content
    TrainingRun.objects.filter(pk=run.pk).update(early_end_requested_at=None)

    train_and(run, actions.cancel)
    assert b"Go on from the last checkpoint" in client.get(page).content
    response = client.post(reverse("training:resume", args=[run.pk]), follow=True)

    assert b"queued again" in response.content
    run.refresh_from_db()
    assert (run.state, run.step, run.steps) == (TrainingRun.State.QUEUED, 0, 0)


def test_a_second_run_of_the_task_keeps_the_first_from_going_on(task):
    run = start(task, "wait")
    train_and(run, actions.cancel)
    start(task, "wait")

    with pytest.raises(WrongState, match="already under way"):
        actions.resume(run, by=None)
