"""Many samples and values in one call."""

import json
import random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotator.datasets import actions
from annotator.datasets.models import Origin, Sample, VariableValue
from tests.factories import make_dataset, make_image, make_sample, make_variable

pytestmark = pytest.mark.django_db

SAMPLES = "/vlm/v2/sample/bulk/"
VALUES = "/vlm/v2/value/bulk/"


@pytest.fixture
def dataset(admin):
    return make_dataset(workspace=admin.workspace, default_input_meta_data={"category": "sports"})


@pytest.fixture
def grade(dataset):
    return make_variable(dataset=dataset, name="grade", min_value=0, max_value=10, required=True)


def test_samples_come_with_images_and_values(api, admin, dataset, grade):
    images = [make_image(admin.workspace) for _ in range(3)]
    rows = [
        {"name": "a", "image_ids": [str(i.pk) for i in images[:2]], "values": {"grade": 8.5}},
        {"name": "b", "image_ids": [str(images[2].pk)], "values": {"grade": {"value": 2}}},
        {"test": True, "input_meta_data": {}},
    ]

    answer = api.post(SAMPLES, {"dataset": str(dataset.pk), "samples": rows})

    body = answer.json()
    assert (answer.status_code, body["done"], body["failed"]) == (200, 3, 0)
    made = api.rows("/vlm/v2/sample/", include="values,images")
    assert [row["id"] for row in made] == [result["id"] for result in body["results"]]
    assert [row["images_count"] for row in made] == [2, 1, 0]
    assert [[v["value"] for v in row["sample_variables"]] for row in made] == [[8.5], [2.0], []]
    assert [row["input_meta_data"] for row in made] == [{"category": "sports"}] * 2 + [{}]
    assert [s.state for s in Sample.objects.all()] == ["approved", "approved", "unlabeled"]
    history = VariableValue.objects.get(sample__name="a").history.get()
    assert (history.origin, history.set_by, history.rev) == (Origin.API, admin.user, 1)


WRONG = [
    ({"values": {"grade": 11}}, "grade"),
    ({"values": {"nothing": 1}}, "nothing"),
    ({"type": "double"}, "type"),
    ({"image_ids": ["3f2c1b0a-9d8e-4f7a-8b6c-5d4e3f2a1b0c"]}, "3f2c1b0a"),
    ({"image_ids": "x"}, "image_ids"),
]


@pytest.mark.parametrize(("wrong", "word"), WRONG)
def test_a_wrong_row_is_named_and_the_others_are_made(api, dataset, grade, wrong, word):
    body = {"dataset": str(dataset.pk), "samples": [{"name": "a"}, wrong, {"name": "c"}]}

    answer = api.post(SAMPLES, body).json()

    assert (answer["done"], answer["failed"]) == (2, 1)
    assert word in answer["results"][1]["detail"]
    assert [row["name"] for row in api.rows("/vlm/v2/sample/")] == ["a", "c"]


def test_all_or_nothing_makes_nothing_when_one_is_wrong(api, dataset, grade):
    rows = [{"name": "a"}, {"values": {"grade": "high"}}]

    answer = api.post(
        SAMPLES, {"dataset": str(dataset.pk), "samples": rows, "all_or_nothing": True}
    )

    assert answer.status_code == 400
    assert (answer.json()["done"], answer.json()["failed"]) == (0, 1)
    assert not Sample.objects.exists()


def test_a_foreign_image_is_unknown_in_bulk_too(api, dataset):
    body = {"dataset": str(dataset.pk), "samples": [{"image_ids": [str(make_image().pk)]}]}

    answer = api.post(SAMPLES, body)

    assert answer.status_code == 400
    assert not Sample.objects.exists()


def test_more_than_a_thousand_rows_are_refused(api, dataset):
    answer = api.post(SAMPLES, {"dataset": str(dataset.pk), "samples": [{}] * 1001})

    assert answer.status_code == 400


