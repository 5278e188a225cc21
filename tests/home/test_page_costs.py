"""How many queries the lists and overviews take, the session's among them; more rows cost no more."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from annotator.accounts.models import Role
from annotator.annotation.actions import open_answer, submit
from annotator.datasets.queries import facets
from tests.factories import (
    make_dataset,
    make_image,
    make_member,
    make_sample,
    make_task,
    make_variable,
    make_workspace,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def workspace():
    return make_workspace()


@pytest.fixture
def admin(client, workspace):
    member = make_member(Role.ADMIN, workspace=workspace)
    client.force_login(member.user)
    return member


@pytest.fixture
def dataset(workspace):
    dataset = make_dataset(workspace=workspace)
    make_variable(dataset=dataset, name="grade")
    make_variable(dataset=dataset, name="kind", type="string", choices=["a", "b"])
    return dataset


def fill(dataset, number):
    """So many samples with a picture each; a colleague has submitted half of them."""
    author = make_member(workspace=dataset.workspace).user
    grade = dataset.variables.get(name="grade")
    make_task(workspace=dataset.workspace, datasets=[dataset])
    for place in range(number):
        sample = make_sample(dataset=dataset)
        sample.sample_images.create(image=make_image(dataset.workspace))
        if place % 2:
            submit(open_answer(sample, by=author), {grade: 1}, by=author)


def queries_of(client, url):
    assert client.get(url).status_code == 200
    with CaptureQueriesContext(connection) as queries:
        client.get(url)
    return len(queries)


def test_a_page_takes_few_queries_however_much_there_is(
    client, admin, workspace, dataset, monkeypatch
):
    monkeypatch.setattr(facets, "SMALL", 0)  # as of a large dataset, whose facets open one by one
    limits = {
        reverse("datasets:gallery", args=[dataset.pk]): 9,
        reverse("datasets:list"): 5,
        reverse("home:home"): 11,
        reverse("review:start") + "?list=1": 4,
        reverse("review:list", args=[dataset.pk]): 7,
        reverse("push:deliveries"): 4,
        reverse("training:tasks"): 6,
    }
    fill(dataset, 4)
    few = {url: queries_of(client, url) for url in limits}
    fill(dataset, 12)
    many = {url: queries_of(client, url) for url in limits}

    assert many == few
    assert {url: number for url, number in many.items() if number > limits[url]} == {}
