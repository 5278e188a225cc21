"""What changed in a task's data since a version was trained."""

import pytest
from django.urls import reverse

from annotator.accounts.models import Role
from annotator.datasets.actions import create_sample, set_values
from annotator.datasets.models import Origin, Prompt
from annotator.images.actions import store_image
from annotator.training import data_changes, data_states
from annotator.training.data_states import DataState
from annotator.training.models import ModelVersion
from annotator.training.views import changes as changes_view
from tests.factories import make_dataset, make_member, make_task, make_variable, make_workspace
from tests.pictures import picture
from tests.training.archives import give_archive

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def models_root(settings, tmp_path):
    settings.MODELS_ROOT = tmp_path


@pytest.fixture
def workspace():
    return make_workspace()


def add_sample(dataset, grade, number, **fields):
    image, _ = store_image(dataset.workspace, picture(seed=number))
    sample = create_sample(dataset, by=None, images=[image], **fields)
    set_values(sample, {grade: number}, origin=Origin.IMPORTED, by=None)
    return sample


@pytest.fixture
def dataset(workspace):
    return make_dataset(workspace=workspace, name="cards")


@pytest.fixture
def grade(dataset):
    return make_variable(dataset=dataset, name="grade", required=True)


@pytest.fixture
def samples(dataset, grade):
    return [add_sample(dataset, grade, number) for number in range(4)]


@pytest.fixture
def task(dataset, samples):
    return make_task(datasets=[dataset], last_version=1)


def make_version(task, number=1):
    """A version that keeps the task's present data."""
    version = ModelVersion.objects.create(task=task, version=number)
    with data_states.present_state(task) as state:
        give_archive(
            version,
            dataset_samples_jsonl=list(state.samples),
            schema_json=state.variables,
            prompts_json=state.prompts,
            training_params_json={"epochs": number},
        )
    return version


def since(version):
    with data_states.present_state(version.task) as present:
        return data_changes.changes(data_states.state_of_version(version), present)


def counts(result):
    return {group.label: [one.id for one in group.samples] for group in result.samples}


def test_nothing_changed(task):
    result = since(make_version(task))

    assert not result
    assert result.unchanged == 4


def test_samples_are_added_removed_moved_and_given_other_values(task, dataset, grade, samples):
    version = make_version(task)
    new = add_sample(dataset, grade, 9)
    removed = str(samples[0].pk)
    samples[0].delete()
    type(samples[1]).objects.filter(pk=samples[1].pk).update(test=True)
    set_values(samples[2], {grade: 7}, origin=Origin.REVIEWED, by=None)

    result = since(version)

    assert counts(result) == {
        "Added": [str(new.pk)],
        "Removed": [removed],
        "Between training and test": [str(samples[1].pk)],
        "Value of grade": [str(samples[2].pk)],
    }
    changed = next(group for group in result.samples if group.label == "Value of grade")
    assert (changed.samples[0].before, changed.samples[0].after) == ("2.0", "7.0")


def test_a_prompt_and_a_limit_show_both_texts(task, workspace, grade):
    version = make_version(task)
    prompt = Prompt.objects.create(workspace=workspace, name="p", type="user", content="Grade it.")
    task.user_prompt = prompt
    task.save()
    grade.max_value = 50
    grade.save()

    result = since(version)

    (text,) = result.prompts
    assert (text.label, text.before, text.after) == ("cards: user prompt", "", "Grade it.")
    assert any(change.label == "grade: max value" for change in result.schema)
    assert [group.label for group in result.samples] == ["Prompts and settings of the sample"]
    assert result.samples[0].count == 4


def test_the_page_compares_with_now_and_with_another_version(client, workspace, task, samples):
    first = make_version(task)
    name = str(samples[3])
    samples[3].delete()
    second = make_version(task, 2)
    client.force_login(make_member(Role.ANNOTATOR, workspace=workspace).user)
    url = reverse("training:changes", args=[first.pk])

    now = client.get(url)
    other = client.get(url, {"until": second.version})

    assert [group.label for group in now.context["changes"].samples] == ["Removed"]
    assert name in now.content.decode()
    assert "deleted" in now.content.decode()
    assert [change.label for change in other.context["changes"].params] == ["epochs"]
    assert client.get(url, {"until": "7"}).status_code == 404


def test_versions_that_keep_no_samples_say_so(client, workspace, task):
    version = ModelVersion.objects.create(task=task, version=1)
    client.force_login(make_member(Role.ANNOTATOR, workspace=workspace).user)

    page = client.get(reverse("training:changes", args=[version.pk]))

    assert b"keeps no list of its samples" in page.content


def test_a_large_task_is_not_rendered_for_a_page(client, workspace, task, monkeypatch):
    version = make_version(task)
    monkeypatch.setattr(changes_view, "RENDERED", 3)
    client.force_login(make_member(Role.ANNOTATOR, workspace=workspace).user)

    page = client.get(reverse("training:changes", args=[version.pk]))

    assert b"more than 3 samples" in page.content


def test_many_changes_are_counted_and_some_named(monkeypatch):
    monkeypatch.setattr(data_changes, "NAMED", 2)
    rows = [{"id": str(number), "name": f"s{number}"} for number in range(5)]

    result = data_changes.changes(DataState([], [], []), DataState(rows, [], []))

    assert (result.samples[0].count, len(result.samples[0].samples)) == (5, 2)


def test_another_workspace_sees_no_changes(client, task):
    version = make_version(task)
    client.force_login(make_member(Role.ADMIN, workspace=make_workspace()).user)

    assert client.get(reverse("training:changes", args=[version.pk])).status_code == 404
