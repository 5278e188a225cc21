"""What blocks a training, what one should know before it, and where each line leads."""

from collections import Counter

import pytest
from django.urls import reverse
from django.utils import timezone

from annotator.accounts.models import Role
from annotator.datasets.actions import create_sample, set_values
from annotator.datasets.models import Origin, Prompt, Sample, VariableValue
from annotator.images.actions import store_image
from annotator.training import preflight
from annotator.training.preflight import balance, kept, machine
from annotator.training.preflight.lengths import estimated_tokens, histogram
from tests.factories import make_dataset, make_member, make_task, make_variable, make_workspace
from tests.pictures import picture

pytestmark = pytest.mark.django_db


@pytest.fixture
def dataset():
    return make_dataset(workspace=make_workspace(), name="cards")


@pytest.fixture
def colour(dataset):
    return make_variable(
        dataset=dataset, name="colour", type="string", choices=["red", "blue"], required=True
    )


@pytest.fixture
def task(dataset, colour):
    return make_task(datasets=[dataset])


def add(dataset, seed, *, test=False, meta=None, **values):
    """A sample with a picture of its own (by seed) and values by variable name."""
    image, _ = store_image(dataset.workspace, picture(seed=seed))
    sample = create_sample(dataset, by=None, images=[image], test=test)
    if meta is not None:
        Sample.objects.filter(pk=sample.pk).update(input_meta_data=meta)
    variables = {variable.name: variable for variable in dataset.variables.live()}
    given = {variables[name]: value for name, value in values.items()}
    if given:
        set_values(sample, given, origin=Origin.IMPORTED, by=None)
    return sample


def line(result, words):
    """The only finding with these words."""
    (finding,) = [one for one in result.blocking + result.informing if words in one.text]
    return finding


def shown_by(client, dataset, url):
    """The ids of the samples that the gallery shows at this address."""
    client.force_login(make_member(Role.ADMIN, workspace=dataset.workspace).user)
    page = client.get(url)
    assert page.status_code == 200
    return {str(sample.pk) for sample in dataset.samples.all() if str(sample.pk) in page.text}


def test_nothing_to_train_on_blocks(task, dataset):
    result = preflight.check(task)

    assert not result.ok
    assert "Only 0 training samples" in result.problems[0]


def test_a_missing_value_leads_to_the_samples_without_it(client, task, dataset):
    add(dataset, 1, colour="red")
    missing = add(dataset, 2)

    finding = line(preflight.check(task), "colour is required and missing")

    assert shown_by(client, dataset, finding.url) == {str(missing.pk)}


def test_an_illegal_value_leads_to_the_samples_that_have_one(client, task, dataset):
    add(dataset, 1, colour="red")
    illegal = add(dataset, 2, colour="blue")
    VariableValue.objects.filter(sample=illegal).update(
        invalid_since=timezone.now(), invalid_reason="not a choice", text=None, text_folded=None
    )

    finding = line(preflight.check(task), "colour: not a choice")

    assert shown_by(client, dataset, finding.url) == {str(illegal.pk)}


def test_what_cannot_be_rendered_and_holes_in_prompts_name_their_samples(task, dataset):
    dataset.user_prompt = Prompt.objects.create(
        workspace=dataset.workspace, name="ask", type="user", content="A {{kind}}?"
    )
    dataset.save()
    add(dataset, 1, meta={"kind": "fox"}, colour="red")
    hole = add(dataset, 2, meta={}, colour="red")
    without = create_sample(dataset, by=None)
    set_values(without, {dataset.variables.get(): "red"}, origin=Origin.IMPORTED, by=None)

    result = preflight.check(task)

    assert line(result, "{{kind}}").samples == ((str(hole.pk), str(hole)),)
    assert line(result, "it has no images").samples == ((str(without.pk), str(without)),)


def test_long_answers_are_estimated_counted_and_named(task, dataset):
    add(dataset, 1, colour="red")
    task.max_tokens = 3

    result = preflight.check(task)

    assert "estimated from 3 bytes per token" in line(result, "maximum of 3 tokens").text
    assert sum(count for _, count in result.lengths) == 1
    assert estimated_tokens("ééé") == 2


def test_the_histogram_has_equal_spans_and_loses_nobody():
    lengths = Counter({1: 5, 8: 1, 9: 2, 64: 1})

    spans = histogram(lengths)

    assert spans[0] == ("1–8", 6)
    assert spans[1] == ("9–16", 2)
    assert spans[-1] == ("57–64", 1)
    assert sum(count for _, count in spans) == 9
    assert histogram(Counter()) == []


def test_no_test_set_and_a_tiny_one_are_said(client, task, dataset):
    for number in range(3):
        add(dataset, number, colour="red")
    none = preflight.check(task)
    tested = add(dataset, 9, test=True, colour="red")

    tiny = line(preflight.check(task), "Only 1 test sample:")

    assert any("No test samples" in text for text in none.warnings)
    assert "100" in tiny.text
    assert shown_by(client, dataset, tiny.url) == {str(tested.pk)}


