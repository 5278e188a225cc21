"""Tasks: docs/platform.md R-T1 to R-T14."""

import datetime as dt

import pytest

from annotator.datasets.actions import add_images, set_value
from annotator.datasets.models import Dataset, Origin
from annotator.training import actions
from annotator.training.models import ModelVersion, Task, TrainingRun
from tests.api.client import ApiCaller
from tests.factories import (
    make_dataset,
    make_image,
    make_member,
    make_prompt,
    make_remote,
    make_sample,
    make_token,
    make_variable,
)

pytestmark = pytest.mark.django_db

TASKS = "/vlm/v2/task/"


def make_task(member, **fields):
    return actions.create_task(member.workspace, by=None, **{"name": "Grade the cards", **fields})


@pytest.fixture
def task(admin):
    return make_task(admin)


def test_R_T1_tasks_are_listed_by_workspace_and_searched_by_name(api, admin, task):
    make_task(admin, name="Other")

    rows = api.rows(TASKS, workspace=str(admin.workspace_id), search="grade")

    assert [row["id"] for row in rows] == [str(task.pk)]


def test_R_T2_a_tasks_time_is_called_created(api, admin):
    moment = dt.datetime(2025, 12, 17, 14, 59, 34, 529951, tzinfo=dt.UTC)
    task = make_task(admin, created_at=moment, description="d")

    body = api.get(f"{TASKS}{task.pk}/").json()

    assert body["created"] == "2025-12-17T14:59:34.529951Z"
    assert (body["id"], body["description"]) == (str(task.pk), "d")
    assert body["workspace"] == str(admin.workspace_id)


@pytest.mark.parametrize("auto_deploy", [True, False])
def test_R_T3_auto_deploy_is_a_boolean(api, auto_deploy):
    assert api.post(TASKS, {"name": "t", "auto_deploy": auto_deploy}).json()["auto_deploy"] is (
        auto_deploy
    )


def test_R_T4_versions_are_0_until_one_is_trained(api, task):
    body = api.get(f"{TASKS}{task.pk}/").json()

    assert (body["production_version"], body["last_version"]) == (0, 0)


def test_R_T4_the_last_version_cannot_be_written_and_production_must_exist(api, task):
    assert api.patch(f"{TASKS}{task.pk}/", {"last_version": 7}).json()["last_version"] == 0
    assert api.patch(f"{TASKS}{task.pk}/", {"production_version": 7}).status_code == 400


def test_R_T5_max_tokens_is_1000_unless_said(api, task):
    assert api.get(f"{TASKS}{task.pk}/").json()["max_tokens"] == 1000
    assert api.patch(f"{TASKS}{task.pk}/", {"max_tokens": 0}).status_code == 400


def test_R_T6_a_task_lists_and_counts_its_datasets(api, admin, task):
    first, second = (make_dataset(workspace=admin.workspace) for _ in range(2))
    task.datasets.set([first, second])
    Dataset.objects.filter(pk=second.pk).update(removed_at=dt.datetime.now(dt.UTC))

    body = api.get(f"{TASKS}{task.pk}/").json()

    assert (body["datasets"], body["dataset_count"]) == ([str(first.pk)], 1)


def test_R_T7_unknown_training_params_are_kept(api):
    params = {"epochs": 3, "lora": {"r": 16}, "from the future": [None]}

    assert api.post(TASKS, {"name": "t", "training_params": params}).json()["training_params"] == (
        params
    )


def test_R_T7_a_parameter_of_the_backend_outside_its_bounds_is_refused_by_name(api, task):
    answer = api.patch(f"{TASKS}{task.pk}/", {"training_params": {"max_neighbours": 51}})

    assert answer.status_code == 400
    assert answer.json()["training_params"] == [
        "Maximum neighbours: Enter a whole number from 1 to 50."
    ]


def test_R_T8_training_time_is_whole_seconds(api, admin):
    task = make_task(admin, training_time=180)

    assert api.get(f"{TASKS}{task.pk}/").json()["training_time"] == 180


def test_R_T9_prompts_are_assigned_by_their_ids(api, admin, task):
    user = make_prompt(workspace=admin.workspace, type="user", content="Grade it.")

    body = api.patch(f"{TASKS}{task.pk}/", {"user_prompt_id": str(user.pk)}).json()

    assert (body["user_prompt_id"], body["user_prompt"]) == (str(user.pk), "Grade it.")


def test_R_T10_resolved_texts_cannot_be_written(api, task):
    body = api.patch(f"{TASKS}{task.pk}/", {"user_prompt": "mine", "system_prompt": "mine"}).json()

    assert (body["user_prompt"], body["system_prompt"]) == (None, None)


def test_R_T13_datasets_are_connected_one_by_one(api, admin, task):
    first, second = (make_dataset(workspace=admin.workspace) for _ in range(2))

    for dataset in (first, second, first):
        answer = api.post(f"{TASKS}{task.pk}/add-dataset/", {"dataset_id": str(dataset.pk)})
        assert answer.status_code == 200

    assert api.get(f"{TASKS}{task.pk}/").json()["dataset_count"] == 2


