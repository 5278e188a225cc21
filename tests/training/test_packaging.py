"""The archive of a finished run is packed whole or not at all, by the worker that has the run."""

import errno
import os
import uuid
from pathlib import Path

import pytest

from annotator.training import actions, job_folders, jobs, packaging
from annotator.training.models import ModelVersion, TrainingRun
from tests.training import test_resume
from tests.training.test_resume import start

pytestmark = pytest.mark.django_db(transaction=True)
task = test_resume.task


def test_the_lease_is_held_while_a_large_model_is_packed(task, monkeypatch):
    held = []
    monkeypatch.setattr(packaging, "HOLD_SECONDS", 0)
    monkeypatch.setattr(TrainingRun, "renew", lambda run: held.append(run.state))
    run = start(task, "killed")

    jobs.train(str(run.pk))

    assert ModelVersion.objects.get().run == run
    assert len(held) > 10  # for each file, and each megabyte of it
    assert set(held) == {TrainingRun.State.PACKAGING}


def test_a_worker_that_has_lost_the_run_replaces_no_archive(task, settings, monkeypatch):
    run = start(task, "killed")
    theirs = Path(settings.MODELS_ROOT) / str(task.workspace_id) / str(task.pk) / f"{run.pk}.zip"
    theirs.parent.mkdir(parents=True)
    theirs.write_bytes(b"of the other worker")
    add = packaging._add

    def lose(*member):
        TrainingRun.objects.update(lease_id=uuid.uuid4())
        add(*member)

    monkeypatch.setattr(packaging, "_add", lose)

    jobs.train(str(run.pk))

    run.refresh_from_db()
    assert (run.state, run.error) == (TrainingRun.State.PACKAGING, "")
    assert theirs.read_bytes() == b"of the other worker"
    assert list(job_folders.root().rglob("*.zip")) == []


def test_a_full_disk_fails_the_run_which_can_be_packed_later(task, monkeypatch):
    def full(written, path):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    run = start(task, "killed")
    with monkeypatch.context() as patched:
        patched.setattr(packaging.writing, "move", full)
        jobs.train(str(run.pk))
    run.refresh_from_db()
    assert run.state == TrainingRun.State.FAILED
    assert "No space left on device" in run.error
    assert list(job_folders.root().rglob("*.zip")) == []

    actions.resume(run, by=None)
    jobs.train(str(run.pk))

    run.refresh_from_db()
    assert (run.state, run.error) == (TrainingRun.State.SUCCEEDED, ""), run.log_tail
