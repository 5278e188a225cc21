"""Prompts: docs/platform.md R-P1 to R-P11."""

from urllib.parse import quote

import pytest

from annotator.datasets.models import Prompt
from annotator.training import actions as tasks
from tests.factories import make_dataset, make_prompt

pytestmark = pytest.mark.django_db

PROMPTS = "/vlm/v2/prompt/"


def test_R_P1_prompts_are_listed_in_pages_read_through_next(api, admin):
    made = [make_prompt(workspace=admin.workspace) for _ in range(5)]

    rows = api.rows(PROMPTS, page_size=2)

    assert [row["id"] for row in rows] == [str(prompt.pk) for prompt in made]


def test_R_P2_prompts_are_searched_by_name(api, admin):
    make_prompt(workspace=admin.workspace, name="Grade & explain")
    make_prompt(workspace=admin.workspace, name="Other")

    answer = api.get(f"{PROMPTS}?search={quote('grade &')}")

    assert [row["name"] for row in answer.json()["results"]] == ["Grade & explain"]


@pytest.mark.parametrize("type_", ["system", "user", "template"])
def test_R_P3_prompts_are_filtered_by_type(api, admin, type_):
    for each in Prompt.Type.values:
        make_prompt(workspace=admin.workspace, type=each)

    assert [row["type"] for row in api.rows(PROMPTS, type=type_)] == [type_]


def test_R_P4_rows_of_the_list_have_no_content(api, admin):
    prompt = make_prompt(workspace=admin.workspace, content="secret recipe")

    assert api.rows(PROMPTS) == [
        {
            "id": str(prompt.pk),
            "name": prompt.name,
            "description": "",
            "type": "user",
            "format": None,
            "workspace": str(admin.workspace_id),
        }
    ]


def test_R_P5_a_prompt_has_its_content(api, admin):
    prompt = make_prompt(workspace=admin.workspace, content="Analyse the image.")

    body = api.get(f"{PROMPTS}{prompt.pk}/").json()

    assert body["content"] == "Analyse the image."
    assert list(body) == ["id", "name", "description", "content", "type", "format", "workspace"]


def test_R_P6_a_prompt_needs_a_name_and_a_type(api):
    made = api.post(PROMPTS, {"name": "Analyse", "type": "user"})
    refused = api.post(PROMPTS, {"description": "neither"})

    assert made.status_code == 201
    assert (made.json()["content"], made.json()["format"]) == ("", None)
    assert refused.status_code == 400
    assert {"detail", "name", "type"} == set(refused.json())


def test_R_P7_only_the_three_types_exist(api):
    answer = api.post(PROMPTS, {"name": "x", "type": "assistant"})

    assert answer.status_code == 400
    assert "type" in answer.json()


@pytest.mark.parametrize("format_", ["json", "yaml", "xml", "csv", None])
def test_R_P8_the_format_is_one_of_four_or_null(api, format_):
    answer = api.post(PROMPTS, {"name": "x", "type": "template", "format": format_})

    assert answer.status_code == 201
    assert answer.json()["format"] == format_


def test_R_P8_another_format_is_refused(api):
    assert api.post(PROMPTS, {"name": "x", "type": "user", "format": "toml"}).status_code == 400


def test_R_P9_name_description_content_and_format_change_but_the_type_does_not(api, admin):
    prompt = make_prompt(workspace=admin.workspace, type="template")
    changes = {"name": "New", "description": "d", "content": " c \n", "format": "xml"}

    answer = api.patch(f"{PROMPTS}{prompt.pk}/", changes)
    refused = api.patch(f"{PROMPTS}{prompt.pk}/", {"type": "user"})

    assert {name: answer.json()[name] for name in changes} == changes
    assert refused.status_code == 400
    prompt.refresh_from_db()
    assert prompt.type == "template"


def test_R_P10_what_refers_to_a_prompt_shows_its_new_content(api, admin):
    prompt = make_prompt(workspace=admin.workspace, content="old")
    dataset = make_dataset(workspace=admin.workspace, user_prompt=prompt)
    task = tasks.create_task(admin.workspace, by=None, name="t", user_prompt=prompt)

    api.patch(f"{PROMPTS}{prompt.pk}/", {"content": "new"})

    assert api.get(f"/vlm/v2/dataset/{dataset.pk}/").json()["user_prompt"] == "new"
    assert api.get(f"/vlm/v2/task/{task.pk}/").json()["user_prompt"] == "new"


def test_R_P11_deleting_a_prompt_leaves_what_referred_to_it_without_one(api, admin):
    prompt = make_prompt(workspace=admin.workspace)
    dataset = make_dataset(workspace=admin.workspace, user_prompt=prompt)
    task = tasks.create_task(admin.workspace, by=None, name="t", user_prompt=prompt)

    answer = api.delete(f"{PROMPTS}{prompt.pk}/")

    assert answer.status_code == 204
    assert answer.content == b""
    body = api.get(f"/vlm/v2/dataset/{dataset.pk}/").json()
    assert (body["user_prompt_id"], body["user_prompt"]) == (None, None)
    assert api.get(f"/vlm/v2/task/{task.pk}/").json()["user_prompt_id"] is None


def test_R_K5_one_prompt_is_shared_by_many_tasks_and_datasets(api, admin):
    prompt = make_prompt(workspace=admin.workspace, content="shared")
    for name in ("one", "two"):
        make_dataset(workspace=admin.workspace, name=name, user_prompt=prompt)
        tasks.create_task(admin.workspace, by=None, name=name, user_prompt=prompt)

    for path in ("/vlm/v2/dataset/", "/vlm/v2/task/"):
        assert [row["user_prompt"] for row in api.rows(path)] == ["shared", "shared"]
