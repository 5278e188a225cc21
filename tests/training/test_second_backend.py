"""A second backend needs an entry in the registry and nothing else: form, API, run, page and card follow."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from django.urls import reverse

from annotator.accounts.models import Role
from annotator.datasets.actions import create_sample, set_values
from annotator.datasets.models import Origin
from annotator.errors import BadInput
from annotator.images.actions import store_image
from annotator.training import actions, jobs
from annotator.training.backends import BACKENDS
from annotator.training.curves import curve_charts
from annotator.training.models import ModelVersion, Task, TrainingMetric, TrainingRun
from tests.factories import make_dataset, make_member, make_task, make_variable, make_workspace
from tests.pictures import picture
from tests.training.toy_backend import Toy

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def toy(monkeypatch, settings, tmp_path):
    """The made-up backend, in the registry."""
    settings.DATA_DIR = tmp_path
    settings.MODELS_ROOT = tmp_path / "models"
    backend = Toy()
    monkeypatch.setitem(BACKENDS, backend.name, backend)
    return backend


@pytest.fixture
def workspace():
    return make_workspace()


@pytest.fixture
def dataset(workspace):
    """Two samples that can be trained on."""
    dataset = make_dataset(workspace=workspace)
    grade = make_variable(dataset=dataset, name="grade", required=True)
    for number in range(2):
        image, _ = store_image(workspace, picture(seed=number))
        sample = create_sample(dataset, by=None, images=[image])
        set_values(sample, {grade: number}, origin=Origin.IMPORTED, by=None)
    return dataset


@pytest.fixture
def admin(client, workspace):
    member = make_member(Role.ADMIN, workspace=workspace)
    client.force_login(member.user)
    return member


def form_data(dataset, **parameters):
    return {
        "name": "Toy task",
        "datasets": [str(dataset.pk)],
        "backend": "toy",
        "max_tokens": 500,
        "toy-epochs": "4",
        "toy-rate": "0.002",
        "toy-base": "big",
        "toy-targets": "q_proj",
        "toy-vision": "on",
        **parameters,
    }


def test_from_the_form_to_the_version_with_its_own_curves(
    client, admin, dataset, settings, monkeypatch
):
    for name in ("SECRET_KEY", "DATABASE_URL", "HF_TOKEN", "NVIDIA_API_KEY", "ANNOTATOR_TOKEN"):
        monkeypatch.setenv(name, "secret")
    for name in ("CUDA_VISIBLE_DEVICES", "HF_HOME", "ROCR_VISIBLE_DEVICES"):
        monkeypatch.setenv(name, "needed")

    client.post(reverse("training:new"), form_data(dataset))
    task = Task.objects.get()
    run = actions.start(task, by=admin.user)
    jobs.train(str(run.pk))

    run.refresh_from_db()
    assert (run.state, run.error) == (TrainingRun.State.SUCCEEDED, "")
    params = {"epochs": 4, "rate": 0.002, "base": "big", "targets": "q_proj", "vision": True}
    assert run.params == task.training_params == params
    seen = run.log_tail.split("environment:")[1].split()
    assert {"CUDA_VISIBLE_DEVICES", "HF_HOME", "ROCR_VISIBLE_DEVICES", "OMP_NUM_THREADS"} <= {*seen}
    assert {
        "SECRET_KEY",
        "DATABASE_URL",
        "HF_TOKEN",
        "NVIDIA_API_KEY",
        "ANNOTATOR_TOKEN",
    }.isdisjoint(seen)
    with zipfile.ZipFile(
        Path(settings.MODELS_ROOT) / ModelVersion.objects.get().archive
    ) as archive:
        assert json.loads(archive.read("config.json")) == params
    page = client.get(reverse("training:run", args=[run.pk])).content.decode()
    assert "Loss, by step" in page
    assert "Learning rate (per step), by step" in page
    assert "Seconds, by step" in page  # a metric that no curve names
    assert "Memory" not in page  # nothing was measured
    assert "Durations" in page
    assert {"preparing", "packaging"} <= run.phase_seconds.keys()
    version = client.get(reverse("training:version", args=[ModelVersion.objects.get().pk]))
    assert "Preparing" in version.content.decode()
    assert "Toy model" in client.get(reverse("training:task", args=[task.pk])).content.decode()


def test_a_parameter_is_refused_by_form_and_action_alike(client, admin, dataset):
    refused = client.post(reverse("training:new"), form_data(dataset, **{"toy-epochs": "10"}))

    assert refused.status_code == 422
    assert b"Enter a whole number from 1 to 9." in refused.content
    with pytest.raises(BadInput, match="Epochs"):
        actions.create_task(
            admin.workspace, by=None, name="t", backend="toy", training_params={"epochs": 10}
        )
    assert not Task.objects.exists()


def test_only_the_chosen_backends_parameters_are_checked_and_others_are_kept(
    client, admin, dataset, workspace
):
    task = make_task(datasets=[dataset], training_params={"max_neighbours": 5})
    data = form_data(dataset, **{"baseline-max_neighbours": "-1"})

    client.post(reverse("training:settings", args=[task.pk]), data)

    task.refresh_from_db()
    assert task.backend == "toy"
    assert task.training_params["max_neighbours"] == 5
    assert task.training_params["epochs"] == 4


def test_a_backend_that_is_not_installed_says_what_helps_and_starts_nothing(
    client, admin, dataset, toy
):
    toy.is_available = False
    task = make_task(datasets=[dataset], backend="toy")

    settings_page = client.get(reverse("training:settings", args=[task.pk])).content.decode()
    task_page = client.get(reverse("training:task", args=[task.pk])).content.decode()

    for page in (settings_page, task_page):
        assert "torch is not installed. Run: manage.py install_training" in page
    with pytest.raises(BadInput, match="torch is not installed"):
        actions.start(task, by=admin.user)


def test_describing_the_backends_imports_nothing_that_only_the_training_needs():
    code = """
