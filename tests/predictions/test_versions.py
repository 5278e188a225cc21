"""Versions of our own tasks predict, in a real child process."""

import pytest
from django.urls import reverse

from annotator import heartbeats
from annotator.accounts.models import Role
from annotator.datasets.actions import add_images, create_sample, set_values
from annotator.datasets.models import Origin, VariableValue
from annotator.errors import BadInput, WrongState
from annotator.images.actions import store_image
from annotator.predictions import actions, jobs, local
from annotator.predictions.models import Prediction
from annotator.suggestions.models import Suggestion
from annotator.training import actions as training
from annotator.training import jobs as training_jobs
from annotator.training.models import ModelVersion
from tests.factories import (
    make_dataset,
    make_member,
    make_pending_image,
    make_sample,
    make_task,
    make_variable,
)
from tests.training.test_baseline_run import COLOURS, picture

pytestmark = pytest.mark.django_db(transaction=True)
State = Prediction.State


@pytest.fixture(autouse=True)
def folders(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    settings.MODELS_ROOT = tmp_path / "models"


@pytest.fixture
def member():
    return make_member(Role.ADMIN)


@pytest.fixture
def dataset(member):
    """18 labelled samples, 9 to label, whose colour can be seen."""
    dataset = make_dataset(workspace=member.workspace)
    colour = make_variable(
        dataset=dataset, name="colour", type="string", choices=list(COLOURS), required=True
    )
    grade = make_variable(dataset=dataset, name="grade", min_value=0, max_value=10, step_size=0.5)
    for number in range(27):
        name = list(COLOURS)[number % 3]
        image, _ = store_image(dataset.workspace, picture(COLOURS[name], number))
        sample = create_sample(dataset, by=None, images=[image], name=name)
        if number < 18:
            given = {colour: name, grade: 2.5 * (number % 3)}
            set_values(sample, given, origin=Origin.IMPORTED, by=None)
    return dataset


@pytest.fixture
def version(dataset):
    run = training.start(make_task(datasets=[dataset], name="Colours"), by=None)
    training_jobs.train(str(run.pk))
    return ModelVersion.objects.get()


def predict_now(prediction):
    jobs.predict(str(prediction.pk))
    prediction.refresh_from_db()
    return prediction


@pytest.mark.both_databases
def test_a_version_predicts_everything_that_is_to_label_with_its_confidence(dataset, version):
    prediction = predict_now(actions.start(dataset, by=None, version=version))

    rows = Suggestion.objects.open().select_related("sample", "variable", "source")
    assert (prediction.state, prediction.error) == (State.DONE, "")
    assert (prediction.total, prediction.done, prediction.suggested) == (9, 9, 18)
    assert all(r.value == r.sample.name for r in rows if r.variable.name == "colour")
    assert {str(row.source) for row in rows} == {"Colours version 1"}
    assert all(0 < row.confidence <= 1 for row in rows)
    assert VariableValue.objects.count() == 36
    assert not list((local.Path(local.settings.DATA_DIR) / "predictions").iterdir())


def test_a_filter_of_the_gallery_says_which_samples_labelled_ones_too(dataset, version):
    prediction = actions.start(
        dataset, by=None, version=version, filter="q=red", is_unlabeled_only=False
    )

    predict_now(prediction)

    assert prediction.done == 9
    assert {row.sample.name for row in Suggestion.objects.all()} == {"red"}


def test_the_same_prediction_again_suggests_nothing_new(dataset, version):
    predict_now(actions.start(dataset, by=None, version=version))

    again = predict_now(actions.start(dataset, by=None, version=version))

    assert (again.done, again.suggested) == (9, 0)


def test_samples_without_pictures_here_are_left_out_and_it_says_so(dataset, version):
    make_sample(dataset=dataset)
    elsewhere = make_sample(dataset=dataset)
    add_images(elsewhere, [make_pending_image(dataset.workspace)], by=None)

    prediction = predict_now(actions.start(dataset, by=None, version=version))

    assert (prediction.state, prediction.total, prediction.done) == (State.DONE, 11, 9)
    assert "2 samples were left out" in prediction.message


def test_a_lost_worker_is_followed_by_one_that_goes_on_after_the_checkpoint(
    dataset, version, monkeypatch
):
    monkeypatch.setattr(local, "BATCH", 4)
    prediction = actions.start(dataset, by=None, version=version)
    record, calls = local.record, []

    def die_in_the_second(*args):
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        record(*args)

    monkeypatch.setattr(local, "record", die_in_the_second)
    with pytest.raises(KeyboardInterrupt):
        jobs.predict(str(prediction.pk))
    monkeypatch.setattr(local, "record", record)
    Prediction.objects.update(leased_until="2000-01-01T00:00:00Z")
    predict_now(prediction)

    assert (prediction.state, prediction.done, prediction.suggested) == (State.DONE, 9, 18)


def test_a_cancelled_one_is_resumed(dataset, version, monkeypatch):
    prediction = actions.start(dataset, by=None, version=version)
    monkeypatch.setattr(Prediction, "is_cancel_requested", lambda _: True)
    cancelled = predict_now(prediction).state
    monkeypatch.setattr(Prediction, "is_cancel_requested", lambda _: False)

    actions.resume(prediction, by=None)
    predict_now(prediction)

    assert cancelled == State.CANCELLED
    assert (prediction.state, prediction.done) == (State.DONE, 9)
    with pytest.raises(WrongState):
        actions.resume(prediction, by=None)


def test_a_waiting_one_is_cancelled_at_once(dataset, version):
    prediction = actions.start(dataset, by=None, version=version)

    actions.cancel(prediction, by=None)
    predict_now(prediction)

    assert prediction.state == State.CANCELLED
    assert not Suggestion.objects.exists()
    with pytest.raises(WrongState):
        actions.cancel(prediction, by=None)


def test_a_missing_archive_a_senseless_filter_and_nothing_to_do_are_told(dataset, version):
    with pytest.raises(BadInput, match="no variable"):
        actions.start(dataset, by=None, version=version, filter="v.nothing=1")
    with pytest.raises(BadInput, match="No sample matches"):
        actions.start(dataset, by=None, version=version, filter="q=nowhere")
    prediction = actions.start(dataset, by=None, version=version)
    for path in (local.Path(local.settings.MODELS_ROOT)).rglob("*.zip"):
        path.unlink()

    predict_now(prediction)

    assert prediction.state == State.FAILED
    assert "not on this server" in prediction.error


def test_the_page_starts_it_shows_it_and_is_an_admins(
    client, member, dataset, version, queued_jobs
):
    client.force_login(member.user)
    address = reverse("predictions:new", args=[dataset.pk])

    page = client.get(address, {"filter": "q=red", "model": f"version:{version.pk}"})
    answer = client.post(address, {"model": f"version:{version.pk}", "samples": "unlabeled"})

    prediction = Prediction.objects.get()
    heartbeats.note_worker("default@worker", ["default"])
    shown = client.get(answer.url)
    assert "No worker for training has reported yet" in shown.text
    assert page.status_code == shown.status_code == 200
    assert ("annotator.predictions.jobs.predict", (str(prediction.pk),)) in queued_jobs
    assert client.post(address, {"model": "version:x"}).status_code == 422
    for role in (Role.ANNOTATOR, Role.REVIEWER):
        client.force_login(make_member(role, workspace=member.workspace).user)
        assert client.get(answer.url).status_code == 403
    client.force_login(make_member(Role.ADMIN).user)
    for name in ("show", "cancel", "resume"):
        other = client.generic(
            "GET" if name == "show" else "POST",
            reverse(f"predictions:{name}", args=[prediction.pk]),
        )
        assert other.status_code == 404
