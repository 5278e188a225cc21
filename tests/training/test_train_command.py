"""`manage.py train` from a script: progress, figures and exit code."""

import io
import threading

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from annotator.datasets.actions import create_sample, set_values
from annotator.datasets.models import Origin
from annotator.images.actions import store_image
from annotator.snapshots.models import Snapshot
from annotator.training import jobs
from annotator.training.models import TrainingRun
from tests.factories import make_dataset, make_task, make_variable
from tests.pictures import picture

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def task(settings, tmp_path):
    """Three samples to train, one to test."""
    settings.DATA_DIR = tmp_path
    settings.SNAPSHOTS_ROOT = tmp_path / "snapshots"
    dataset = make_dataset()
    grade = make_variable(dataset=dataset, name="grade", required=True)
    for number in range(4):
        image, _ = store_image(dataset.workspace, picture(seed=number))
        sample = create_sample(dataset, by=None, images=[image], test=number == 3)
        set_values(sample, {grade: number}, origin=Origin.IMPORTED, by=None)
    return make_task(workspace=dataset.workspace, name="Grades", datasets=[dataset])


def train_in_the_background(monkeypatch):
    """A worker: it does the run as soon as it is enqueued."""

    def work(run):
        def target():
            jobs.train(str(run.pk))
            connection.close()

        threading.Thread(target=target).start()

    monkeypatch.setattr(jobs, "enqueue_run", work)


def test_it_waits_and_prints_the_figures(task, monkeypatch):
    train_in_the_background(monkeypatch)
    output = io.StringIO()

    call_command(
        "train", "--task", "Grades", "--param", "max_neighbours=1", "--wait", stdout=output
    )

    assert "version 1, score " in output.getvalue()
    assert "grade: " in output.getvalue()
    run = TrainingRun.objects.get()
    assert run.params["max_neighbours"] == 1
    kept = Snapshot.objects.get()
    assert (kept.name, kept.made_by, kept.samples) == (
        "Training of Grades, version 1",
        "training",
        4,
    )
    assert run.snapshot["datasets"][0]["snapshot"] == str(kept.pk)


def test_a_failed_run_is_an_error_with_its_reason(task, monkeypatch):
    def fail(run):
        TrainingRun.objects.filter(pk=run.pk).update(state="failed", error="The disk is full.")

    monkeypatch.setattr(jobs, "enqueue_run", fail)

    with pytest.raises(CommandError, match="The disk is full"):
        call_command("train", "--task", "Grades", "--wait", stdout=io.StringIO())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--task", "None"], "There is no task called None"),
        (["--task", "Grades", "--param", "epochs=3"], "has no parameter “epochs”"),
        (["--task", "Grades", "--param", "max_neighbours=0"], "Enter a whole number from 1"),
        (["--task", "Grades", "--backend", "vlm", "--param", "base=gone"], "Choose one of: tiny"),
    ],
)
def test_what_cannot_start_is_said(task, arguments, message):
    with pytest.raises(CommandError, match=message):
        call_command("train", *arguments, stdout=io.StringIO())

    assert not TrainingRun.objects.exists()
