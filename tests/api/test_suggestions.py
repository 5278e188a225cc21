"""What scripts propose, many in one call."""

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotator.accounts.models import Role, Scope
from annotator.datasets.models import VariableValue
from annotator.suggestions.models import Source, Suggestion
from tests.api.client import ApiCaller
from tests.factories import make_dataset, make_member, make_sample, make_token, make_variable

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

BULK = "/vlm/v2/suggestion/bulk/"


@pytest.fixture
def dataset(admin):
    dataset = make_dataset(workspace=admin.workspace)
    make_variable(dataset=dataset, name="grade", min_value=0, max_value=10)
    make_variable(dataset=dataset, name="note", type="string")
    return dataset


def row(sample, **values):
    return {"sample": str(sample.pk), "values": values}


def body(*rows, version="1"):
    return {"source": "grader", "version": version, "suggestions": list(rows)}


def test_values_are_proposed_by_name_with_their_confidence(api, dataset):
    sample = make_sample(dataset=dataset)
    proposed = {**row(sample, grade={"value": 8}, note="worn"), "confidence": {"grade": 0.9}}

    answer = api.post(BULK, body({**proposed, "raw": '{"grade": 8}'}))

    result = {"index": 0, "id": str(sample.pk), "changed": 2, "unchanged": 0, "invalid": {}}
    assert (answer.status_code, answer.json()["results"]) == (200, [result])
    grade, note = Suggestion.objects.order_by("variable__name")
    assert (grade.value, grade.confidence, grade.state) == (8.0, 0.9, "open")
    assert (note.value, note.confidence, note.raw_text) == ("worn", None, '{"grade": 8}')
    assert (str(grade.source), grade.source.kind) == ("grader 1", "script")
    assert not VariableValue.objects.exists()


def test_the_same_call_again_changes_nothing_and_a_newer_version_supersedes(api, dataset):
    sample = make_sample(dataset=dataset)
    api.post(BULK, body(row(sample, grade=8)))

    again = api.post(BULK, body(row(sample, grade=8))).json()
    newer = api.post(BULK, body(row(sample, grade=7), version="2")).json()
    taken_back = api.post(BULK, body(row(sample, grade=None), version="2")).json()

    changed = [each["results"][0]["changed"] for each in (again, newer, taken_back)]
    assert changed == [0, 1, 1]
    assert not Suggestion.objects.open().exists()
    assert Source.objects.count() == 2


def test_a_wrong_row_spoils_no_other_and_each_says_what_is_wrong(api, dataset):
    sample, other = make_sample(dataset=dataset), make_sample()
    rows = [
        row(sample, grade=8),
        row(sample, grade=9),
        row(sample, colour="red"),
        row(other, grade=1),
        {"sample": "x", "values": {}},
        {"sample": str(uuid.uuid4()), "values": {}},
        {**row(make_sample(dataset=dataset), grade=8), "confidence": {"grade": 2}},
        {**row(make_sample(dataset=dataset), grade=8), "confidence": {"grade": True}},
        row(make_sample(dataset=dataset), grade=11),
    ]

    answer = api.post(BULK, body(*rows)).json()

    words = ["twice", "colour", "There is no sample", "UUID", "There is no sample", *["0 to 1"] * 2]
    wrong = [each["detail"] for each in answer["results"] if "detail" in each]
    assert (answer["done"], answer["failed"]) == (2, 7)
    assert all(word in text for word, text in zip(words, wrong, strict=True))
    assert "10" in answer["results"][8]["invalid"]["grade"]
    assert Suggestion.objects.open().count() == 1


def test_a_call_in_which_all_is_wrong_is_a_400_and_makes_no_source(api, dataset):
    answer = api.post(BULK, body({"sample": "x"}))

    assert answer.status_code == 400
    assert "nothing was done" in answer.json()["detail"]
    assert not Source.objects.exists()


def test_the_name_of_the_source_is_needed(api):
    answer = api.post(BULK, {"suggestions": []})

    assert (answer.status_code, set(answer.json())) == (400, {"source", "detail"})


def test_an_annotator_may_not_propose():
    caller = ApiCaller(make_token(make_member(Role.ANNOTATOR), scope=Scope.LABEL))

    assert caller.post(BULK, body()).status_code == 403


def test_more_rows_cost_no_more_queries(api, dataset):
    counts = []
    for number in (2, 20):
        samples = [make_sample(dataset=dataset) for _ in range(number)]
        with CaptureQueriesContext(connection) as captured:
            api.post(BULK, body(*[row(sample, grade=8, note="a") for sample in samples]))
        counts.append(len(captured))

    assert counts[0] - 4 <= counts[1] <= counts[0]  # the source is made once
