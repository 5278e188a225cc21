"""A schema change that would break the result template asks first, and can take the template along."""

import pytest
from django.urls import reverse

from annotator.accounts.models import Role
from tests.factories import make_dataset, make_member, make_prompt, make_variable

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client):
    member = make_member(Role.ADMIN)
    client.force_login(member.user)
    return member


@pytest.fixture
def dataset(admin):
    template = make_prompt(
        workspace=admin.workspace,
        type="template",
        format="json",
        content='{"grade": {{ grade }}, "why": "{{why}}"}',
    )
    dataset = make_dataset(workspace=admin.workspace, result_template=template)
    make_variable(dataset=dataset, name="grade")
    make_variable(dataset=dataset, name="why", type="string")
    return dataset


def rename(client, dataset, **choice):
    variable = dataset.variables.get(name="grade")
    address = reverse("datasets:variable", args=[variable.pk])
    return client.post(address, {"name": "score", "type": "float", **choice})


def names(dataset):
    return {variable.name for variable in dataset.variables.live()}


def test_a_rename_offers_to_rename_in_the_template(client, dataset):
    asked = rename(client, dataset)

    assert asked.status_code == 422
    assert "There is no variable “grade”" in asked.text
    assert names(dataset) == {"grade", "why"}

    rename(client, dataset, template="rename")

    dataset.refresh_from_db()
    assert names(dataset) == {"score", "why"}
    assert dataset.result_template.content == '{"grade": {{score}}, "why": "{{why}}"}'


def test_a_template_that_another_dataset_uses_is_copied(client, dataset):
    other = make_dataset(workspace=dataset.workspace, result_template=dataset.result_template)

    rename(client, dataset, template="rename")

    dataset.refresh_from_db()
    other.refresh_from_db()
    assert "{{score}}" in dataset.result_template.content
    assert "{{ grade }}" in other.result_template.content


def test_the_template_can_be_left_as_it_is(client, dataset):
    rename(client, dataset, template="keep")

    dataset.refresh_from_db()
    assert names(dataset) == {"score", "why"}
    assert "{{ grade }}" in dataset.result_template.content


def test_a_type_that_the_template_cannot_write_is_asked_about(client, dataset):
    variable = dataset.variables.get(name="why")
    dataset.result_template.format = "csv"
    dataset.result_template.content = "grade,why\n{{grade}},{{why}}"
    dataset.result_template.save()
    address = reverse("datasets:variable", args=[variable.pk])

    response = client.post(address, {"name": "renamed", "type": "string"})

    assert response.status_code == 422


def test_a_rename_that_the_template_does_not_mention_just_saves(client, dataset):
    dataset.result_template.content = '{"why": "{{why}}"}'
    dataset.result_template.save()

    assert rename(client, dataset).status_code == 302


def test_removal_says_what_it_breaks_before_and_after(client, dataset):
    variable = dataset.variables.get(name="grade")

    page = client.get(reverse("datasets:variable", args=[variable.pk]))
    after = client.post(reverse("datasets:remove_variable", args=[variable.pk]), follow=True)

    assert "Without it no sample can be exported or trained on" in page.text
    assert "can&#x27;t be used any more" in after.text or "can't be used any more" in after.text


def test_a_removal_that_breaks_nothing_says_nothing(client, dataset):
    variable = make_variable(dataset=dataset, name="extra")

    page = client.get(reverse("datasets:variable", args=[variable.pk]))

    assert "no sample can be exported" not in page.text
