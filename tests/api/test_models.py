"""Models by script: their card, and two of them compared."""

import uuid

import pytest

from annotator.training.models import ModelVersion
from tests.factories import make_dataset, make_sample, make_task
from tests.training.archives import give_archive, prediction

pytestmark = pytest.mark.django_db


@pytest.fixture
def task(admin, settings, tmp_path):
    settings.MODELS_ROOT = tmp_path
    return make_task(workspace=admin.workspace, name="Grades")


@pytest.fixture
def models(task):
    """Two versions: the second answers one of two samples better, and has a card."""
    samples = [make_sample(dataset=make_dataset(workspace=task.workspace)) for _ in range(2)]
    metrics = {"variables": [{"name": "colour", "type": "string"}]}
    versions = []
    for number, answers in enumerate((["blue", "red"], ["red", "red"]), start=1):
        version = ModelVersion.objects.create(task=task, version=number, metrics=metrics)
        rows = [
            prediction(sample.pk, expected={"colour": "red"}, values={"colour": answer})
            for sample, answer in zip(samples, answers, strict=True)
        ]
        card = {"card_json": {"version": number}} if number == 2 else {}
        give_archive(version, predictions_jsonl=rows, **card)
        versions.append(version)
    return versions


def test_two_models_are_compared_per_variable(api, models):
    before, after = models

    chosen = api.get(f"/vlm/v2/model/{after.pk}/compare/", before=str(before.pk)).json()
    usual = api.get(f"/vlm/v2/model/{after.pk}/compare/").json()

    (colour,) = chosen["variables"]
    assert (chosen["before"], chosen["after"]) == (str(before.pk), str(after.pk))
    assert (colour["n"], colour["won"], colour["lost"], colour["same"]) == (2, 1, 0, 1)
    assert (colour["before"], colour["after"], colour["verdict"]) == (0.5, 1.0, "")
    assert colour["interval"][0] <= 0.5 <= colour["interval"][1]
    assert usual == chosen


def test_a_model_alone_or_of_another_task_cannot_be_compared(api, models, task):
    other = ModelVersion.objects.create(task=make_task(workspace=task.workspace), version=1)

    for before in (str(other.pk), str(uuid.uuid4()), "x"):
        response = api.get(f"/vlm/v2/model/{models[1].pk}/compare/", before=before)
        assert response.status_code == 404
    assert api.get(f"/vlm/v2/model/{other.pk}/compare/").status_code == 404


def test_the_card_comes_from_the_archive_and_an_early_model_has_none(api, models):
    assert api.get(f"/vlm/v2/model/{models[1].pk}/card/").json() == {"card": {"version": 2}}
    assert api.get(f"/vlm/v2/model/{models[0].pk}/card/").status_code == 404
