"""Datasets and variables: docs/platform.md R-D1 to R-D11 and R-V1 to R-V13."""

import datetime as dt

import pytest

from annotator.datasets.models import Dataset
from annotator.variables import TYPES
from tests.factories import make_dataset, make_prompt, make_sample, make_variable

pytestmark = pytest.mark.django_db

DATASETS = "/vlm/v2/dataset/"
VARIABLES = "/vlm/v2/variable/"


@pytest.fixture
def dataset(admin):
    return make_dataset(workspace=admin.workspace, name="Cards")


def test_R_D1_datasets_are_listed_in_pages(api, admin):
    made = [make_dataset(workspace=admin.workspace) for _ in range(3)]

    assert [row["id"] for row in api.rows(DATASETS, page_size=2)] == [str(d.pk) for d in made]


def test_R_D2_a_dataset_has_id_name_description_and_workspace(api, admin, dataset):
    body = api.get(f"{DATASETS}{dataset.pk}/").json()

    assert body["id"] == str(dataset.pk)
    assert (body["name"], body["description"]) == ("Cards", "")
    assert body["workspace"] == str(admin.workspace_id)


def test_R_D3_the_version_is_the_day_of_the_last_save(api, dataset):
    Dataset.objects.update(version=dt.date(2020, 1, 2))
    assert api.get(f"{DATASETS}{dataset.pk}/").json()["version"] == "2020-01-02"

    version = api.patch(f"{DATASETS}{dataset.pk}/", {"description": "new"}).json()["version"]

    assert version == dt.datetime.now(dt.UTC).date().isoformat()


def test_R_D4_created_date_has_microseconds_and_says_utc(api, admin):
    moment = dt.datetime(2025, 12, 17, 10, 30, tzinfo=dt.UTC)
    dataset = make_dataset(workspace=admin.workspace, created_at=moment)

    body = api.get(f"{DATASETS}{dataset.pk}/").json()

    assert body["created_date"] == "2025-12-17T10:30:00.000000Z"


@pytest.mark.parametrize("format_", ["json", "csv", None])
def test_R_D5_the_format_is_that_of_the_template(api, admin, format_):
    template = make_prompt(workspace=admin.workspace, type="template", format=format_)
    dataset = make_dataset(workspace=admin.workspace, result_template=template)

    assert api.get(f"{DATASETS}{dataset.pk}/").json()["result_format"] == format_


def test_R_D6_new_samples_start_with_the_default_metadata(api, admin):
    made = api.post(DATASETS, {"name": "d", "default_input_meta_data": {"category": "jacket"}})

    sample = api.post("/vlm/v2/sample/", {"dataset": made.json()["id"]}).json()

    assert made.json()["default_input_meta_data"] == {"category": "jacket"}
    assert sample["input_meta_data"] == {"category": "jacket"}


def test_R_D7_metadata_comes_back_untouched(api):
    meta_data = {"a": [1, 2.5, None, {"ö": "☃"}], "b": {"": False}}

    made = api.post(DATASETS, {"name": "d", "meta_data": meta_data}).json()

    assert api.get(f"{DATASETS}{made['id']}/").json()["meta_data"] == meta_data


def test_R_D8_samples_and_variables_are_counted_without_the_deleted(api, dataset):
    samples = [make_sample(dataset=dataset) for _ in range(3)]
    variables = [make_variable(dataset=dataset) for _ in range(2)]
    api.delete(f"/vlm/v2/sample/{samples[0].pk}/")
    api.delete(f"{VARIABLES}{variables[0].pk}/")

    body = api.get(f"{DATASETS}{dataset.pk}/").json()

    assert (body["samples_count"], body["variables_count"]) == (2, 1)


def test_R_D9_prompts_are_assigned_by_id_and_taken_away_by_null(api, admin, dataset):
    prompt = make_prompt(workspace=admin.workspace, type="system", content="Be brief.")

    given = api.patch(f"{DATASETS}{dataset.pk}/", {"system_prompt_id": str(prompt.pk)}).json()
    taken = api.patch(f"{DATASETS}{dataset.pk}/", {"system_prompt_id": None}).json()

    assert (given["system_prompt_id"], given["system_prompt"]) == (str(prompt.pk), "Be brief.")
    assert (taken["system_prompt_id"], taken["system_prompt"]) == (None, None)


