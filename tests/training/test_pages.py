"""The pages of tasks, runs and versions: who sees what, who starts what, and how much it costs."""

import uuid
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from annotator import heartbeats
from annotator.accounts.models import Role
from annotator.datasets.actions import create_sample, set_values
from annotator.datasets.models import Origin, Sample
from annotator.images.actions import store_image
from annotator.training import preflight, queries
from annotator.training.backends.baseline import Baseline
from annotator.training.models import ModelVersion, Task, TrainingMetric, TrainingRun
from tests.factories import make_dataset, make_member, make_task, make_variable, make_workspace
from tests.pictures import picture

pytestmark = pytest.mark.django_db

METRICS = {
    "train_samples": 24,
    "test_samples": 6,
    "score": 0.9,
    "score_is": "the mean of the variables' scores",
    "variables": [
        {
            "name": "colour",
            "type": "string",
            "metric": "accuracy",
            "n": 6,
            "score": 0.9,
            "score_low": 0.6,
            "score_high": 0.98,
            "trivial": 0.3,
            "details": {"exact": 0.9, "macro_f1": 0.88, "classes": []},
        }
    ],
}


@pytest.fixture
def workspace():
    return make_workspace()


@pytest.fixture
def task(workspace):
    """A task whose dataset has three labelled samples."""
    dataset = make_dataset(workspace=workspace)
    grade = make_variable(dataset=dataset, name="grade", required=True)
    for number in range(3):
        image, _ = store_image(workspace, picture(seed=number))
        sample = create_sample(dataset, by=None, images=[image])
        set_values(sample, {grade: number}, origin=Origin.IMPORTED, by=None)
    return make_task(datasets=[dataset], name="Card grader")


def make_run(task, **fields):
    run = TrainingRun.objects.create(task=task, backend="baseline", **fields)
    TrainingMetric.objects.create(run=run, step=1, name="loss", value=0.5)
    return run


def make_version(task, number=1):
    return ModelVersion.objects.create(task=task, version=number, metrics=METRICS)


def sign_in(client, role, workspace):
    member = make_member(role, workspace=workspace)
    client.force_login(member.user)
    return member


@pytest.mark.parametrize("role", Role)
def test_everybody_sees_tasks_runs_and_versions(client, workspace, task, role):
    run, version = make_run(task, state="succeeded", ended_at=timezone.now()), make_version(task)
    sign_in(client, role, workspace)

    pages = [
        client.get(reverse(name, args=args))
        for name, args in [
            ("training:tasks", []),
            ("training:task", [task.pk]),
            ("training:run", [run.pk]),
            ("training:version", [version.pk]),
        ]
    ]

    assert [page.status_code for page in pages] == [200] * 4
    assert b"90.0" in pages[3].content


def test_an_outsider_finds_nothing(client, task):
    version, run = make_version(task), make_run(task)
    sign_in(client, Role.ADMIN, make_workspace())

    for name, pk in [
        ("task", task.pk),
        ("version", version.pk),
        ("run", run.pk),
        ("download", version.pk),
    ]:
        assert client.get(reverse(f"training:{name}", args=[pk])).status_code == 404
    assert client.post(reverse("training:train", args=[task.pk])).status_code == 404


@pytest.mark.parametrize("role", [Role.ANNOTATOR, Role.REVIEWER])
def test_only_an_admin_trains(client, workspace, task, role):
    sign_in(client, role, workspace)

    assert client.post(reverse("training:train", args=[task.pk])).status_code == 403
    assert not TrainingRun.objects.exists()


def test_a_click_queues_one_run_and_a_second_click_none(
    client, workspace, task, queued_jobs, django_capture_on_commit_callbacks
):
    sign_in(client, Role.ADMIN, workspace)

    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("training:train", args=[task.pk]))
        late = client.post(reverse("training:train", args=[task.pk]), follow=True)

    assert TrainingRun.objects.count() == 1
    assert b"already under way" in late.content


def test_a_running_page_asks_again_and_a_finished_one_does_not(client, workspace, task):
    sign_in(client, Role.ADMIN, workspace)
    run = make_run(task, state="training", step=3, steps=10, started_at=timezone.now())
    url = reverse("training:run", args=[run.pk])
    headers = {"HX-Request": "true", "HX-Target": "run"}

    going = client.get(url, headers=headers)
    TrainingRun.objects.update(state="succeeded")
    done = client.get(url, headers=headers)

    assert b"every 2s" in going.content
    assert b"3 of 10" in going.content
    assert b"<html" not in going.content
    assert b"every 2s" not in done.content
    assert "HX-Refresh" not in going.headers
    assert (
        done.headers["HX-Refresh"] == "true"
    )  # the version and its figures are outside of the part
    assert "HX-Refresh" not in client.get(url).headers


