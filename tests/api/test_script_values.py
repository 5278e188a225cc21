"""What a script's value is, the dataset says: accepted, or an answer that awaits its review."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotator.annotation.actions import open_answer, submit, submit_many_script_values
from annotator.annotation.models import Answer
from annotator.datasets.models import Dataset, Sample
from annotator.push.actions import enqueue_deliveries
from annotator.push.models import Delivery
from annotator.suggestions.models import Suggestion
from tests.factories import make_dataset, make_member, make_sample, make_variable
from tests.push.rows import Pair

pytestmark = pytest.mark.django_db


@pytest.fixture
def dataset(admin):
    dataset = make_dataset(workspace=admin.workspace, script_values="review", review_percent=0)
    make_variable(dataset=dataset, name="grade", required=True)
    make_variable(dataset=dataset, name="note", type="string")
    return dataset


def post_value(api, sample, name, value, **more):
    variable = sample.dataset.variables.get(name=name)
    body = {"dataset_variable": str(variable.pk), "value": {"value": value}, **more}
    return api.post(f"/vlm/v2/sample/{sample.pk}/add-variable-value/", body)


def state(sample):
    return Sample.objects.get(pk=sample.pk).state


def test_values_become_an_answer_that_awaits_review(api, admin, dataset):
    sample = make_sample(dataset=dataset)

    first = post_value(api, sample, "note", "worn")
    before = state(sample)
    second = post_value(api, sample, "grade", 5)
    third = post_value(api, sample, "note", "very worn", rev=1)

    answer = Answer.objects.get(sample=sample)
    assert [first.status_code, second.status_code, third.status_code] == [200, 200, 200]
    assert third.json()["rev"] == 2
    assert before == "unlabeled"
    assert (state(sample), answer.state, answer.author) == ("submitted", "submitted", admin.user)
    assert {row.variable.name: row.value for row in answer.values.all()} == {
        "note": "very worn",
        "grade": 5,
    }
    assert not sample.values.exists()


def test_by_default_they_are_accepted(api, admin):
    sample = make_sample(dataset=make_dataset(workspace=admin.workspace))
    make_variable(dataset=sample.dataset, name="grade", required=True)

    post_value(api, sample, "grade", 5)

    assert state(sample) == "approved"


def test_an_approved_sample_takes_none(api, dataset):
    sample = make_sample(dataset=dataset, state="approved")

    response = post_value(api, sample, "grade", 5)

    assert response.status_code == 409
    assert not Answer.objects.exists()


def test_a_value_taken_away_makes_the_answer_a_draft(api, dataset):
    sample = make_sample(dataset=dataset)
    post_value(api, sample, "grade", 5)

    post_value(api, sample, "grade", None)

    assert (state(sample), Answer.objects.get().state) == ("unlabeled", "draft")


def test_many_values_that_await_review_take_as_many_queries_as_one(api, dataset):
    grade, note = (dataset.variables.get(name=name) for name in ("grade", "note"))
    samples = [make_sample(dataset=dataset) for _ in range(8)]

    def cost(chosen, value):
        rows = [
            {"sample": str(sample.pk), "dataset_variable": str(variable.pk), "value": given}
            for sample in chosen
            for variable, given in ((grade, value), (note, f"was {value}"))
        ]
        with CaptureQueriesContext(connection) as queries:
            assert api.post("/vlm/v2/value/bulk/", {"values": rows}).json()["failed"] == 0
        return len(queries)

    first, many = cost(samples[:1], 1), cost(samples[1:], 1)
    again, changed = cost(samples[:1], 2), cost(samples[1:], 2)
    made = [{"name": str(n), "values": {"grade": n}} for n in range(4)]
    created = []
    for rows in (made[:1], made[1:]):
        with CaptureQueriesContext(connection) as queries:
            api.post("/vlm/v2/sample/bulk/", {"dataset": str(dataset.pk), "samples": rows})
        created.append(len(queries))

    assert (many, changed) == (first, again)
    assert created[0] == created[1]
    assert max(first, again, *created) <= 30
    answers = Answer.objects.filter(sample__in=samples)
    assert {(each.state, each.values.get(variable=grade).value) for each in answers} == {
        ("submitted", 2)
    }
    assert {state(sample) for sample in samples} == {"submitted"}


def test_a_refused_sample_among_many_says_why_and_stops_no_other(admin, dataset):
    grade, note = (dataset.variables.get(name=name) for name in ("grade", "note"))
    fresh, drafted, approved, others = (make_sample(dataset=dataset) for _ in range(4))
    Sample.objects.filter(pk=approved.pk).update(state="approved")
    colleague = make_member(workspace=dataset.workspace).user
    submit(open_answer(others, by=colleague), {grade: 1}, by=colleague, is_always_reviewed=True)
    approved.refresh_from_db()
    fresh.lease_to(admin.user)

    outcomes = submit_many_script_values(
        {
            fresh: {grade: 1},
            drafted: {note: "x"},
            approved: {grade: 1},
            others: {grade: 2},
        },
        by=admin.user,
    )

    assert outcomes[fresh][grade].rev == 1
    assert outcomes[drafted][note].value == "x"
    assert "approved" in str(outcomes[approved])
    assert "Somebody else" in str(outcomes[others])
    assert [state(each) for each in (fresh, drafted, others)] == [
        "submitted",
        "unlabeled",
        "submitted",
    ]
    assert Answer.objects.get(sample=drafted).state == "draft"
    assert not Sample.objects.exclude(lease_holder=None).exists()
    assert not Answer.objects.filter(sample=approved).exists()


def test_calls_in_bulk_are_reviewed_too(api, dataset):
    samples = [{"name": "a", "values": {"grade": 3}}, {"name": "b", "values": {"note": "?"}}]
    made = api.post("/vlm/v2/sample/bulk/", {"dataset": str(dataset.pk), "samples": samples})
    ids = [row["id"] for row in made.json()["results"]]
    grade = dataset.variables.get(name="grade")
    approved = make_sample(dataset=dataset, state="approved")
    values = [
        {"sample": str(pk), "dataset_variable": str(grade.pk), "value": 4}
        for pk in (*ids, approved.pk)
    ]

    result = api.post("/vlm/v2/value/bulk/", {"values": values}).json()

    assert [row.get("rev") for row in result["results"]] == [2, 1, None]
    assert "await review" in result["results"][2]["detail"]
    assert [Sample.objects.get(pk=pk).state for pk in ids] == ["submitted", "submitted"]


def test_the_capabilities_name_the_choices_and_the_settings_offer_them(api, client, admin, dataset):
    choices = api.get("/vlm/v2/capabilities/").json()["script_values"]
    assert choices == ["accepted", "review", "suggestions"]
    client.force_login(admin.user)
    address = f"/datasets/{dataset.pk}/settings/"

    page = client.get(address)
    client.post(address, {"name": "x", "review_percent": 50, "script_values": "accepted"})
    kept = client.post(address, {"name": "y", "review_percent": 50})

    assert "Submitted for review" in page.text
    assert kept.status_code == 302
    assert Dataset.objects.get(pk=dataset.pk).script_values == "accepted"


@pytest.fixture
def suggesting(admin):
    """A dataset whose scripts' values are suggestions."""
    dataset = make_dataset(workspace=admin.workspace, script_values="suggestions")
    make_variable(dataset=dataset, name="grade", required=True, max_value=10)
    return dataset


