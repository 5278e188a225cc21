"""Lists: pages, cursors, declared filters, what can be carried along, and how many queries (V6, V10)."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.api.tenants import make_full_sample
from tests.factories import (
    make_dataset,
    make_prompt,
    make_sample,
    make_variable,
)

pytestmark = pytest.mark.django_db

SAMPLES = "/vlm/v2/sample/"
EVERYTHING = "values,images,objects"


@pytest.fixture
def dataset(admin):
    return make_dataset(
        workspace=admin.workspace, user_prompt=make_prompt(workspace=admin.workspace)
    )


@pytest.mark.parametrize("asked", ["10000000000", "-1", "0", "x", "9" * 5000])
def test_page_size_is_held_within_bounds(api, admin, asked):
    for _ in range(3):
        make_prompt(workspace=admin.workspace)

    answer = api.get("/vlm/v2/prompt/", page_size=asked)

    assert (answer.status_code, len(answer.json()["results"])) == (200, 3)


@pytest.mark.parametrize("asked", ["-1", "0", "2", "x", "9" * 5000, "1e9"])
def test_a_page_that_is_not_there_is_a_404(api, asked):
    answer = api.get("/vlm/v2/prompt/", page=asked)

    assert answer.status_code == 404
    assert answer.json()["detail"]


def test_next_and_previous_are_absolute_and_keep_the_filters(api, dataset):
    for _ in range(3):
        make_sample(dataset=dataset)

    first = api.get(SAMPLES, dataset=str(dataset.pk), page_size=1).json()
    second = api.get(first["next"]).json()

    assert first["next"].startswith("http://testserver/vlm/v2/sample/?")
    assert f"dataset={dataset.pk}" in second["previous"]
    assert api.get(second["previous"]).json()["results"] == first["results"]


def test_rows_that_come_meanwhile_do_not_move_the_pages(api, dataset):
    made = [make_sample(dataset=dataset) for _ in range(4)]

    first = api.get(SAMPLES, page_size=2).json()
    make_sample(dataset=dataset)
    second = api.get(first["next"]).json()

    shown = [row["id"] for row in first["results"] + second["results"]]
    assert shown == [str(sample.pk) for sample in made]


def test_a_cursor_walks_all_rows_and_back(api, dataset):
    made = [make_sample(dataset=dataset) for _ in range(5)]

    first = api.get(SAMPLES, cursor="", page_size=2).json()
    second = api.get(first["next"]).json()
    third = api.get(second["next"]).json()

    shown = [row["id"] for body in (first, second, third) for row in body["results"]]
    assert shown == [str(sample.pk) for sample in made]
    assert (first["previous"], third["next"], third["count"]) == (None, None, 5)
    assert api.get(second["previous"]).json()["results"] == first["results"]


@pytest.mark.parametrize("cursor", ["x", "AAAA", "W10", "%00", "WzEsMiwzXQ"])
def test_a_cursor_of_somebody_elses_is_the_first_page(api, dataset, cursor):
    sample = make_sample(dataset=dataset)

    rows = api.get(SAMPLES, cursor=cursor).json()["results"]

    assert [row["id"] for row in rows] == [str(sample.pk)]


NARROWED = {
    "": 5,
    "dataset": 4,
    "dataset&state=approved": 2,
    "dataset&test=true": 1,
    "dataset&test=0&state=unlabeled": 1,
    "state=approved": 3,
    "dataset&search=a": 1,
    "dataset&has_images=false&state=unlabeled": 1,
}


@pytest.mark.parametrize("query", NARROWED)
@pytest.mark.parametrize("pages", ["page=1", "cursor="])
def test_the_count_is_of_all_pages_whatever_narrows_the_list(api, admin, dataset, query, pages):
    for name, state, is_test in [
        ("a", "approved", False),
        ("b", "approved", True),
        ("c", "unlabeled", False),
        ("d", "returned", False),
    ]:
        make_sample(dataset=dataset, name=name, state=state, test=is_test)
    make_sample(dataset=make_dataset(workspace=admin.workspace), state="approved")
    make_sample(dataset=dataset, removed_at=timezone.now())
    make_sample(dataset=make_dataset())
    address = f"{SAMPLES}?page_size=1&{pages}&{query}".replace("dataset", f"dataset={dataset.pk}")

    first = api.get(address).json()

    assert first["count"] == NARROWED[query]
    assert len(api.rows(address)) == NARROWED[query]


def test_the_count_costs_the_same_at_any_size(api, dataset):
    with CaptureQueriesContext(connection) as captured:
        api.get(SAMPLES, dataset=str(dataset.pk), state="approved")

    assert not [each["sql"] for each in captured if "COUNT(*)" in each["sql"]]


ORDERS = {
    "created": "bac",
    "-created": "cab",
    "name": "abc",
    "-name": "cba",
}


@pytest.mark.parametrize("ordering", ORDERS)
def test_an_order_of_ones_own_is_not_moved_by_rows_that_come_meanwhile(api, admin, ordering):
    for name in "bac":
        make_prompt(workspace=admin.workspace, name=name)

    answer = api.get("/vlm/v2/prompt/", ordering=ordering, page_size=1)
    names = []
    while True:
        names += [row["name"] for row in answer.json()["results"]]
        if answer.json()["next"] is None:
            break
        if ordering != "created":  # there, what comes later is last
            first = "~" if ordering == "-name" else " "
            make_prompt(workspace=admin.workspace, name=first)
        answer = api.get(answer.json()["next"])

    assert names == list(ORDERS[ordering])


def test_samples_without_a_name_have_their_place_too(api, dataset):
    for name in ("b", None, "a", ""):
        make_sample(dataset=dataset, name=name)

    rows = api.rows(SAMPLES, ordering="name", page_size=1)
    back = api.rows(SAMPLES, ordering="-name", page_size=1)

    assert [row["name"] or "" for row in rows] == ["", "", "a", "b"]
    assert [row["id"] for row in back] == [row["id"] for row in reversed(rows)]


def test_an_order_with_page_numbers(api, admin):
    for name in "bac":
        make_prompt(workspace=admin.workspace, name=name)

    body = api.get("/vlm/v2/prompt/", ordering="-name", page="2", page_size="2").json()

    assert [row["name"] for row in body["results"]] == ["a"]


UNDECLARED = [
    "user__password__startswith=p",
    "dataset__workspace__memberships__user__password__startswith=p",
    "dataset__remote__encrypted_token__contains=a",
    "order_by=-name",
    "_connector=OR",
    "_negated=1",
    "name=nobody",
    "id=00000000-0000-4000-8000-000000000000",
    "fields=password",
    "format=html",
]


@pytest.mark.parametrize("parameter", UNDECLARED)
def test_only_declared_filters_exist(api, dataset, parameter):
    for _ in range(3):
        make_sample(dataset=dataset)

    plain, tried = api.get(SAMPLES).json(), api.get(f"{SAMPLES}?{parameter}")

    assert tried.status_code == 200
    assert tried.json()["results"] == plain["results"]


@pytest.mark.parametrize(
    "parameter",
    [
        "dataset=x",
        "test=maybe",
        "type=triple",
        "state=lost",
        "include=secrets",
        "ordering=dataset__workspace__name",
        "ordering=--name",
        "created_after=yesterday",
        "updated_before=0001-01-01T00:00:00%2B14:00",
        "has_value=grade",
        "invalid=perhaps",
    ],
)
def test_a_senseless_filter_is_a_400_that_names_it(api, parameter):
    answer = api.get(f"{SAMPLES}?{parameter}")

    assert answer.status_code == 400
    assert parameter.split("=")[0] in answer.json()


def test_a_list_carries_values_images_and_objects_when_asked(api, dataset):
    variable = make_variable(dataset=dataset)
    sample = make_full_sample(dataset, [variable])

    plain = api.get(SAMPLES).json()["results"][0]
    full = api.get(SAMPLES, include=EVERYTHING).json()["results"][0]

    assert set(full) - set(plain) == {"sample_variables", "images", "objects"}
    detail = api.get(f"{SAMPLES}{sample.pk}/").json()
    assert full["sample_variables"] == detail["sample_variables"]
    assert full["images"] == api.get(f"{SAMPLES}{sample.pk}/sample-images/").json()
    assert full["objects"] == api.get(f"{SAMPLES}{sample.pk}/sample-objects/").json()