def test_a_refresh_of_the_progress_counts_no_samples_and_the_next_page_is_up_to_date(
    client, workspace, task, monkeypatch
):
    checked, check = [], preflight.check
    monkeypatch.setattr(preflight, "check", lambda task: checked.append(1) or check(task))
    sign_in(client, Role.ADMIN, workspace)
    make_run(task, state="training")
    url = reverse("training:task", args=[task.pk])

    part = client.get(url, headers={"HX-Request": "true", "HX-Target": "run"})
    refreshes = len(checked)
    before = client.get(url).context["preflight"].train
    Sample.objects.filter(test=False, dataset__tasks=task).first().delete()
    after = client.get(url).context["preflight"].train

    assert (part.status_code, refreshes) == (200, 0)
    assert after == before - 1


def test_a_task_is_made_and_changed_with_its_parameters(client, workspace):
    dataset = make_dataset(workspace=workspace)
    sign_in(client, Role.ADMIN, workspace)
    parameters = {
        "baseline-max_neighbours": 5,
        "baseline-similarity_power": "0.5",
        "baseline-ignore_colours": "on",
        "baseline-max_images": 2,
        "baseline-max_samples": 100,
    }
    data = {
        "name": "Grader",
        "datasets": [str(dataset.pk)],
        "backend": "baseline",
        "max_tokens": 500,
        **parameters,
    }

    client.post(reverse("training:new"), data)
    task = Task.objects.get()
    refused = client.post(
        reverse("training:settings", args=[task.pk]), data | {"baseline-max_neighbours": 0}
    )

    assert list(task.datasets.all()) == [dataset]
    assert task.training_params == {
        "max_neighbours": 5,
        "similarity_power": 0.5,
        "ignore_colours": True,
        "max_images": 2,
        "max_samples": 100,
    }
    assert refused.status_code == 422


def test_a_dataset_of_another_workspace_cannot_be_connected(client, workspace):
    foreign = make_dataset()
    sign_in(client, Role.ADMIN, workspace)
    data = {
        "name": "Grader",
        "datasets": [str(foreign.pk)],
        "backend": "baseline",
        "max_tokens": 500,
    }

    response = client.post(
        reverse("training:new"),
        data
        | {f"baseline-{parameter.name}": parameter.default for parameter in Baseline.parameters},
    )

    assert response.status_code == 422
    assert not Task.objects.exists()


def test_a_version_is_put_into_production_by_an_admin(client, workspace, task):
    version = make_version(task)
    sign_in(client, Role.ADMIN, workspace)

    client.post(reverse("training:production", args=[version.pk]))

    task.refresh_from_db()
    assert task.production_version == 1


def test_an_unknown_run_is_not_found(client, workspace):
    sign_in(client, Role.ADMIN, workspace)

    assert client.get(reverse("training:run", args=[uuid.uuid4()])).status_code == 404


def test_more_tasks_and_versions_cost_no_more_queries(
    client, workspace, task, django_assert_max_num_queries
):
    sign_in(client, Role.ADMIN, workspace)
    for number in range(1, 6):
        make_run(make_task(workspace=workspace), state="succeeded")
        make_version(task, number)

    with django_assert_max_num_queries(14):
        client.get(reverse("training:tasks"))
    with django_assert_max_num_queries(32):
        client.get(reverse("training:task", args=[task.pk]))


def test_the_pages_say_when_no_worker_trains_and_which_one_does(client, workspace, task):
    sign_in(client, Role.ADMIN, workspace)
    run = make_run(task, state="training", worker="training@gpu")
    pages = [reverse("training:run", args=[run.pk]), reverse("training:task", args=[task.pk])]
    cache.clear()
    heartbeats.note_worker("default@worker", ["default"])

    silent = [client.get(page).text for page in pages]
    heartbeats.note_worker("training@gpu", ["training"])
    alive = [client.get(page).text for page in pages]

    assert all("No worker for training has reported yet" in page for page in silent)
    assert not any("No worker" in page for page in alive)
    assert all("training@gpu" in page for page in alive)


@pytest.mark.parametrize(
    ("state", "seconds", "told"),
    [("training", 20, "0.5 steps a second"), ("evaluating", 5, "2.0 a second")],
)
def test_what_is_left_is_estimated_by_the_time_of_the_present_phase(
    client, workspace, task, state, seconds, told
):
    begun = timezone.now() - timedelta(hours=2)  # most of it in an earlier phase
    spent = {"preparing": 7000.0, state: float(seconds)}
    run = make_run(task, state=state, started_at=begun, step=10, steps=20, phase_seconds=spent)
    sign_in(client, Role.ANNOTATOR, workspace)

    response = client.get(reverse("training:run", args=[run.pk]))

    assert response.context["progress"].seconds_left == seconds
    assert told in response.text


def test_nothing_is_estimated_at_the_beginning_of_a_phase(task):
    assert queries.progress(make_run(task, state="training", step=1, steps=50)).seconds_left is None