def test_R_D9_a_prompt_of_another_type_is_refused(api, admin, dataset):
    prompt = make_prompt(workspace=admin.workspace, type="user")

    answer = api.patch(f"{DATASETS}{dataset.pk}/", {"result_template_id": str(prompt.pk)})

    assert answer.status_code == 400
    assert "result_template_id" in answer.json()


def test_R_D10_resolved_texts_cannot_be_written(api, dataset):
    answer = api.patch(f"{DATASETS}{dataset.pk}/", {"system_prompt": "mine", "name": "n"})

    assert answer.status_code == 200
    assert answer.json()["system_prompt"] is None


def test_R_D11_a_template_keeps_its_places(api, admin):
    content = '{"grade": {{grade}}, "explain": "{{explain}}"}'
    template = make_prompt(workspace=admin.workspace, type="template", content=content)
    dataset = make_dataset(workspace=admin.workspace, result_template=template)

    assert api.get(f"{DATASETS}{dataset.pk}/").json()["result_template"] == content


def test_a_deleted_dataset_is_gone_with_its_samples_and_variables(api, dataset):
    sample, variable = make_sample(dataset=dataset), make_variable(dataset=dataset)

    assert api.delete(f"{DATASETS}{dataset.pk}/").status_code == 204

    for path in (DATASETS + str(dataset.pk), f"/vlm/v2/sample/{sample.pk}"):
        assert api.get(path).status_code == 404
    assert api.get(f"{VARIABLES}{variable.pk}/").status_code == 404
    assert Dataset.objects.filter(pk=dataset.pk).exists()  # kept in the database


@pytest.mark.parametrize("type_", TYPES)
def test_R_V1_each_of_the_six_types_can_be_made(api, dataset, type_):
    made = api.post(VARIABLES, {"dataset": str(dataset.pk), "name": "v", "type": type_})

    assert made.status_code == 201
    assert made.json()["type"] == type_


def test_R_V1_no_other_type_can_be_made(api, dataset):
    answer = api.post(VARIABLES, {"dataset": str(dataset.pk), "name": "v", "type": "date"})

    assert answer.status_code == 400


def test_R_V2_variables_are_filtered_by_dataset_in_pages(api, admin, dataset):
    mine = [make_variable(dataset=dataset) for _ in range(3)]
    make_variable(dataset=make_dataset(workspace=admin.workspace))

    rows = api.rows(VARIABLES, dataset=str(dataset.pk), page_size=2)

    assert [row["id"] for row in rows] == [str(variable.pk) for variable in mine]


def test_R_V3_limits_that_are_not_set_are_absent(api, dataset):
    plain = make_variable(dataset=dataset, name="explain", type="string")
    limited = make_variable(
        dataset=dataset, name="grade", required=True, min_value=0, max_value=10, step_size=0.5
    )

    assert api.rows(VARIABLES) == [
        {
            "id": str(plain.pk),
            "dataset": str(dataset.pk),
            "dataset_name": "Cards",
            "name": "explain",
            "type": "string",
            "required": False,
        },
        {
            "id": str(limited.pk),
            "dataset": str(dataset.pk),
            "dataset_name": "Cards",
            "name": "grade",
            "type": "float",
            "required": True,
            "min_value": 0.0,
            "max_value": 10.0,
            "step_size": 0.5,
        },
    ]


def test_R_V4_a_variable_alone_looks_as_in_the_list(api, dataset):
    variable = make_variable(dataset=dataset)

    assert [api.get(f"{VARIABLES}{variable.pk}/").json()] == api.rows(VARIABLES)


def test_R_V5_dataset_name_and_type_are_needed(api):
    answer = api.post(VARIABLES, {})

    assert answer.status_code == 400
    assert {"detail", "dataset", "name", "type"} == set(answer.json())


@pytest.mark.parametrize("name", ["2nd", "a b", "a-b", "", "ü"])
def test_R_V6_the_name_is_one_of_a_programming_language(api, dataset, name):
    answer = api.post(VARIABLES, {"dataset": str(dataset.pk), "name": name, "type": "string"})

    assert answer.status_code == 400
    assert "name" in answer.json()


