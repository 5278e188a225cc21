"""What the preflight says where a base is fine-tuned: its signs, its tokens, what a run would take."""

import pytest
from django.urls import reverse

from annotator.accounts.models import Role
from annotator.datasets.models import Prompt
from annotator.images.actions import store_image
from annotator.training import preflight, venv
from annotator.training.models import TrainingMetric, TrainingRun
from annotator.training.preflight import balance
from tests.factories import make_dataset, make_member, make_task, make_variable, make_workspace
from tests.pictures import draw, encoded
from tests.training.test_base_facts import write_base
from tests.training.test_preflight import add, line
from tests.training.test_venv import pretend

pytestmark = pytest.mark.django_db
WORDS = {
    "version": "1.0",
    "added_tokens": [],
    "pre_tokenizer": {"type": "Whitespace"},
    "model": {"type": "WordLevel", "vocab": {"[UNK]": 0}, "unk_token": "[UNK]"},
}


@pytest.fixture
def dataset():
    dataset = make_dataset(workspace=make_workspace(), name="cards")
    make_variable(dataset=dataset, name="colour", type="string", required=True)
    return dataset


@pytest.fixture
def task(dataset, settings, tmp_path):
    settings.BASE_MODELS_DIR = tmp_path / "bases"
    return make_task(datasets=[dataset], backend="vlm", max_tokens=6)


def test_a_sign_of_the_base_in_a_text_leaves_the_sample_out_by_name(task, dataset):
    dataset.user_prompt = Prompt.objects.create(
        workspace=dataset.workspace, name="ask", type="user", content="A {{what}}?"
    )
    dataset.save()
    for number in range(3):
        add(dataset, number, meta={"what": "card"}, colour="red")
    answer = add(dataset, 3, meta={"what": "card"}, colour="<image>")
    add(dataset, 4, meta={"what": "card"}, test=True, colour="<image>")
    asked = add(dataset, 5, meta={"what": "<image>"}, test=True, colour="red")

    result = preflight.check(task)

    finding = line(result, "a text holds <image>")
    assert finding.text.startswith("2 samples of cards are left out")
    assert {pk for pk, _ in finding.samples} == {str(answer.pk), str(asked.pk)}
    assert (result.train, result.test, result.excluded) == (3, 1, 2)
    assert (
        preflight.check(make_task(datasets=[dataset])).train == 4
    )  # nearest neighbours read no text


def test_a_near_same_picture_in_train_and_test_names_the_test_sample(task, dataset, monkeypatch):
    add(dataset, 1, colour="red")
    add(dataset, 2, colour="red")
    near, other = add(dataset, 8, test=True, colour="red"), add(dataset, 9, test=True, colour="red")
    for sample, picture in ((near, draw(seed=1).resize((96, 72))), (other, draw(seed=77))):
        image, _ = store_image(dataset.workspace, encoded(picture))
        sample.sample_images.update(image=image)

    result = preflight.check(task)
    monkeypatch.setattr(balance, "LOOKING_SECONDS", -1)
    monkeypatch.setattr("annotator.images.looks.cache.get_many", lambda keys: {})
    later = preflight.check(task)

    assert line(result, "looks like one that is trained on").samples == ((str(near.pk), str(near)),)
    assert "4 pictures of train and test were not compared" in line(later, "check again").text


def test_answers_are_counted_by_the_bases_own_tokenizer(
    task, dataset, settings, training_environment
):
    folder = write_base(settings.BASE_MODELS_DIR / "words", tokenizer=WORDS)
    task.training_params = {"base": "words"}
    add(dataset, 1, colour="red")
    long = add(dataset, 2, colour="red or blue or grey")

    exact = preflight.check(task)
    (folder / "tokenizer.json").write_text("{}")
    estimated = preflight.check(task)

    assert exact.lengths_title == "Samples by tokens of the answer, by the tokenizer of words"
    assert sum(number for _, number in exact.lengths) == 2
    finding = line(exact, "is longer than the task's maximum of 6 tokens")
    assert finding.samples == ((str(long.pk), str(long)),)
    assert estimated.lengths_title == "Samples by tokens of the answer, estimated"


def test_the_page_says_what_a_run_would_take_and_a_measured_speed_counts(client, task, dataset):
    for number in range(5):
        add(dataset, number, colour="red")
    task.training_params = {"batch_size": 2, "epochs": 2}
    task.save()
    client.force_login(make_member(Role.ADMIN, workspace=dataset.workspace).user)

    before = dict(preflight.check(task).costs)
    page = client.get(reverse("training:task", args=[task.pk])).content.decode()
    run = TrainingRun.objects.create(
        task=task, backend="vlm", state="succeeded", params={"base": "tiny", "method": "lora"}
    )
    TrainingMetric.objects.create(run=run, step=10, name="speed", value=0.1)
    after = dict(preflight.check(task).costs)
    task.training_params |= {"devices": 2}
    on_two = dict(preflight.check(task).costs)

    assert before["Tokens of a picture"] == "16 for the tiny base, at 64 × 48 pixels"
    assert (before["Steps"], on_two["Steps"]) == ("6", "4")
    assert before["Time"].endswith("without a GPU")
    assert after["Time"] == "about 2\N{NO-BREAK SPACE}min, at the speed of the last run"
    assert "What it would take" in page


def test_samples_longer_than_the_base_reads_are_named(task, dataset, settings):
    write_base(
        settings.BASE_MODELS_DIR / "short",
        text_config={"max_position_embeddings": 3},
        vision_config={"image_size": 64, "patch_size": 8},
    )
    task.training_params = {"base": "short"}
    sample = add(dataset, 1, colour="red")

    finding = line(preflight.check(task), "more tokens than short reads (3; an estimate)")

    assert finding.samples == ((str(sample.pk), str(sample)),)


def test_a_base_that_needs_torchvision_says_what_brings_it(
    client, task, dataset, settings, tmp_path
):
    folder = settings.TRAINING_VENV = tmp_path / "venv"
    write_base(settings.BASE_MODELS_DIR / "qwen", model_type="qwen3_vl")
    task.training_params = {"base": "qwen"}
    advice = "needs torchvision. Run: python3 manage.py install_training --extra vision"
    client.force_login(make_member(Role.ADMIN, workspace=dataset.workspace).user)

    pretend(folder)
    without = preflight.check(task)
    page = client.get(reverse("training:bases")).content.decode()
    pretend(folder, extras=["vision"], fingerprint=venv.fingerprint(["vision"]))
    brought = preflight.check(task)

    assert line(without, "The base qwen").text == f"The base qwen {advice}"
    assert advice in page
    assert not any("torchvision" in problem for problem in brought.problems)
