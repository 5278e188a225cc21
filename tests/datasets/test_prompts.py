"""Prompts: the list, the editor that checks templates, and who may."""

import pytest
from django.test import Client
from django.urls import reverse

from annotator.accounts.models import Role
from annotator.datasets.models import Prompt
from tests.factories import (
    make_dataset,
    make_member,
    make_prompt,
    make_remote,
    make_task,
    make_variable,
)

pytestmark = pytest.mark.django_db

LIST = "/datasets/prompts/"
NEW = "/datasets/prompts/new/"


@pytest.fixture
def grade(dataset):
    return make_variable(dataset=dataset, name="grade")


def edit_url(prompt, dataset=None):
    url = reverse("datasets:prompt", args=[prompt.pk])
    return f"{url}?dataset={dataset.pk}" if dataset else url


def text(response):
    return response.content.decode()


def used_by(dataset, prompt):
    dataset.result_template = prompt
    dataset.save()


def test_the_list_narrows_by_type_and_name_and_says_who_uses_what(admin, workspace, dataset):
    one = make_prompt(workspace=workspace, type="template", name="Card JSON")
    make_prompt(workspace=workspace, type="system", name="Grader")
    make_prompt(name="Foreign")
    used_by(dataset, one)
    make_task(workspace=workspace, system_prompt=Prompt.objects.get(name="Grader"))

    everything = admin.get(LIST).context["rows"]
    templates = admin.get(LIST, {"type": "template"}).context["rows"]
    searched = admin.get(LIST, {"q": "grad"}).context["rows"]

    assert [(prompt.name, used) for prompt, used in everything] == [
        ("Card JSON", "1 dataset"), ("Grader", "1 task")
    ]  # fmt: skip
    assert [prompt.name for prompt, _ in templates] == ["Card JSON"]
    assert [prompt.name for prompt, _ in searched] == ["Grader"]


def test_more_prompts_cost_no_more_queries(admin, workspace, django_assert_num_queries):
    make_prompt(workspace=workspace)
    with django_assert_num_queries(100, exact=False) as few:
        admin.get(LIST)
    for _ in range(60):
        make_prompt(workspace=workspace)
    with django_assert_num_queries(len(few)):
        page = admin.get(LIST)

    second = admin.get(LIST + page.context["pager"]["next_query"])
    assert len(page.context["rows"]) + len(second.context["rows"]) == 61


def test_a_new_prompt_written_for_a_dataset_is_used_by_it(admin, dataset, grade):
    response = admin.post(
        f"{NEW}?type=template&dataset={dataset.pk}",
        {"name": "T", "type": "template", "format": "json", "content": '{\r\n"g": {{grade}}}'},
    )

    dataset.refresh_from_db()
    assert response.headers["Location"] == f"/datasets/{dataset.pk}/schema/#prompts"
    assert dataset.result_template.content == '{\n"g": {{grade}}}'
    assert dataset.result_template.format == "json"


def test_the_format_of_other_types_is_none(admin):
    admin.post(NEW, {"name": "P", "type": "user", "format": "json", "content": "Look."})

    assert Prompt.objects.get().format is None


@pytest.mark.parametrize(
    ("content", "where"),
    [
        ('{\n  "g": {{nope}}\n}', "Line 2, column 8"),
        ('{"g": {{grade}}', "Line 1"),
    ],
)
def test_a_template_that_cannot_be_used_names_line_and_column(
    admin, workspace, dataset, grade, content, where
):
    prompt = make_prompt(workspace=workspace, type="template", format="json", content="{}")
    used_by(dataset, prompt)
    data = {"name": "T", "format": "json", "content": content}

    checked = admin.post(edit_url(prompt), {**data, "preview": "1"})
    refused = admin.post(edit_url(prompt), data)
    prompt.refresh_from_db()
    before = prompt.content
    admin.post(edit_url(prompt), {**data, "anyway": "1"})
    prompt.refresh_from_db()

    assert (checked.status_code, refused.status_code) == (200, 422)
    assert where in text(checked)
    assert where in text(refused)
    assert before == "{}"
    assert prompt.content == content


