"""Trainings by script: their state, curves and predictions; cancel, stop and keep, go on."""

import json
import zipfile
from pathlib import Path

import pytest

from annotator.training.models import ModelVersion, TrainingMetric, TrainingRun
from annotator.training.runner import checkpoints
from tests.factories import make_task

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(admin, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    task = make_task(workspace=admin.workspace, name="Grades")
    return TrainingRun.objects.create(task=task, backend="vlm", snapshot={"train": 3, "hash": "x"})


def test_a_run_shows_its_progress_and_its_model(api, run):
    model = ModelVersion.objects.create(task=run.task, version=1, run=run)

    row = api.get(f"/vlm/v2/run/{run.pk}/").json()

    assert (row["task_name"], row["state"], row["version"]) == ("Grades", "queued", 1)
    assert row["model"] == str(model.pk)
    assert row["samples"] == {"train": 3}
    assert api.rows("/vlm/v2/run/", task=str(run.task_id), state="queued") == [row]
    assert api.rows("/vlm/v2/run/", state="failed") == []


def test_curves_come_by_name_in_the_order_of_their_steps(api, run):
    for step, value in ((2, 0.5), (1, 0.9)):
        TrainingMetric.objects.create(run=run, step=step, name="loss", value=value)

    answer = api.get(f"/vlm/v2/run/{run.pk}/curve/").json()

    assert answer == {"curves": {"loss": [[1, 0.9], [2, 0.5]]}}


def test_predictions_come_in_pages_and_are_none_without_a_version(api, run, settings):
    assert api.get(f"/vlm/v2/run/{run.pk}/predictions/").json()["results"] == []
    archive = Path(settings.MODELS_ROOT) / "1.zip"
    archive.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(archive, "w") as file:
        lines = (json.dumps({"id": str(number), "raw": "{}"}) for number in range(3))
        file.writestr("predictions.jsonl", "\n".join(lines))
    ModelVersion.objects.create(task=run.task, version=1, run=run, archive="1.zip")

    page = api.get(f"/vlm/v2/run/{run.pk}/predictions/?page=2&page_size=2").json()

    assert page["count"] == 3
    assert [row["id"] for row in page["results"]] == ["2"]
    assert page["results"][0]["raw"] == "{}"


def test_a_run_is_stopped_and_kept_or_cancelled_once(api, run):
    assert api.post(f"/vlm/v2/run/{run.pk}/end-early/", {}).status_code == 200
    assert api.post(f"/vlm/v2/run/{run.pk}/end-early/", {}).status_code == 409

    answer = api.post(f"/vlm/v2/run/{run.pk}/cancel/", {})

    assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")
    assert api.post(f"/vlm/v2/run/{run.pk}/cancel/", {}).status_code == 409


def test_a_failed_run_goes_on_if_it_has_a_checkpoint(api, run, settings):
    TrainingRun.objects.filter(pk=run.pk).update(state="failed")
    assert api.post(f"/vlm/v2/run/{run.pk}/resume/", {}).status_code == 409
    folder = Path(settings.DATA_DIR) / "jobs" / f"{run.pk}-x"
    path = checkpoints.path_of(folder, 3)
    path.mkdir(parents=True)
    (path / "trainer_state.json").write_text('{"global_step": 3}')
    checkpoints.seal(path)
    (folder / "frozen").touch()
    assert api.get(f"/vlm/v2/run/{run.pk}/").json()["can_resume"]

    answer = api.post(f"/vlm/v2/run/{run.pk}/resume/", {})

    assert (answer.status_code, answer.json()["state"]) == (200, "queued")
