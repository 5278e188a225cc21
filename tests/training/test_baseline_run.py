"""A local training, from the click to the version, in a real child process."""

import hashlib
import io
import json
import sys
import threading
import time
import zipfile
from pathlib import Path

import pytest
from PIL import Image as Pillow

from annotator.datasets.actions import create_sample, set_values
from annotator.datasets.models import Origin
from annotator.errors import BadInput, WrongState
from annotator.images.actions import store_image
from annotator.training import actions, jobs, snapshot
from annotator.training.models import ModelVersion, TrainingRun
from tests.factories import make_dataset, make_sample, make_task, make_user, make_variable

pytestmark = pytest.mark.django_db(transaction=True)

COLOURS = {"red": (200, 30, 40), "green": (40, 180, 60), "blue": (40, 60, 200)}


@pytest.fixture(autouse=True)
def folders(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    settings.MODELS_ROOT = tmp_path / "models"


def picture(colour, number):
    """A plain picture, each a little different."""
    red, green, blue = colour
    image = Pillow.new("RGB", (48, 48), (red, green, (blue + number) % 256))
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def dataset():
    """24 training and 6 test samples whose colour and warmth can be seen."""
    dataset = make_dataset()
    colour = make_variable(
        dataset=dataset, name="colour", type="string", choices=list(COLOURS), required=True
    )
    warm = make_variable(dataset=dataset, name="warm", type="boolean")
    grade = make_variable(dataset=dataset, name="grade", min_value=0, max_value=10, step_size=0.5)
    for number in range(30):
        name = list(COLOURS)[number % 3]
        image, _ = store_image(dataset.workspace, picture(COLOURS[name], number))
        sample = create_sample(dataset, by=None, images=[image], test=number >= 24)
        given = {colour: name, warm: name == "red", grade: 2.5 * (number % 3)}
        set_values(sample, given, origin=Origin.IMPORTED, by=None)
    return dataset


def run_now(task):
    run = actions.start(task, by=make_user())
    jobs.train(str(run.pk))
    run.refresh_from_db()
    return run


def test_more_samples_cost_a_snapshot_no_more_queries(dataset, tmp_path, django_assert_num_queries):
    run = TrainingRun.objects.create(task=make_task(datasets=[dataset]), backend="baseline")
    with django_assert_num_queries(100, exact=False) as before:
        few = snapshot.write(run, tmp_path)
    (image,) = dataset.samples.first().images.all()
    colour = dataset.variables.get(name="colour")
    for _ in range(3):
        sample = create_sample(dataset, by=None, images=[image])
        set_values(sample, {colour: "red"}, origin=Origin.IMPORTED, by=None)

    with django_assert_num_queries(len(before)):
        more = snapshot.write(run, tmp_path)

    assert (few["train"], more["train"]) == (24, 27)


def test_a_training_leaves_an_evaluated_version_with_its_archive_in_production(dataset, settings):
    make_sample(dataset=dataset, name="not labelled")
    task = make_task(datasets=[dataset])

    run = run_now(task)

    assert (run.state, run.error) == (TrainingRun.State.SUCCEEDED, "")
    assert (run.snapshot["train"], run.snapshot["test"], run.snapshot["excluded"]) == (24, 6, 1)
    assert run.snapshot["excluded_samples"][0]["reason"] == "colour is required and missing"
    version = ModelVersion.objects.get()
    task.refresh_from_db()
    assert (task.last_version, task.production_version, version.version) == (1, 1, 1)
    figures = {variable["name"]: variable for variable in version.metrics["variables"]}
    assert figures["colour"]["n"] == 6
    assert figures["colour"]["score"] == 1.0
    assert figures["colour"]["trivial"] == pytest.approx(1 / 3)
    assert figures["grade"]["details"]["mean_absolute_error"] == 0
    assert run.metrics.filter(name="left-out score of colour", step=1).get().value == 1.0
    archive = Path(settings.MODELS_ROOT) / version.archive
    assert hashlib.sha256(archive.read_bytes()).hexdigest() == version.archive_sha256


def test_the_archive_holds_all_at_its_root_and_its_sums_are_right(dataset, settings):
    run_now(make_task(datasets=[dataset]))

    with zipfile.ZipFile(
        Path(settings.MODELS_ROOT) / ModelVersion.objects.get().archive
    ) as archive:
        names = set(archive.namelist())
        sums = dict(
            reversed(line.split("  ")) for line in archive.read("SHA256SUMS").decode().splitlines()
        )
        card, readme = json.loads(archive.read("card.json")), archive.read("README.md").decode()
        predictions = [json.loads(line) for line in archive.read("predictions.jsonl").splitlines()]
        right = [
            hashlib.sha256(archive.read(name)).hexdigest() == wanted
            for name, wanted in sums.items()
        ]

    assert "dataset_samples.jsonl" in names
    assert card["data"]["train"] == 24
    assert card["params"]["max_neighbours"] == 9
    assert card["machine"]["libraries"].keys() == {"numpy", "pillow"}
    assert [row["name"] for row in card["schema"]] == ["colour", "warm", "grade"]
    assert card["data"]["hash"] in readme
    assert str(settings.DATA_DIR) not in json.dumps(card) + readme
    assert {"config.json", "README.md", "metrics.json", "features.npy", "SHA256SUMS"} <= names
    assert len(right) == len(names) - 1
    assert all(right)
    assert len(predictions) == 6
    assert predictions[0]["values"].keys() == {"colour", "warm", "grade"}


def test_without_test_samples_a_version_is_not_evaluated(dataset):
    dataset.samples.update(test=False)

    run_now(make_task(datasets=[dataset]))

    metrics = ModelVersion.objects.get().metrics
    assert (metrics["test_samples"], metrics["score"]) == (0, None)


def test_the_same_data_gives_the_same_hash_and_other_data_another(dataset):
    task = make_task(datasets=[dataset])
    first, second = run_now(task), run_now(task)
    dataset.samples.filter(test=False).first().values.filter(variable__name="grade").update(
        value=9.5
    )
    third = run_now(task)

    assert first.snapshot["hash"] == second.snapshot["hash"] != third.snapshot["hash"]


def test_a_second_click_starts_no_second_run(dataset):
    task = make_task(datasets=[dataset])
    actions.start(task, by=make_user())

    with pytest.raises(WrongState):
        actions.start(task, by=make_user())

    assert TrainingRun.objects.count() == 1


def test_a_task_without_enough_samples_is_refused_with_the_reason():
    with pytest.raises(BadInput, match="label at least"):
        actions.start(make_task(datasets=[make_dataset()]), by=make_user())


def test_the_job_delivered_twice_trains_once(dataset):
    run = run_now(make_task(datasets=[dataset]))

    jobs.train(str(run.pk))

    assert ModelVersion.objects.count() == 1


def test_a_cancelled_run_ends_without_a_version(dataset):
    run = actions.start(make_task(datasets=[dataset]), by=make_user())
    TrainingRun.objects.update(cancel_requested_at=run.requested_at)

    jobs.train(str(run.pk))

    run.refresh_from_db()
    assert run.state == TrainingRun.State.CANCELLED
    assert not ModelVersion.objects.exists()


COMPLAINING = """
import json, signal, sys, time

def tell(**event):
    with open("events.jsonl", "a") as events:
        print(json.dumps(event), file=events)

def stop(*_):
    tell(error="A helper of mine was killed")
    sys.exit(1)

signal.signal(signal.SIGTERM, stop)
tell(phase="training")
time.sleep(60)
"""


def test_a_run_cancelled_half_way_stops_its_child_process_whatever_that_says(dataset, monkeypatch):
    from annotator.training.backends.baseline import Baseline

    command = [sys.executable, "-c", COMPLAINING]
    monkeypatch.setattr(Baseline, "command", lambda self, folder: command)
    run = actions.start(make_task(datasets=[dataset]), by=make_user())
    thread = threading.Thread(target=jobs.train, args=(str(run.pk),))
    started = time.monotonic()
    thread.start()
    while not TrainingRun.objects.filter(state=TrainingRun.State.TRAINING).exists():
        time.sleep(0.05)

    actions.cancel(run, by=None)
    thread.join(timeout=30)

    run.refresh_from_db()
    assert (run.state, run.error) == (TrainingRun.State.CANCELLED, "")
    assert time.monotonic() - started < 30


def test_a_child_that_dies_fails_the_run_with_its_reason(dataset, monkeypatch):
    from annotator.training.backends.baseline import Baseline

    command = [sys.executable, "-c", "print('Starting'); print('The disk is full'); exit(3)"]
    monkeypatch.setattr(Baseline, "command", lambda self, folder: command)

    run = run_now(make_task(datasets=[dataset]))

    assert run.state == TrainingRun.State.FAILED
    assert run.error == "The training process ended with code 3. The disk is full"
