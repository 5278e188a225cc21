"""Longer trials with real weights: families of bases, a killed child, a training of 300 steps."""

import os
import shutil
import signal
import subprocess
import threading
import time
from pathlib import Path

import psutil
import pytest
from django.db import connection

from annotator.training import actions, jobs
from annotator.training.models import ModelVersion, TrainingRun
from annotator.training.predictions import read_predictions
from tests.factories import make_task

pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("folders"),
]
QUICK = {"epochs": 100, "batch_size": 8, "validation_percent": 0, "compare": False}


def task_of(dataset, **params):
    return make_task(
        workspace=dataset.workspace,
        datasets=[dataset],
        backend="vlm",
        max_tokens=40,
        training_params={**QUICK, **params},
    )


def make_base(environment, family, folder):
    program = Path(__file__).with_name("make_base.py")
    code = Path(__file__).parents[3]
    subprocess.run(
        [environment.python, program, family, folder],
        env={**os.environ, "PYTHONPATH": str(code)},
        check=True,
        capture_output=True,
    )


@pytest.mark.parametrize("family", ["idefics3", "llava", "gemma3"])
@pytest.mark.parametrize("method", ["lora", "full"])
def test_a_base_of_each_family_is_trained_saved_and_answers(
    dataset, settings, training_environment, family, method
):
    make_base(training_environment, family, settings.BASE_MODELS_DIR / f"tiny-{family}")
    params = {"base": f"tiny-{family}", "max_steps": 4, "method": method, "checkpoint_steps": 2}
    run = actions.start(
        task_of(dataset, **params, validation_percent=20, vision=True, merged=True), by=None
    )

    jobs.train(str(run.pk))

    run.refresh_from_db()
    assert (run.state, run.error) == (TrainingRun.State.SUCCEEDED, ""), run.log_tail
    assert run.metrics.filter(name="loss of training").count() == 4
    assert run.metrics.filter(name="loss of validation").count() == 2
    version = ModelVersion.objects.get()
    predictions = read_predictions(version)
    assert len(predictions) == 20
    assert all(prediction.tokens for prediction in predictions)
    assert version.metrics["answers"]["n"] == 20


def child_of(run):
    """The training process of the run."""
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        for process in psutil.process_iter(["cmdline"]):
            words = process.info["cmdline"] or []
            if "annotator.training.runner.vlm" in words and any(str(run.pk) in w for w in words):
                return process
        time.sleep(0.1)
    raise AssertionError("the child has not started")


def wait_for(run, condition):
    deadline = time.monotonic() + 600
    while time.monotonic() < deadline:
        run.refresh_from_db()
        if condition():
            return
        assert run.is_active, run.error
        time.sleep(0.1)
    raise AssertionError(f"it has not come so far: {run.log_tail}")


def wait_for_step(run, step):
    wait_for(run, lambda: run.state == TrainingRun.State.TRAINING and run.step >= step)


def train_in_a_thread(run):
    def work():
        jobs.train(str(run.pk))
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_a_killed_child_goes_on_with_the_same_losses_and_a_cancelled_run_too(dataset):
    """Of two runs on the same data with one seed, one is killed and cancelled: both learn the same."""
    params = {"max_steps": 60, "checkpoint_steps": 10, "seed": 3, "dropout": 0.1}
    straight = actions.start(task_of(dataset, **params), by=None)
    jobs.train(str(straight.pk))
    run = actions.start(task_of(dataset, **params), by=None)

    thread = train_in_a_thread(run)
    wait_for_step(run, 15)
    child_of(run).send_signal(signal.SIGKILL)
    wait_for_step(run, 30)
    actions.cancel(run, by=None)
    thread.join(300)
    run.refresh_from_db()
    assert run.state == TrainingRun.State.CANCELLED
    actions.resume(run, by=None)
    jobs.train(str(run.pk))

    run.refresh_from_db()
    assert (run.state, run.error) == (TrainingRun.State.SUCCEEDED, ""), run.log_tail
    expected, given = (
        list(one.metrics.filter(name="loss of training").values_list("step", "value"))
        for one in (straight, run)
    )
    assert [step for step, _ in given] == list(range(1, 61))
    assert [value for _, value in given] == pytest.approx(
        [value for _, value in expected], rel=1e-3, abs=1e-3
    )


def test_a_child_killed_after_its_last_step_only_evaluates_again(dataset):
    run = actions.start(task_of(dataset, max_steps=6, checkpoint_steps=3), by=None)
    thread = train_in_a_thread(run)
    wait_for(run, lambda: run.state == TrainingRun.State.EVALUATING)
    child_of(run).send_signal(signal.SIGKILL)
    thread.join(300)

    run.refresh_from_db()
    assert (run.state, run.error) == (TrainingRun.State.SUCCEEDED, ""), run.log_tail
    assert run.metrics.filter(name="loss of training").count() == 6


def test_full_training_of_300_steps_learns_it_all(dataset):
    run = actions.start(
        task_of(dataset, method="full", max_steps=300, evaluate_epochs=10, patience=0), by=None
    )

    jobs.train(str(run.pk))

    run.refresh_from_db()
    assert (run.state, run.error) == (TrainingRun.State.SUCCEEDED, ""), run.log_tail
    scores = {row["name"]: row["score"] for row in ModelVersion.objects.get().metrics["variables"]}
    assert scores["colour"] >= 0.9
    assert scores["dark"] >= 0.9
    assert run.metrics.filter(name="score of colour").count() >= 3


def test_a_run_without_its_base_says_so(dataset, settings, training_environment):
    folder = settings.BASE_MODELS_DIR / "gone"
    make_base(training_environment, "idefics3", folder)
    run = actions.start(task_of(dataset, base="gone"), by=None)
    shutil.rmtree(folder)

    jobs.train(str(run.pk))

    run.refresh_from_db()
    assert run.error == "The base gone has no weights in safetensors."
