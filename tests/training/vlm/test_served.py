"""A real server with the OpenAI API, transformers' own, answers for an endpoint of ours: slow."""

import contextlib
import socket
import subprocess
import sys
import time
import urllib.request
import zipfile
from pathlib import Path

import pytest
from django.urls import reverse

from annotator.accounts.models import Role
from annotator.datasets.actions import create_sample
from annotator.images.actions import store_image
from annotator.predictions import jobs as prediction_jobs
from annotator.predictions.models import Endpoint, Prediction
from annotator.suggestions.models import Suggestion
from annotator.training import actions, jobs
from annotator.training.models import ModelVersion, Task
from tests.factories import make_member, make_task
from tests.training.vlm.conftest import COLOURS, solid
from tests.training.vlm.test_small_run import form_data

pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("folders"),
]
NEW = 8  # pictures to label
STARTING_SECONDS = 300


@pytest.fixture(scope="module")
def serving(tmp_path_factory, training_environment):
    """The Python of an environment that has the training's libraries, and what serving needs beside them."""
    folder = tmp_path_factory.mktemp("serving")
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    (own,) = folder.glob("lib/python3*/site-packages")
    (theirs,) = training_environment.folder.glob("lib/python3*/site-packages")
    (own / "training.pth").write_text(f"{theirs}\n")
    python = folder / "bin" / "python"
    needed = ["fastapi", "uvicorn", "openai"]
    installed = subprocess.run([python, "-m", "pip", "install", "-q", *needed], check=False)
    if installed.returncode:
        pytest.skip(f"No registry gives {', '.join(needed)}.")
    return python


@contextlib.contextmanager
def served(python, model, log):
    """The host and port of a server of this model folder."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [python, "-m", "transformers.cli.transformers", "serve", str(model)]
    command += ["--host", "127.0.0.1", "--port", str(port), "--device", "cpu"]
    with log.open("w") as output:
        child = subprocess.Popen(
            command,
            stdout=output,
            stderr=output,
            env={"HF_HUB_OFFLINE": "1", "HOME": str(log.parent)},
        )
        try:
            until = time.monotonic() + STARTING_SECONDS
            while not is_healthy(port):
                assert child.poll() is None, log.read_text()[-2000:]
                assert time.monotonic() < until, log.read_text()[-2000:]
                time.sleep(0.5)
            yield f"127.0.0.1:{port}"
        finally:
            child.terminate()
            child.wait()


def is_healthy(port):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=2) as answer:
            return answer.status == 200
    except OSError:
        return False


def trained(client, dataset, folder):
    """The task, and the merged weights of a version that the product has trained on solid colours."""
    admin = make_member(Role.ADMIN, workspace=dataset.workspace)
    client.force_login(admin.user)
    assert client.post(reverse("training:new"), form_data(dataset)).status_code == 302
    task = Task.objects.get()
    run = actions.start(task, by=admin.user)
    jobs.train(str(run.pk))
    run.refresh_from_db()
    assert run.error == "", run.log_tail
    archive = Path(folder) / "models" / ModelVersion.objects.get().archive
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(folder / "archive")
    return task, folder / "archive" / "merged"


def add_pictures(dataset):
    """New pictures to label; the colours by sample."""
    colours = {}
    for number in range(NEW):
        colour = list(COLOURS)[number % len(COLOURS)]
        picture = solid(colour, dark=False, seed=500 + number)
        image, _ = store_image(dataset.workspace, picture)
        colours[create_sample(dataset, by=None, images=[image]).pk] = colour
    return colours


def add_endpoint(client, host, model):
    """As an admin adds it on the page."""
    numbers = {"concurrency": 2, "image_px": 128, "max_calls": 50, "max_tokens": 0, "max_cost": 0}
    fields = {"name": "Served", "base_url": f"http://{host}/v1", "model": str(model), "key": ""}
    fields |= numbers | {"input_price": 0, "output_price": 0}
    answer = client.post(reverse("predictions:new_endpoint"), fields)
    assert answer.status_code == 302, answer.text
    return Endpoint.objects.get()


def predict(client, dataset, endpoint, task, **more):
    """Requested on the page, done by the job; the prediction and its page."""
    data = {"model": f"endpoint:{endpoint.pk}", "samples": "unlabeled", "task": task.pk, **more}
    answer = client.post(reverse("predictions:new", args=[dataset.pk]), data)
    assert answer.status_code == 302, answer.text
    prediction = Prediction.objects.latest("created_at")
    while prediction.state in {"queued", "running"}:
        prediction_jobs.ask_endpoint(str(prediction.pk))
        prediction.refresh_from_db()
    return prediction, client.get(answer.url)


def test_a_trained_version_behind_a_real_server_suggests_what_it_has_learned(
    client, dataset, settings, tmp_path, serving
):
    task, model = trained(client, dataset, tmp_path)
    colours = add_pictures(dataset)
    with served(serving, model, tmp_path / "server.log") as host:
        endpoint = add_endpoint(client, host, model)
        refused, _ = predict(client, dataset, endpoint, task)
        settings.PRIVATE_REMOTES = frozenset([host])
        trial, page = predict(client, dataset, endpoint, task, trial="1")
        before = Suggestion.objects.count()
        prediction, _ = predict(client, dataset, endpoint, task)

    assert (refused.state, refused.done) in {("paused", 0), ("failed", 0)}
    assert (trial.state, trial.done, before) == ("done", 5, 0)
    assert len(page.context["answers"]) == 5
    assert (prediction.state, prediction.done, prediction.error) == ("done", NEW, "")
    assert prediction.input_tokens > 0
    assert prediction.output_tokens > 0
    rows = Suggestion.objects.filter(variable__name="colour", invalid_reason="")
    right = [row.value == colours[row.sample_id] for row in rows]
    assert len(right) == NEW
    assert sum(right) >= 0.8 * NEW
    assert all(row.raw_text.startswith("{") for row in rows)


def test_a_model_that_knows_no_form_is_told_it_and_stops_the_job_where_that_does_not_help(
    client, dataset, settings, tmp_path, serving, training_environment
):
    client.force_login(make_member(Role.ADMIN, workspace=dataset.workspace).user)
    make = Path(__file__).with_name("make_base.py")
    model, code = tmp_path / "untrained", Path(__file__).parents[3]
    command = [training_environment.python, make, "idefics3", model]
    subprocess.run(command, check=True, env={"PYTHONPATH": str(code), "HOME": str(tmp_path)})
    add_pictures(dataset)
    with served(serving, model, tmp_path / "server.log") as host:
        settings.PRIVATE_REMOTES = frozenset([host])
        endpoint = add_endpoint(client, host, model)
        prediction, _ = predict(
            client, dataset, endpoint, make_task(datasets=[dataset], max_tokens=30)
        )

    assert (prediction.state, prediction.suggested) == ("paused", 0)
    assert "5 samples in a row had no usable answer" in prediction.message
    assert prediction.calls > prediction.done  # once more, with the form in the text
