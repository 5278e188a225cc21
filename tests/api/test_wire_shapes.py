"""Our answers beside the examples of the platform's page, row for row."""

import datetime as dt
import json
from pathlib import Path

import pytest

from annotator.datasets import actions
from annotator.datasets.models import Origin
from annotator.training.actions import create_task
from tests.factories import (
    make_dataset,
    make_image,
    make_label,
    make_object,
    make_prompt,
    make_sample,
    make_variable,
)

pytestmark = pytest.mark.django_db

EXAMPLES = Path(__file__).parent.parent / "data" / "platform"
EXTRA = {
    # Promised by the page in words (Q1), absent from its example; then ours alone: who is asked to label it.
    "sample": {"sample_variables", "assignees", "due_on"}
}
ELSEWHERE = {"id", "workspace", "dataset", "datasets", "version"}  # ids and days of their own


def example(name):
    return json.loads((EXAMPLES / f"{name}.json").read_text())


def assert_same_shape(ours, theirs, *, extra=frozenset()):
    assert set(ours) == set(theirs) | extra
    for name, value in theirs.items():
        assert type(ours[name]) is type(value), name


@pytest.fixture
def dataset(admin):
    """The dataset of the examples."""
    prompts = {
        "system_prompt": ("system", "You are a helpful assistant..."),
        "user_prompt": ("user", "Analyse the image[s]..."),
        "result_template": ("template", '{"grade": {{grade}}, "explain": "{{explain}}"}'),
    }
    made = {
        field: make_prompt(
            workspace=admin.workspace,
            type=type_,
            content=content,
            format="json" if type_ == "template" else None,
        )
        for field, (type_, content) in prompts.items()
    }
    dataset = make_dataset(
        workspace=admin.workspace,
        name="My Training Dataset",
        description="Training samples for the task",
        created_at=dt.datetime(2025, 12, 17, 10, 30, tzinfo=dt.UTC),
        default_input_meta_data={"category": "jacket"},
        **made,
    )
    make_variable(
        dataset=dataset, name="grade", required=True, min_value=0, max_value=10, step_size=0.5
    )
    make_variable(dataset=dataset, name="explain", type="string")
    return dataset


@pytest.fixture
def sample(dataset):
    """The sample of the examples."""
    sample = make_sample(
        dataset=dataset,
        name="Sample 1",
        created_at=dt.datetime(2025, 12, 18, 9, 15, tzinfo=dt.UTC),
        input_meta_data={"style": "elegant", "category": "jacket"},
    )
    actions.add_images(sample, [make_image(dataset.workspace) for _ in range(2)], by=None)
    values = {"grade": 8.5, "explain": "Sharp corners."}
    for variable in dataset.variables.all():
        actions.set_value(sample, variable, values[variable.name], origin=Origin.TYPED, by=None)
    return sample


def test_the_example_of_a_prompt(api, admin):
    theirs = example("prompt")
    prompt = make_prompt(
        workspace=admin.workspace,
        **{name: theirs[name] for name in ("name", "description", "content", "type", "format")},
    )

    ours = api.get(f"/vlm/v2/prompt/{prompt.pk}/").json()

    assert_same_shape(ours, theirs)
    assert {**ours, "id": theirs["id"], "workspace": theirs["workspace"]} == theirs


def test_the_example_of_a_list_of_prompts(api, admin):
    make_prompt(workspace=admin.workspace)

    ours, theirs = api.get("/vlm/v2/prompt/").json(), example("prompt_list")

    assert set(ours) == set(theirs)
    assert set(ours["results"][0]) == set(theirs["results"][0])


def test_the_example_of_a_dataset(api, dataset):
    theirs = example("dataset")
    given = {name for name in theirs if not name.endswith("_id") and name != "samples_count"}

    ours = api.get(f"/vlm/v2/dataset/{dataset.pk}/").json()

    assert_same_shape(ours, theirs)
    assert {n: ours[n] for n in given - ELSEWHERE} == {n: theirs[n] for n in given - ELSEWHERE}


def test_the_example_of_a_task(api, dataset):
    theirs = example("task")
    fields = ("name", "description", "auto_deploy", "max_tokens", "training_time")
    task = create_task(
        dataset.workspace,
        by=None,
        datasets=[dataset],
        created_at=dt.datetime(2025, 12, 17, 14, 59, 34, 529951, tzinfo=dt.UTC),
        system_prompt=dataset.system_prompt,
        user_prompt=dataset.user_prompt,
        **{name: theirs[name] for name in fields},
    )

    ours = api.get(f"/vlm/v2/task/{task.pk}/").json()

    assert_same_shape(ours, theirs)
    same = {name for name in theirs if not name.endswith("_id")} - ELSEWHERE
    assert {name: ours[name] for name in same} == {name: theirs[name] for name in same}


def test_the_example_of_a_list_of_variables(api, dataset):
    ours = api.rows("/vlm/v2/variable/", dataset=str(dataset.pk))
    theirs = example("variable_list")["results"]

    for mine, documented in zip(ours, theirs, strict=True):
        assert {**mine, "id": documented["id"], "dataset": documented["dataset"]} == documented


def test_the_example_of_a_sample(api, sample):
    theirs = example("sample")

    ours = api.get(f"/vlm/v2/sample/{sample.pk}/").json()

    assert_same_shape(ours, theirs, extra=EXTRA["sample"])
    same = set(theirs) - ELSEWHERE - {"dataset_variables_config"}
    assert {name: ours[name] for name in same} == {name: theirs[name] for name in same}
    config = ours["dataset_variables_config"]
    for name, documented in theirs["dataset_variables_config"].items():
        assert {**config[name], "id": documented["id"]} == documented


def test_the_example_of_sample_images(api, sample):
    ours = api.get(f"/vlm/v2/sample/{sample.pk}/sample-images/").json()

    assert_same_shape(ours[0], example("sample_images")[0])


def test_the_example_of_sample_objects(api, sample):
    image = sample.sample_images.first().image
    thing = make_object(image, label=make_label(image.workspace, name="car", color="#FF0000"))
    actions.add_objects(sample, [thing], by=None)

    ours = api.get(f"/vlm/v2/sample/{sample.pk}/sample-objects/").json()

    assert_same_shape(ours[0], example("sample_objects")[0])
