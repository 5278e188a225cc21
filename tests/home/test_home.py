"""The start page says what waits, to each what they may know."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from annotator.accounts.models import Role
from annotator.datasets.models import Sample
from annotator.exports.models import ExportJob
from annotator.imports.models import AnswerImport
from tests.factories import (
    make_answer,
    make_dataset,
    make_member,
    make_sample,
    make_workspace,
)

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("role", Role)
def test_an_empty_workspace_has_a_start_page_for_everybody(client, role):
    client.force_login(make_member(role).user)

    response = client.get(reverse("home:home"))

    assert response.status_code == 200
    assert b"No dataset yet" in response.content


def test_more_datasets_and_samples_cost_no_more_queries(client, django_assert_max_num_queries):
    member = make_member(Role.ADMIN)
    client.force_login(member.user)
    for _ in range(3):
        dataset = make_dataset(workspace=member.workspace)
        for state in Sample.State.values:
            make_sample(dataset=dataset, state=state)

    with django_assert_max_num_queries(7):
        client.get(reverse("home:home"))


def test_other_workspaces_stay_out_of_sight(client):
    make_dataset(workspace=make_workspace(), name="Somebody else's")
    client.force_login(make_member(Role.ADMIN).user)

    response = client.get(reverse("home:home"))

    assert b"Somebody else" not in response.content


@pytest.mark.parametrize(
    ("role", "first"), [(Role.REVIEWER, "Review"), (Role.ADMIN, "Continue labeling")]
)
def test_what_one_came_for_is_the_first_button_and_has_the_enter_key(client, role, first):
    member = make_member(role)
    dataset = make_dataset(workspace=member.workspace)
    make_sample(dataset=dataset)
    handed_in = make_sample(dataset=dataset, state=Sample.State.SUBMITTED)
    make_answer(sample=handed_in, state="submitted", submitted_at=timezone.now())
    client.force_login(member.user)

    page = client.get(reverse("home:home")).content.decode()

    (button,) = re.findall(r'<a class="btn primary large"[^>]*data-key="Enter [^>]*>([^<]*)<', page)
    assert button.strip() == first


def test_imports_of_answers_and_exports_are_listed_while_they_go_on(
    client, django_assert_max_num_queries
):
    member = make_member(Role.ADMIN)
    client.force_login(member.user)
    for name in ("Coins", "Cards"):
        dataset = make_dataset(workspace=member.workspace, name=name)
        checked = AnswerImport.objects.create(
            dataset=dataset, state="checking", name=f"{name}.csv", position=3, total=8
        )
        AnswerImport.objects.create(dataset=dataset, state="mapping", name="waits.csv")
        export = ExportJob.objects.create(
            dataset=dataset, state="running", format="trl", done=1, total=2
        )
        ExportJob.objects.create(dataset=dataset, state="done", format="done")

    with django_assert_max_num_queries(9):
        page = client.get(reverse("home:home")).content.decode()

    assert page.count("Checking") >= 2
    assert "answers from Coins.csv" in page
    assert "waits.csv" not in page
    assert reverse("imports:answers", args=[checked.pk]) in page
    assert reverse("exports:show", args=[export.pk]) in page