def test_where_they_are_suggestions_they_are_proposed_and_no_value(api, admin, suggesting):
    sample = make_sample(dataset=suggesting)

    answer = post_value(api, sample, "grade", 5)
    wrong = post_value(api, sample, "grade", 11)

    body = answer.json()
    assert (answer.status_code, body["value"], body["rev"]) == (200, 5.0, 0)
    assert wrong.status_code == 400
    assert state(sample) == "unlabeled"
    assert not sample.values.exists()
    suggestion = Suggestion.objects.open().get()
    assert (suggestion.value, suggestion.source.kind) == (5.0, "script")
    assert admin.user.display_name in suggestion.source.name


def test_removing_takes_the_suggestion_back(api, suggesting):
    sample = make_sample(dataset=suggesting)
    post_value(api, sample, "grade", 5)
    body = {"dataset_variable": str(suggesting.variables.get().pk)}
    address = f"/vlm/v2/sample/{sample.pk}/remove-variable-value/"

    removed = [api.post(address, body).json()["removed"] for _ in range(2)]

    assert removed == [1, 0]
    assert not Suggestion.objects.open().exists()


def test_removing_leaves_what_another_script_proposed(api, suggesting):
    sample = make_sample(dataset=suggesting)
    row = {"sample": str(sample.pk), "values": {"grade": 6}}
    api.post("/vlm/v2/suggestion/bulk/", {"source": "detector", "suggestions": [row]})
    body = {"dataset_variable": str(suggesting.variables.get().pk)}

    removed = api.post(f"/vlm/v2/sample/{sample.pk}/remove-variable-value/", body).json()

    assert removed == {"removed": 0}
    assert Suggestion.objects.open().get().value == 6.0


def test_in_bulk_each_dataset_has_its_own_way(api, admin, suggesting, dataset):
    accepting = make_dataset(workspace=admin.workspace)
    make_variable(dataset=accepting, name="grade", required=True)
    make_variable(dataset=dataset, name="unused")
    samples = [make_sample(dataset=each) for each in (accepting, suggesting, dataset)]
    rows = [
        {
            "sample": str(sample.pk),
            "dataset_variable": str(sample.dataset.variables.get(name="grade").pk),
            "value": 5,
        }
        for sample in samples
    ]

    answer = api.post("/vlm/v2/value/bulk/", {"values": rows}).json()
    made = api.post(
        "/vlm/v2/sample/bulk/",
        {"dataset": str(suggesting.pk), "samples": [{"values": {"grade": 7}}]},
    ).json()

    assert (answer["done"], made["done"]) == (3, 1)
    assert [state(sample) for sample in samples] == ["approved", "unlabeled", "submitted"]
    assert sorted(Suggestion.objects.open().values_list("value", flat=True)) == [5.0, 7.0]


def test_of_a_mirrored_dataset_they_are_never_pushed(api, admin, fault_remote):
    pair = Pair(fault_remote)
    pair.dataset.workspace = admin.workspace
    pair.dataset.script_values = "suggestions"
    pair.dataset.save()

    answer = post_value(api, pair.sample, "grade", 5)

    assert answer.status_code == 200
    assert enqueue_deliveries([pair.sample.pk]) == 0
    assert not Delivery.objects.exists()
    assert Suggestion.objects.open().count() == 1