def test_lints_are_told_and_do_not_hinder(admin, workspace, dataset, grade):
    prompt = make_prompt(workspace=workspace, type="template", format="json", content="{}")
    used_by(dataset, prompt)

    page = text(admin.get(edit_url(prompt)))
    saved = admin.post(edit_url(prompt), {"name": "T", "format": "json", "content": "{}"})

    assert "“grade” is written nowhere" in page
    assert saved.status_code == 302


def test_all_variables_are_inserted_as_json_that_reads_back(admin, dataset, grade):
    make_variable(dataset=dataset, name="word", type="string")
    url = f"{NEW}?type=template&dataset={dataset.pk}"

    filled = admin.post(url, {"name": "T", "type": "template", "fill": "1", "content": "x"})

    content = filled.context["form"]["content"].value()
    assert content == '{\n  "grade": {{grade}},\n  "word": "{{word}}"\n}'
    assert not filled.context["checks"][0].refused
    assert not filled.context["checks"][0].lints
    assert not Prompt.objects.exists()


def test_the_check_alone_is_drawn_for_htmx(admin, dataset, grade):
    response = admin.post(
        f"{NEW}?dataset={dataset.pk}",
        {"type": "template", "format": "json", "content": "{{", "preview": "1"},
        headers={"HX-Request": "true", "HX-Target": "check"},
    )

    assert text(response).lstrip().startswith('<section class="card stack tight" id="check"')


def test_a_shared_prompt_warns_and_its_type_stays(admin, workspace, dataset):
    prompt = make_prompt(workspace=workspace, type="template", format="json")
    used_by(dataset, prompt)
    used_by(make_dataset(workspace=workspace), prompt)

    page = text(admin.get(edit_url(prompt)))
    admin.post(edit_url(prompt), {"name": "T", "type": "user", "format": "yaml", "content": ""})

    prompt.refresh_from_db()
    assert "Shared by 2 datasets" in page
    assert (prompt.type, prompt.format) == ("template", "yaml")


def test_a_deleted_prompt_leaves_its_users_without_one(admin, workspace, dataset):
    prompt = make_prompt(workspace=workspace, type="template", format="json")
    used_by(dataset, prompt)

    admin.post(reverse("datasets:delete_prompt", args=[prompt.pk]))

    dataset.refresh_from_db()
    assert dataset.result_template is None


def test_a_mirrored_prompt_is_changed_on_its_remote(admin, workspace):
    remote = make_remote(workspace=workspace)
    prompt = make_prompt(workspace=workspace, remote=remote, remote_key="p")

    assert admin.get(edit_url(prompt)).status_code == 200
    assert admin.post(edit_url(prompt), {"name": "X", "content": ""}).status_code == 400


@pytest.mark.parametrize("role", [Role.ANNOTATOR, Role.REVIEWER])
def test_only_admins_write_prompts_the_others_read(browser_of, workspace, role):
    prompt = make_prompt(workspace=workspace)
    client = browser_of(role)

    assert client.get(LIST).status_code == 200
    assert client.post(NEW, {"name": "X", "type": "user"}).status_code == 403
    assert client.post(edit_url(prompt), {"name": "X"}).status_code == 403
    assert client.post(reverse("datasets:delete_prompt", args=[prompt.pk])).status_code == 403


def test_an_outsider_finds_nothing(workspace, dataset):
    prompt = make_prompt(workspace=workspace, name="Secret")
    client = Client()
    client.force_login(make_member(Role.ADMIN).user)

    assert client.get(LIST).context["rows"] == []
    assert client.get(edit_url(prompt)).status_code == 404
    assert client.get(f"{NEW}?dataset={dataset.pk}").context["dataset"] is None