def test_R_V6_the_name_is_unique_in_its_dataset_alone(api, admin, dataset):
    other = make_dataset(workspace=admin.workspace)
    bodies = [{"dataset": str(d.pk), "name": "grade", "type": "float"} for d in (dataset, other)]

    statuses = [api.post(VARIABLES, body).status_code for body in (*bodies, bodies[0])]

    assert statuses == [201, 201, 400]


def test_R_V7_required_is_false_unless_said(api, dataset):
    made = api.post(VARIABLES, {"dataset": str(dataset.pk), "name": "v", "type": "boolean"})

    assert made.json()["required"] is False


def test_R_V8_a_variable_has_a_description(api, dataset):
    body = {"dataset": str(dataset.pk), "name": "v", "type": "string", "description": "Why?"}

    assert api.post(VARIABLES, body).json()["description"] == "Why?"


@pytest.mark.parametrize("choices", ["mint, good,poor", ["mint", "good", "poor"]])
def test_R_V9_choices_are_one_text_with_commas(api, dataset, choices):
    body = {"dataset": str(dataset.pk), "name": "v", "type": "string", "choices": choices}

    assert api.post(VARIABLES, body).json()["choices"] == "mint,good,poor"


def test_R_V10_limits_are_inclusive_and_10_0_is_a_limit_of_an_integer(api, dataset):
    body = {"dataset": str(dataset.pk), "name": "v", "type": "integer", "max_value": 10.0}
    variable = api.post(VARIABLES, body).json()
    sample = make_sample(dataset=dataset)

    assert variable["max_value"] == 10
    assert set_value(api, sample, variable, 10).status_code == 200
    assert set_value(api, sample, variable, 11).status_code == 400


def test_R_V11_steps_are_exact(api, dataset):
    body = {"dataset": str(dataset.pk), "name": "v", "type": "float", "step_size": 0.1}
    variable = api.post(VARIABLES, body).json()
    sample = make_sample(dataset=dataset)

    assert set_value(api, sample, variable, 1.7).status_code == 200
    assert set_value(api, sample, variable, 1.75).status_code == 400


@pytest.mark.parametrize(
    ("type_", "right", "wrong"), [("string", "ab", "a"), ("array", [1, 2], [1])]
)
def test_R_V12_lengths_count_characters_and_items(api, dataset, type_, right, wrong):
    body = {"dataset": str(dataset.pk), "name": "v", "type": type_, "min_length": 2}
    variable = api.post(VARIABLES, body).json()
    sample = make_sample(dataset=dataset)

    assert set_value(api, sample, variable, right).status_code == 200
    assert set_value(api, sample, variable, wrong).status_code == 400


def test_R_V13_a_default_is_kept_and_must_be_legal(api, dataset):
    body = {"dataset": str(dataset.pk), "name": "v", "type": "integer", "default_value": 3}

    made = api.post(VARIABLES, body)
    refused = api.post(VARIABLES, body | {"name": "w", "default_value": "three"})

    assert made.json()["default_value"] == 3
    assert refused.status_code == 400
    assert "default_value" in refused.json()


@pytest.mark.parametrize(
    "config",
    [
        {"min_value": 2, "max_value": 1},
        {"min_value": True},
        {"max_value": "10"},
        {"step_size": 0},
        {"step_size": -1},
    ],
)
def test_limits_that_make_no_sense_are_refused(api, dataset, config):
    body = {"dataset": str(dataset.pk), "name": "v", "type": "float", **config}

    assert api.post(VARIABLES, body).status_code == 400


def test_a_variable_changes_but_stays_in_its_dataset(api, admin, dataset):
    variable = make_variable(dataset=dataset, max_value=5)
    other = make_dataset(workspace=admin.workspace)

    body = api.patch(
        f"{VARIABLES}{variable.pk}/", {"max_value": None, "dataset": str(other.pk)}
    ).json()

    assert "max_value" not in body
    assert body["dataset"] == str(dataset.pk)


def set_value(api, sample, variable, value):
    return api.post(
        f"/vlm/v2/sample/{sample.pk}/add-variable-value/",
        {"dataset_variable": variable["id"], "value": {"value": value}},
    )