def test_more_rows_cost_no_more_queries(api, admin, dataset, grade):
    images = [make_image(admin.workspace) for _ in range(5)]

    def count(rows):
        with CaptureQueriesContext(connection) as captured:
            assert api.post(SAMPLES, {"dataset": str(dataset.pk), "samples": rows}).json()["done"]
        return len(captured)

    rows = [{"image_ids": [str(i.pk)], "values": {"grade": 1}} for i in images]
    assert count(rows[:1]) == count(rows)

    samples = list(Sample.objects.all())

    def count_values(rows):
        with CaptureQueriesContext(connection) as captured:
            assert api.post(VALUES, {"values": rows}).json()["failed"] == 0
        return len(captured)

    rows = [{"sample": str(s.pk), "dataset_variable": str(grade.pk), "value": 7} for s in samples]
    assert count_values(rows[:1]) == count_values(rows[1:])


def test_values_are_added_replaced_and_taken_away(api, dataset, grade):
    first, second, third = (make_sample(dataset=dataset) for _ in range(3))
    for sample in (first, second):
        actions.set_value(sample, grade, 1, origin=Origin.TYPED, by=None)
    wanted = [(first, 2), (second, None), (third, {"value": 3})]

    answer = api.post(
        VALUES,
        {
            "values": [
                {"sample": str(s.pk), "dataset_variable": str(grade.pk), "value": value}
                for s, value in wanted
            ]
        },
    )

    assert [result["rev"] for result in answer.json()["results"]] == [2, 2, 1]
    rows = api.rows("/vlm/v2/sample/", include="values")
    assert [[v["value"] for v in row["sample_variables"]] for row in rows] == [[2.0], [], [3.0]]
    states = [Sample.objects.get(pk=s.pk).state for s in (first, second, third)]
    assert states == ["approved", "unlabeled", "approved"]


def test_the_same_value_again_changes_nothing(api, dataset, grade):
    sample = make_sample(dataset=dataset)
    body = {"values": [{"sample": str(sample.pk), "dataset_variable": str(grade.pk), "value": 1}]}

    revs = [api.post(VALUES, body).json()["results"][0]["rev"] for _ in range(2)]

    assert revs == [1, 1]
    assert sample.values.get().history.count() == 1


def test_a_value_given_twice_or_for_another_dataset_is_named(api, admin, dataset, grade):
    sample = make_sample(dataset=dataset)
    other = make_variable(dataset=make_dataset(workspace=admin.workspace))
    row = {"sample": str(sample.pk), "dataset_variable": str(grade.pk), "value": 1}

    answer = api.post(
        VALUES, {"values": [row, row, {**row, "dataset_variable": str(other.pk)}]}
    ).json()

    assert (answer["done"], answer["failed"]) == (1, 2)
    assert "twice" in answer["results"][1]["detail"]
    assert "another dataset" in answer["results"][2]["detail"]


def test_one_by_one_and_in_bulk_end_the_same(api, admin):
    chance = random.Random(7)
    kinds = {"float": 1.5, "string": "a", "boolean": False, "array": [1], "object": {"value": {}}}
    ends = []
    for way in ("one by one", "in bulk"):
        dataset = make_dataset(workspace=admin.workspace)
        variables = {kind: make_variable(dataset=dataset, name=kind, type=kind) for kind in kinds}
        sample = make_sample(dataset=dataset)
        chance.seed(7)
        for _ in range(12):
            kind = chance.choice(sorted(kinds))
            value = chance.choice([kinds[kind], None, "", {"value": kinds[kind]}, 5])
            row = {"dataset_variable": str(variables[kind].pk), "value": value}
            if way == "in bulk":
                api.post(VALUES, {"values": [{"sample": str(sample.pk), **row}]})
            else:
                api.post(f"/vlm/v2/sample/{sample.pk}/add-variable-value/", row)
        columns = (
            "variable__name",
            "value",
            "is_set",
            "rev",
            "number",
            "text",
            "text_folded",
            "boolean_value",
            "origin",
        )
        values = sample.values.order_by("variable__name").values_list(*columns)
        sample.refresh_from_db()
        ends.append((json.dumps(list(values)), sample.state))

    assert ends[0] == ends[1]
