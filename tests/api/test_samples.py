"""Samples: docs/platform.md R-S1 to R-S16 and R-S26 to R-S29."""

import datetime as dt

import pytest

from annotator.datasets.actions import set_value
from annotator.datasets.models import Origin, Sample
from tests.factories import make_dataset, make_image, make_prompt, make_sample, make_variable

pytestmark = pytest.mark.django_db

SAMPLES = "/vlm/v2/sample/"


@pytest.fixture
def dataset(admin):
    return make_dataset(workspace=admin.workspace, name="Cards")


@pytest.fixture
def sample(dataset):
    return make_sample(dataset=dataset, name="Sample 1")


def test_R_S1_samples_are_filtered_by_dataset_and_searched_by_name(api, admin, sample):
    make_sample(dataset=sample.dataset, name="other")
    make_sample(dataset=make_dataset(workspace=admin.workspace), name="Sample 2")

    rows = api.rows(SAMPLES, dataset=str(sample.dataset_id), search="sample")

    assert [row["id"] for row in rows] == [str(sample.pk)]


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ("True", ["test"]),
        ("true", ["test"]),
        ("False", ["train"]),
        ("false", ["train"]),
        ("", ["train", "test"]),
    ],
)
def test_R_S1_samples_are_filtered_by_test_in_either_spelling(api, dataset, said, names):
    make_sample(dataset=dataset, name="train")
    make_sample(dataset=dataset, name="test", test=True)

    assert [row["name"] for row in api.rows(SAMPLES, test=said)] == names


def test_R_S2_a_sample_carries_its_values(api, sample):
    grade = make_variable(dataset=sample.dataset, name="grade")
    value = set_value(sample, grade, 8.5, origin=Origin.TYPED, by=None)

    body = api.get(f"{SAMPLES}{sample.pk}/").json()

    assert body["sample_variables"] == [
        {
            "id": str(value.pk),
            "variable": str(grade.pk),
            "variable_name": "grade",
            "value": 8.5,
        }
    ]


def test_R_S3_a_sample_names_its_dataset_and_workspace(api, admin, sample):
    body = api.get(f"{SAMPLES}{sample.pk}/").json()

    assert (body["dataset"], body["dataset_name"]) == (str(sample.dataset_id), "Cards")
    assert body["workspace"] == str(admin.workspace_id)


def test_R_S4_test_is_a_boolean(api, dataset):
    made = api.post(SAMPLES, {"dataset": str(dataset.pk), "test": True}).json()

    assert made["test"] is True


def test_R_S5_name_and_description_may_be_null(api, dataset):
    made = api.post(SAMPLES, {"dataset": str(dataset.pk)}).json()

    assert (made["name"], made["description"]) == (None, None)


@pytest.mark.parametrize("type_", ["single", "multi_random", "multi_ordered"])
def test_R_S6_the_type_is_one_of_three(api, dataset, type_):
    made = api.post(SAMPLES, {"dataset": str(dataset.pk), "type": type_}).json()

    assert made["type"] == type_


def test_R_S7_created_date_says_utc(api, dataset):
    moment = dt.datetime(2025, 12, 18, 9, 15, tzinfo=dt.UTC)
    sample = make_sample(dataset=dataset, created_at=moment)

    assert api.get(f"{SAMPLES}{sample.pk}/").json()["created_date"] == (
        "2025-12-18T09:15:00.000000Z"
    )


def test_R_S8_R_S9_texts_fall_back_to_the_datasets(api, admin):
    dataset = make_dataset(
        workspace=admin.workspace,
        user_prompt=make_prompt(workspace=admin.workspace, content="Analyse."),
        result_template=make_prompt(workspace=admin.workspace, type="template", content="{{a}}"),
    )
    inherits = make_sample(dataset=dataset)
    own = make_sample(dataset=dataset, own_user_prompt="Mine.", own_result_template="{{b}}")

    texts = [
        (row["user_prompt"], row["result_template"])
        for row in (api.get(f"{SAMPLES}{s.pk}/").json() for s in (inherits, own))
    ]

    assert texts == [("Analyse.", "{{a}}"), ("Mine.", "{{b}}")]


def test_R_S10_R_S11_metadata_comes_back(api, dataset):
    given = {"input_meta_data": {"style": "elegant"}, "meta_data": {"source": [1, None]}}

    made = api.post(SAMPLES, {"dataset": str(dataset.pk), **given}).json()

    assert {name: made[name] for name in given} == given


