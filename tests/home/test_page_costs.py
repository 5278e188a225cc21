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


def limits_of(workspace, dataset):
    gallery = reverse("datasets:gallery", args=[dataset.pk])
    task = make_task(workspace=workspace, datasets=[dataset])
    for number in (1, 2, 3):
        task.runs.create(state="succeeded")
        task.versions.create(version=number)
    return {
        gallery: 7,
        f"{gallery}?open=grade&open=kind": 8,
        f"{gallery}?v.kind=a&v.grade.min=1&q=s&open=grade": 9,  # a filter's matches are counted
        reverse("datasets:sample", args=[dataset.samples.all()[0].pk]): 10,
        reverse("datasets:schema", args=[dataset.pk]): 7,
        reverse("datasets:list"): 4,
        reverse("home:home"): 8,
        reverse("review:start") + "?list=1": 5,  # the skipped ones are counted
        reverse("review:list", args=[dataset.pk]): 7,
        reverse("push:deliveries"): 4,
        reverse("training:tasks"): 6,
        reverse("training:task", args=[task.pk]): 10,
    }


@pytest.mark.parametrize("is_small", [True, False])
def test_a_page_takes_few_queries_however_much_there_is(
    client, admin, workspace, dataset, is_small, monkeypatch
):
    fill(dataset, 4)
    limits = limits_of(workspace, dataset)
    if is_small:
        gallery = reverse("datasets:gallery", args=[dataset.pk])
        limits = {gallery: 8}  # every facet is open, counted by one query
    else:
        monkeypatch.setattr(facets, "SMALL", 0)  # as of a large dataset, whose facets open singly
    few = {url: queries_of(client, url) for url in limits}
    fill(dataset, 12)
    make_variable(dataset=dataset, name="colour", type="string", choices=["red", "green"])
    many = {url: queries_of(client, url) for url in limits}

    assert many == few
    assert {url: number for url, number in many.items() if number > limits[url]} == {}
