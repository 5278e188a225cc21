"""Scripts read how far a dataset is and who did what, as the pages of progress and agreement show it."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotator.accounts.models import Role, Scope
from annotator.annotation.models import GoldResult
from tests.annotation.several import give, make_shared, people
from tests.api.client import ApiCaller
from tests.factories import make_answer, make_member, make_sample, make_token

OWN = "/vlm/v2/figures/"
NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOW, tick=False)]


@pytest.fixture
def shared(admin):
    """(dataset, variable, Anna, Ben): both answered two samples and agree in one; a third one waits."""
    dataset, grade = make_shared(workspace=admin.workspace)
    anna, ben = people(dataset, 2)
    for one, other in ((7, 7), (7, 1)):
        sample = make_sample(dataset=dataset)
        give(sample, anna, one)
        give(sample, ben, other)
    make_sample(dataset=dataset)
    return dataset, grade, anna, ben


def score_gold(variable, member, *, is_right):
    """One answer of the member's to a gold sample."""
    gold = make_sample(dataset=variable.dataset, state="approved")
    GoldResult.objects.create(
        dataset=variable.dataset,
        sample=gold,
        user=member.user,
        variable=variable,
        is_right=is_right,
    )


def at(dataset):
    return f"/vlm/v2/dataset/{dataset.pk}/figures/"


def caller(member, scope=Scope.LABEL):
    return ApiCaller(make_token(member, scope=scope))


def test_a_dataset_says_who_did_what_and_how_far_people_agree(api, shared):
    dataset, grade, anna, ben = shared
    score_gold(grade, anna, is_right=True)

    figures = api.get(at(dataset)).json()

    assert (figures["days"], figures["first"], figures["last"]) == (
        "30",
        "2026-02-19",
        "2026-03-20",
    )
    assert (figures["left"], figures["answers_per_day"]) == (2, 4.0)
    assert figures["done_on"] == "2026-03-21"
    assert figures["work"]["submitted"] == 4
    assert [(each["day"], each["submitted"]) for each in figures["by_day"]] == [("2026-03-20", 4)]
    by_person = {each["person"]: each for each in figures["people"]}
    assert {pk: (each["submitted"], each["compared"], each["agreeing"])
            for pk, each in by_person.items()} == dict.fromkeys(
        [anna.user_id, ben.user_id], (2, 2, 1)
    )  # fmt: skip
    gold = {"value": 1.0, "low": None, "high": None, "samples": 1}
    assert (by_person[anna.user_id]["gold"], by_person[ben.user_id]["gold"]) == (gold, None)
    [variable] = figures["variables"]
    assert (variable["compared"], variable["agreeing"]) == (2, 1)
    assert (variable["gold_values"], variable["gold_right"]) == (1, 1)
    assert {each["samples"] for each in figures["agreement"]} == {2}
    assert {each["name"] for each in figures["agreement"]} == {"grade"}


def test_everybody_reads_their_own_and_those_who_may_anothers(api, admin, shared):
    dataset, _, anna, ben = shared
    reviewer = make_member(Role.REVIEWER, workspace=admin.workspace)
    stranger = make_member(Role.ADMIN)

    own = caller(anna, Scope.READ).get(OWN).json()

    assert (own["person"], own["work"]["submitted"]) == (anna.user_id, 2)
    assert [(each["name"], each["left"]) for each in own["datasets"]] == [(dataset.name, 1)]
    assert caller(reviewer).get(OWN, person=anna.user_id).json() == own
    assert caller(anna).get(OWN, person=anna.user_id).json() == own
    refused = [
        caller(anna).get(OWN, person=ben.user_id),
        caller(anna).get(at(dataset)),
        caller(stranger).get(OWN, person=ben.user_id),
        caller(stranger).get(at(dataset)),
        api.get(OWN, person="me"),
        api.get(OWN, days="7"),
        api.get(at(dataset), days="7"),
    ]
    assert [each.status_code for each in refused] == [403, 403, 404, 404, 400, 400, 400]
    assert refused[5].json()["days"] == ["Choose one of: 30, 90, all."]


def test_a_person_learns_nothing_of_gold_unless_they_are_told_at_once(shared):
    dataset, grade, anna, _ = shared
    score_gold(grade, anna, is_right=False)

    silent = caller(anna, Scope.READ).get(OWN).json()["datasets"][0]["gold"]
    dataset.gold_feedback = True
    dataset.save()
    told = caller(anna, Scope.READ).get(OWN).json()["datasets"][0]["gold"]

    assert (silent, told["value"]) == (None, 0.0)


def test_more_answers_and_people_cost_no_more_queries(api, shared):
    dataset = shared[0]

    def cost():
        api.get(at(dataset))
        with CaptureQueriesContext(connection) as queries:
            assert api.get(at(dataset)).status_code == 200
        return len(queries)

    few = cost()
    for member in people(dataset, 3):
        make_answer(
            sample=make_sample(dataset=dataset, state="approved"),
            author=member.user,
            state="approved",
            submitted_at=NOW,
        )
    assert cost() == few