import sys
from annotator.training.backends import BACKENDS
for backend in BACKENDS.values():
    backend.availability(), backend.parameters, backend.curves, backend.device.label
sys.exit(", ".join({"numpy", "PIL", "torch", "transformers"} & sys.modules.keys()) or None)
"""

    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_an_unknown_backend_is_refused(workspace, dataset):
    with pytest.raises(BadInput, match="There is no backend called gone"):
        actions.create_task(workspace, by=None, name="t", backend="gone")
    with pytest.raises(BadInput, match="choose another"):
        actions.start(make_task(datasets=[dataset], backend="gone"), by=None)


def test_curves_come_in_the_backends_order_and_many_lines_in_several_charts(dataset):
    run = TrainingRun.objects.create(task=make_task(datasets=[dataset]), backend="toy")
    names = ["other", "memory", *(f"loss of part {number}" for number in range(7))]
    TrainingMetric.objects.bulk_create(
        TrainingMetric(run=run, name=name, step=step, value=0.0001 * step)
        for name in names
        for step in (1, 2)
    )

    charts = curve_charts(run)

    assert [chart.title for chart in charts] == [
        "Loss, by step",
        "Loss, by step",
        "Memory (GB), by minute",
        "Other, by step",
    ]
    assert [len(chart.chart.lines) for chart in charts] == [5, 2, 1, 1]
    assert charts[0].chart.lines[0].last == "0.0002"


def test_a_run_of_a_backend_that_is_gone_still_shows_what_it_measured(client, admin, dataset):
    task = make_task(datasets=[dataset])
    run = TrainingRun.objects.create(task=task, backend="gone", state="succeeded")
    TrainingMetric.objects.create(run=run, step=1, name="loss", value=0.5)

    assert b"Loss, by step" in client.get(reverse("training:run", args=[run.pk])).content