def test_R_S12_only_annotated_values_are_counted(api, sample):
    given, cleared, _ = (make_variable(dataset=sample.dataset) for _ in range(3))
    for variable in (given, cleared):
        set_value(sample, variable, 1, origin=Origin.TYPED, by=None)
    set_value(sample, cleared, None, origin=Origin.TYPED, by=None)

    body = api.get(f"{SAMPLES}{sample.pk}/").json()

    assert (body["images_count"], body["objects_count"], body["variables_count"]) == (0, 0, 1)


def test_R_S13_the_config_is_keyed_by_the_variables_names(api, sample):
    grade = make_variable(dataset=sample.dataset, name="grade", required=True, max_value=10)
    make_variable(dataset=sample.dataset, name="gone", removed_at=dt.datetime.now(dt.UTC))

    body = api.get(f"{SAMPLES}{sample.pk}/").json()

    assert body["dataset_variables_config"] == {
        "grade": {"id": str(grade.pk), "type": "float", "required": True, "max_value": 10.0}
    }


def test_R_S14_only_the_dataset_is_needed(api, dataset):
    assert api.post(SAMPLES, {"dataset": str(dataset.pk)}).status_code == 201
    refused = api.post(SAMPLES, {"name": "x"})
    assert (refused.status_code, set(refused.json())) == (400, {"detail", "dataset"})


def test_R_S15_what_is_not_said_has_its_default(api, dataset):
    made = api.post(SAMPLES, {"dataset": str(dataset.pk)}).json()

    assert (made["test"], made["type"], made["meta_data"]) == (False, "multi_random", {})


def test_R_S16_metadata_is_filled_from_the_dataset_and_the_prompts_places(api, admin):
    dataset = make_dataset(
        workspace=admin.workspace,
        user_prompt=make_prompt(
            workspace=admin.workspace, content="A {{style}} {{category}}, image[s]."
        ),
        default_input_meta_data={"category": "jacket"},
    )

    filled = api.post(SAMPLES, {"dataset": str(dataset.pk)}).json()
    given = api.post(SAMPLES, {"dataset": str(dataset.pk), "input_meta_data": {}}).json()

    assert filled["input_meta_data"] == {"category": "jacket", "style": ""}
    assert given["input_meta_data"] == {}  # Q19: given, although empty


def test_R_S26_R_S27_a_sample_is_set_as_test_and_back(api, sample):
    for verb, is_test in (("set-test", True), ("set-test", True), ("set-untest", False)):
        answer = api.post(f"{SAMPLES}{sample.pk}/{verb}/")

        assert answer.status_code == 200
        assert api.get(f"{SAMPLES}{sample.pk}/").json()["test"] is is_test


def test_R_S28_the_type_changes(api, sample):
    answer = api.patch(f"{SAMPLES}{sample.pk}/", {"type": "multi_ordered"})

    assert answer.json()["type"] == "multi_ordered"
    assert api.patch(f"{SAMPLES}{sample.pk}/", {"type": "double"}).status_code == 400


def test_R_S29_input_metadata_is_merged(api, dataset):
    sample = make_sample(dataset=dataset, input_meta_data={"style": "plain", "size": 4})

    answer = api.patch(
        f"{SAMPLES}{sample.pk}/", {"input_meta_data": {"style": "elegant", "category": "jacket"}}
    )

    assert answer.json()["input_meta_data"] == {
        "style": "elegant",
        "size": 4,
        "category": "jacket",
    }


def test_a_deleted_sample_is_gone_and_kept_in_the_database(api, sample):
    assert api.delete(f"{SAMPLES}{sample.pk}/").status_code == 204
    assert api.get(f"{SAMPLES}{sample.pk}/").status_code == 404
    assert Sample.objects.filter(pk=sample.pk).exists()


def test_samples_are_filtered_by_state(api, dataset):
    make_sample(dataset=dataset, name="new")
    make_sample(dataset=dataset, name="done", state=Sample.State.APPROVED)

    assert [row["name"] for row in api.rows(SAMPLES, state="approved")] == ["done"]


def test_R_K2_R_K3_several_images_and_metadata_make_one_sample(api, admin, dataset):
    images = [make_image(admin.workspace) for _ in range(3)]
    made = api.post(
        SAMPLES, {"dataset": str(dataset.pk), "input_meta_data": {"set": "1999 base"}}
    ).json()

    api.post(f"{SAMPLES}{made['id']}/add-images/", {"image_ids": [str(i.pk) for i in images]})

    body = api.get(f"{SAMPLES}{made['id']}/").json()
    assert (body["images_count"], body["input_meta_data"]) == (3, {"set": "1999 base"})
