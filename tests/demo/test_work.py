"""What people and models have done in the demo."""

import pytest

from annotator.accounts.models import Membership, User
from annotator.annotation.actions import open_answer
from annotator.annotation.models import GoldResult
from annotator.annotation.queries import progress
from annotator.comments.models import Mention
from annotator.datasets.models import Dataset
from annotator.demo.sets import SETS
from annotator.demo.steps import predicting, working
from annotator.predictions import jobs as prediction_jobs
from annotator.predictions.models import Prediction
from annotator.training import jobs as training_jobs
from annotator.training.models import ModelVersion, TrainingRun
from annotator.variables import read_config
from tests.demo.test_making import draw_all, step_of


def test_what_is_to_be_labeled_is_predicted_once_by_the_newest_version(small, demo, monkeypatch):
    dataset = draw_all(demo, "shelf_labels").dataset
    step = step_of(demo, "predict", "shelf_labels")
    version = ModelVersion.objects.create(
        task=dataset.tasks.get(), version=1, backend="baseline", archive="one.zip"
    )
    monkeypatch.setattr(predicting, "train_once", lambda task, by: None)

    waits = [predicting.step(step), predicting.step(step)]

    prediction, of_tests = Prediction.objects.order_by("created_at")
    assert waits == [predicting.WAIT_SECONDS] * 2
    assert (prediction.dataset, prediction.version) == (dataset, version)
    assert prediction.total == dataset.samples.filter(state="unlabeled").count() > 0
    assert of_tests.total == dataset.samples.filter(test=True).count() > 0
    Prediction.objects.update(state="done")
    assert predicting.step(step) is None


@pytest.mark.django_db(transaction=True)
def test_the_first_page_to_label_is_filled_by_what_the_demos_own_version_predicted(
    small, demo, client, settings, tmp_path
):
    settings.DATA_DIR, settings.MODELS_ROOT = tmp_path, tmp_path / "models"
    draw_all(demo, "shelf_labels")
    Dataset.objects.update(blind_percent=0)  # else the first may be one that is answered blind
    step = step_of(demo, "predict", "shelf_labels")

    while predicting.step(step) is not None:
        for run in TrainingRun.objects.filter(state="queued"):
            training_jobs.train(str(run.pk))
        for prediction in Prediction.objects.filter(state="queued"):
            prediction_jobs.predict(str(prediction.pk))
    client.login(username="anna", password="simple")
    page = client.get("/label/", follow=True)

    assert set(Prediction.objects.values_list("state", flat=True)) == {"done"}
    assert 'data-suggested="filled"' in page.text
    assert "Shelf label reader" in page.text


def test_people_answer_gold_samples_some_with_a_mistake_and_are_asked_about_others(small, demo):
    dataset, demo_set = draw_all(demo, "shelf_labels").dataset, SETS["shelf_labels"]
    admin, anna, reviewer = (
        User.objects.get(username=name) for name in ("admin", "anna", "reviewer")
    )
    known = dataset.samples.filter(state="approved", test=False).count()

    answered = [
        working.answer_gold(dataset, demo_set, by=anna, admin=admin) for _ in range(known + 1)
    ]
    sample, number = working.free_sample(dataset, demo_set)
    answer = open_answer(sample, by=anna)
    values = demo_set.ground_truth(number).values
    asked = {each: values.get(each.name) for each in dataset.variables.live()}
    working.submit_as_shown(answer, asked, by=anna)
    working.ask(answer, by=reviewer)

    assert 0 < known == len([each for each in answered if each])
    assert GoldResult.objects.values("sample").distinct().count() == known
    assert GoldResult.objects.filter(is_right=True).exists()
    assert list(Mention.objects.unread().values_list("person", flat=True)) == [reviewer.pk]
    dataset.refresh_from_db()
    assert dataset.tests_people


def test_what_is_left_is_estimated_as_if_people_had_answered_gold_samples_too(
    small, demo, monkeypatch
):
    monkeypatch.setitem(working.ACTIONS, "shelf_labels", [("gold", "anna")] * 3)
    step = draw_all(demo, "shelf_labels")
    for done in range(3):
        step.done = done
        working.perform("gold", step.dataset, SETS["shelf_labels"], author="anna", step=step)
    anna = Membership.objects.get(user__username="anna")

    how_far = progress(anna, step.dataset)

    assert how_far.left > 0
    assert how_far.seconds_left == pytest.approx(
        how_far.left * working.PACE.total_seconds(), rel=0.1
    )


def test_a_mistake_is_legal_but_not_the_truth():
    demo_set = SETS["graded_cards"]

    for number in range(demo_set.samples):
        wrong, reason = demo_set.mistake(number)
        ground_truth = demo_set.ground_truth(number).values
        assert reason
        assert wrong["grade"] != ground_truth["grade"]
        for spec in [read_config(config) for config in demo_set.variables]:
            if spec.name in wrong:
                assert spec.check_answer(wrong[spec.name]) == wrong[spec.name]