def test_a_picture_in_train_and_test_names_the_test_sample(task, dataset):
    add(dataset, 1, colour="red")
    add(dataset, 2, colour="red")
    leaked = add(dataset, 1, test=True, colour="red")

    finding = line(preflight.check(task), "also trained on")

    assert finding.samples == ((str(leaked.pk), str(leaked)),)


def test_one_value_and_hardly_another_lead_to_the_gallery(client, task, dataset, monkeypatch):
    monkeypatch.setattr(balance, "ENOUGH_TESTS", 5)
    for number in range(11):
        add(dataset, number, colour="red")
    same = line(preflight.check(task), "same value for colour")
    rare = add(dataset, 20, colour="blue")

    result = preflight.check(task)

    assert len(shown_by(client, dataset, same.url)) == 12
    assert len(shown_by(client, dataset, line(result, "have “red” for colour").url)) == 11
    assert shown_by(client, dataset, line(result, "fewer than 3").url) == {str(rare.pk)}


def test_disk_and_memory_are_estimates_that_inform_or_block(task, dataset, settings, monkeypatch):
    folder = settings.BASE_MODELS_DIR = settings.DATA_DIR / "bases"
    (folder / "big").mkdir(parents=True)
    (folder / "big" / "config.json").write_text('{"model_type": "idefics3"}')
    add(dataset, 1, colour="red")
    with (folder / "big" / "model.safetensors").open("wb") as weights:
        weights.truncate(4_000_000_000)  # sparse: it takes no room
    task.backend, task.training_params = "vlm", {"base": "big", "method": "full"}
    monkeypatch.setattr(machine, "available_gb", lambda: 2.0)
    usage = type("Usage", (), {"free": 3_000_000_000})
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda path: usage)

    result = preflight.check(task)
    usage.free = 1_000_000
    full = preflight.check(task)

    assert "may need 65.3 GB (an estimate)" in line(result, "this machine's memory").text
    assert "may need 76.8 GB" in line(result, "of the disk are free; this").text
    assert any("make room" in text for text in full.problems)


def test_the_machines_memory_is_unknown_where_the_system_does_not_tell(monkeypatch, tmp_path):
    monkeypatch.setattr(machine, "MEMINFO", tmp_path / "none")

    assert machine.available_gb() is None


@pytest.fixture
def renderings(monkeypatch):
    """How often the samples were looked at."""
    calls, check_data = [], kept.check_data
    monkeypatch.setattr(kept, "check_data", lambda task: calls.append(1) or check_data(task))
    return calls


def test_the_result_is_kept_until_the_data_changes(task, dataset, colour, renderings):
    sample = add(dataset, 1, colour="red")
    changes = [
        lambda: set_values(sample, {colour: "blue"}, origin=Origin.REVIEWED, by=None),
        lambda: add(dataset, 2, colour="red"),
        lambda: Sample.objects.filter(pk=sample.pk).update(test=True),
        lambda: VariableValue.objects.update(invalid_since=timezone.now()),
        lambda: make_variable(dataset=dataset, name="grade"),
        lambda: Sample.objects.filter(pk=sample.pk).delete(),
        lambda: setattr(task, "max_tokens", 7),
    ]
    preflight.kept_check(task)
    preflight.kept_check(task)
    counts = [len(renderings)]

    for change in changes:
        change()
        preflight.kept_check(task)
        preflight.kept_check(task)
        counts.append(len(renderings))

    assert counts == list(range(1, len(changes) + 2))
    assert preflight.kept_check(task).train == preflight.check(task).train


def test_a_person_may_check_again_and_the_machine_is_asked_each_time(
    client, task, dataset, renderings, monkeypatch
):
    for number in range(3):
        add(dataset, number, colour="red")
    client.force_login(make_member(Role.ADMIN, workspace=dataset.workspace).user)
    url = reverse("training:task", args=[task.pk])
    client.get(url)
    client.get(url, {"check": "again"})
    usage = type("Usage", (), {"free": 1_000_000})
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda path: usage)

    page = client.get(url)

    assert len(renderings) == 2
    assert "make room" in page.text
    assert "Samples checked" in page.text


def test_a_large_task_is_kept_for_a_minute_alone(task, dataset, renderings, monkeypatch):
    monkeypatch.setattr(kept, "WATCHED", 1)
    kept_for = []
    monkeypatch.setattr(
        kept.cache, "set", lambda key, value, seconds: kept_for.append(seconds), raising=False
    )
    add(dataset, 1, colour="red")
    add(dataset, 2, colour="red")

    preflight.kept_check(task)

    assert kept_for == [kept.UNWATCHED_SECONDS]


def test_more_samples_cost_no_more_queries(task, dataset, django_assert_max_num_queries):
    for number in range(6):
        add(dataset, number, colour="red", test=number > 3)

    with django_assert_max_num_queries(14):
        preflight.kept_check(task)
    with django_assert_max_num_queries(8):
        preflight.kept_check(task)