def test_R_T14_a_disconnected_dataset_stays(api, admin, task):
    dataset = make_dataset(workspace=admin.workspace)
    task.datasets.add(dataset)

    api.post(f"{TASKS}{task.pk}/remove-dataset/", {"dataset_id": str(dataset.pk)})

    assert api.get(f"{TASKS}{task.pk}/").json()["datasets"] == []
    assert api.get(f"/vlm/v2/dataset/{dataset.pk}/").status_code == 200


def test_a_deleted_task_is_gone_and_kept_in_the_database(api, task):
    assert api.delete(f"{TASKS}{task.pk}/").status_code == 204
    assert api.get(f"{TASKS}{task.pk}/").status_code == 404
    assert Task.objects.filter(pk=task.pk).exists()


def test_R_K4_a_model_is_what_training_left_with_its_metrics(api, task):
    model = ModelVersion.objects.create(task=task, version=1, metrics={"grade": {"mae": 0.4}})
    other = actions.create_task(task.workspace, by=None, name="other")
    ModelVersion.objects.create(task=other, version=1)

    rows = api.rows("/vlm/v2/model/", task=str(task.pk))

    assert [row["id"] for row in rows] == [str(model.pk)]
    assert rows == [api.get(f"/vlm/v2/model/{model.pk}/").json()]
    assert rows[0]["metrics"] == {"grade": {"mae": 0.4}}


@pytest.fixture
def archived(task, settings):
    """A model with its archive."""
    folder = settings.MODELS_ROOT / "1"
    folder.mkdir(parents=True)
    (folder / "model.zip").write_bytes(b"PK the archive")
    return ModelVersion.objects.create(task=task, version=1, archive="1/model.zip")


def test_a_models_archive_is_fetched_by_a_link_without_a_token(api, client, archived):
    url = api.get(f"/vlm/v2/model/{archived.pk}/request-download").json()["download_url"]

    answer = client.get(url)

    assert url.endswith("/grade-the-cards-1.zip")
    assert b"".join(answer) == b"PK the archive"


def test_a_link_to_a_models_archive_is_for_those_who_may_download_it_on_its_page(archived):
    workspace, url = archived.task.workspace, f"/vlm/v2/model/{archived.pk}/request-download"
    annotator, reviewer = (
        make_member(role, workspace=workspace) for role in ["annotator", "reviewer"]
    )

    assert ApiCaller(make_token(annotator, scope="ro")).get(url).status_code == 403
    assert ApiCaller(make_token(reviewer, scope="ro")).get(url).status_code == 200


def test_a_link_ends_and_cannot_be_forged(api, client, archived, settings):
    url = api.get(f"/vlm/v2/model/{archived.pk}/request-download").json()["download_url"]

    assert client.get(url.replace(":", ";", 9)).status_code == 404
    settings.MODEL_LINK_SECONDS = -1
    assert client.get(url).status_code == 410


def test_a_model_without_an_archive_has_no_link(api, task):
    model = ModelVersion.objects.create(task=task, version=1)

    assert api.get(f"/vlm/v2/model/{model.pk}/request-download").status_code == 404


@pytest.fixture
def trainable(admin):
    """A task with a labelled dataset of four samples, one of them a test sample."""
    dataset = make_dataset(workspace=admin.workspace)
    variable = make_variable(dataset=dataset, name="grade")
    for number in range(4):
        sample = make_sample(dataset=dataset, test=number == 0)
        add_images(sample, [make_image(admin.workspace)], by=None)
        set_value(sample, variable, number, origin=Origin.TYPED, by=None)
    return make_task(admin, datasets=[dataset])


def test_R_T11_training_is_started_once_however_often_it_is_clicked(
    api, trainable, queued_jobs, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        first = api.post(f"{TASKS}{trainable.pk}/train/")
        second = api.post(f"{TASKS}{trainable.pk}/train")

    run = TrainingRun.objects.get()
    assert (first.status_code, first.json()["id"]) == (201, str(run.pk))
    assert second.status_code == 409
    assert queued_jobs == [("annotator.training.jobs.train", (str(run.pk),))]


def test_R_T11_a_mirrored_task_is_trained_by_its_remote(
    api, admin, queued_jobs, django_capture_on_commit_callbacks
):
    remote = make_remote(workspace=admin.workspace)
    task = make_task(admin, remote=remote, remote_key="r1")

    with django_capture_on_commit_callbacks(execute=True):
        answer = api.post(f"{TASKS}{task.pk}/train/")

    assert answer.status_code == 201
    assert [name for name, _ in queued_jobs] == ["annotator.training.jobs.request_remote"]


def test_R_T12_training_without_samples_is_refused_with_the_reason(api, task):
    answer = api.post(f"{TASKS}{task.pk}/train/")

    assert answer.status_code == 400
    assert answer.json()["detail"]
    assert not TrainingRun.objects.exists()
