"""Longer trials with real weights: families of bases, a killed child, a training of 300 steps."""

import json
import os
import shutil
import signal
import struct
import subprocess
import threading
import time
import zipfile
from pathlib import Path

import psutil
import pytest
from django.db import connection

from annotator.datasets.actions import set_values
from annotator.datasets.models import Origin
from annotator.training import actions, bases, jobs, venv
from annotator.training.backends.vlm import Vlm
from annotator.training.child import Child
from annotator.training.models import ModelVersion, TrainingRun
from annotator.training.predictions import read_predictions
from tests.factories import make_task, make_variable, original_path

pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("folders"),
]
PROGRAM = "annotator.training.runner.vlm"
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


def needs(environment, family):
    """Skip where the family needs an extra that the training environment lacks."""
    if lack := venv.missing(bases.FAMILIES[family]):
        pytest.skip(f"{environment.folder} {lack}")


@pytest.mark.parametrize("family", list(bases.FAMILIES))
@pytest.mark.parametrize("method", ["lora", "full"])
def test_a_base_of_each_family_is_trained_saved_and_answers_again(
    dataset, settings, tmp_path, training_environment, family, method
):
    needs(training_environment, family)
    make_base(training_environment, family, settings.BASE_MODELS_DIR / f"tiny-{family}")
    params = {"base": f"tiny-{family}", "max_steps": 4, "method": method, "checkpoint_steps": 2}
    params |= {"vision": method == "full", "validation_percent": 20, "merged": True}
    run = actions.start(task_of(dataset, **params, precision="float32"), by=None)

    jobs.train(str(run.pk))

    run.refresh_from_db()
    assert (run.state, run.error) == (TrainingRun.State.SUCCEEDED, ""), run.log_tail
    assert run.metrics.filter(name="loss of training").count() == 4
    assert run.metrics.filter(name="loss of validation").count() == 2
    version = ModelVersion.objects.get()
    raw = {prediction.id: prediction.raw for prediction in read_predictions(version)}
    assert version.metrics["answers"]["n"] == len(raw) == 20
    assert any(raw.values())
    with zipfile.ZipFile(settings.MODELS_ROOT / version.archive) as archive:
        archive.extractall(tmp_path / "job" / "model")
    assert answers_again(dataset, tmp_path / "job") == raw
    if method == "lora":
        layers = tensors_of(tmp_path / "job" / "model" / "adapter_model.safetensors")
        assert layers
        assert all(".language_model." in name or ".text_model." in name for name in layers)
        assert (tmp_path / "job" / "model" / "merged" / "config.json").exists()


def answers_again(dataset, folder):
    """What a new process writes for the test samples with the archive in the folder's model/."""
    params = json.loads((folder / "model" / "training_params.json").read_text())
    (folder / "job.json").write_text(json.dumps({"params": params}))
    with (folder / "samples.jsonl").open("w") as lines:
        for sample in dataset.samples.filter(test=True):
            row = {"id": str(sample.pk), "split": "predict", "values": {}, "system": ""}
            row |= {"images": [str(original_path(sample.images.get()))]}
            row |= {"user": dataset.user_prompt.content}
            lines.write(json.dumps(row) + "\n")
    with Child(Vlm().predict(folder), folder) as child:
        while child.code() is None:
            time.sleep(0.1)
        assert child.code() == 0, (folder / "log.txt").read_text()
    answers = map(json.loads, (folder / "suggestions.jsonl").read_text().splitlines())
    return {answer["id"]: answer["raw"] for answer in answers}


def tensors_of(path):
    """The names of the tensors of a file."""
    with path.open("rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        return json.loads(file.read(length)).keys() - {"__metadata__"}


def child_of(run):
    """The training process of the run."""
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        for process in psutil.process_iter(["cmdline"]):
            words = process.info["cmdline"] or []
            if PROGRAM in words and any(str(run.pk) in w for w in words):
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


def test_two_processes_learn_what_one_learns_with_twice_the_batch(dataset):
    """Two GPUs, on a machine without any: both processes compute on the processor."""
    params = {"max_steps": 20, "checkpoint_steps": 10, "dropout": 0.0, "evaluate_epochs": 2}
    alone = actions.start(task_of(dataset, **params, batch_size=12), by=None)
    jobs.train(str(alone.pk))
    run = actions.start(task_of(dataset, **params, batch_size=6, devices=2), by=None)

    thread = train_in_a_thread(run)
    wait_for(run, lambda: run.metrics.filter(name="loss of training", step__gte=13).exists())
    (second,) = [one for one in child_of(run).children() if PROGRAM in one.cmdline()]
    second.send_signal(signal.SIGKILL)
    thread.join(600)

    run.refresh_from_db()
    assert (run.state, run.error) == (TrainingRun.State.SUCCEEDED, ""), run.log_tail
    expected, given = (
        list(one.metrics.filter(name="loss of training").values_list("step", "value"))
        for one in (alone, run)
    )
    assert [step for step, _ in given] == list(range(1, 21))
    assert [value for _, value in given] == pytest.approx(
        [value for _, value in expected], rel=0.05
    )
    assert not second.is_running()
    assert run.metrics.filter(name="score of colour").count() == 2
    assert ModelVersion.objects.filter(run=run).get().metrics["answers"]["n"] == 20


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


def test_it_beats_the_nearest_neighbours_at_what_the_prompt_alone_says(dataset):
    """240 steps: after 120 the tiny base does not yet read its prompt."""
    prompt = dataset.user_prompt
    prompt.content = "Which colour, and is it dark? This is the {{side}}."
    prompt.save(update_fields=["content"])
    side = make_variable(
        dataset=dataset, name="side", type="string", choices=["front", "back"], required=True
    )
    for sample in dataset.samples.all():
        values = {side: sample.input_meta_data["side"]}
        set_values(sample, values, origin=Origin.IMPORTED, by=None)
    run = actions.start(task_of(dataset, max_steps=240, compare=True), by=None)

    jobs.train(str(run.pk))

    run.refresh_from_db()
    assert (run.state, run.error) == (TrainingRun.State.SUCCEEDED, ""), run.log_tail
    metrics = ModelVersion.objects.get().metrics
    scores = {row["name"]: row["score"] for row in metrics["variables"]}
    assert scores["side"] >= metrics["baseline"]["variables"]["side"] + 0.2
    assert metrics["score"] > metrics["baseline"]["score"]


def test_a_run_without_its_base_says_so(dataset, settings, training_environment):
    folder = settings.BASE_MODELS_DIR / "gone"
    make_base(training_environment, "idefics3", folder)
    run = actions.start(task_of(dataset, base="gone"), by=None)
    shutil.rmtree(folder)

    jobs.train(str(run.pk))

    run.refresh_from_db()
    assert run.error == "The base gone has no weights in safetensors."
