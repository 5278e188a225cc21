"""The pages that say how far a dataset is and what each person did, their files, and who may read them."""

import csv
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from annotator.accounts.models import Role
from annotator.annotation.actions import open_answer, submit
from annotator.annotation.models import AnswerValue
from annotator.datasets.models import Origin
from annotator.figures.work import Pace, Work
from tests.factories import (
    make_answer,
    make_dataset,
    make_member,
    make_sample,
    make_variable,
    make_workspace,
)

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOW, tick=False)]


@pytest.fixture
def dataset():
    dataset = make_dataset(workspace=make_workspace(), name="Cards")
    make_variable(dataset=dataset, name="grade", type="integer")
    return dataset


@pytest.fixture
def anna(dataset):
    return make_member(workspace=dataset.workspace)


@pytest.fixture
def reviewer(client, dataset):
    member = make_member(Role.REVIEWER, workspace=dataset.workspace)
    client.force_login(member.user)
    return member


def give(dataset, member, *, days_ago=0, state="approved", seconds=None, **fields):
    """An answer of the member as it stands by now; its sample stands alike."""
    sample = make_sample(dataset=dataset, state="submitted" if state == "collected" else state)
    if seconds is not None:
        fields["active_ms"] = 1000 * seconds
    at = NOW - timedelta(days=days_ago)
    return make_answer(sample=sample, author=member.user, state=state, submitted_at=at, **fields)


def work_of_anna(dataset, anna):
    """Ten answers: six accepted, one of them changed, two returned, one accepted by rule, one waits."""
    for day in range(6):
        answer = give(dataset, anna, days_ago=day, seconds=20)
    grade = dataset.variables.get()
    AnswerValue.objects.create(answer=answer, variable=grade, value=3, origin=Origin.REVIEWED)
    give(dataset, anna, days_ago=6, returned_at=NOW, seconds=50)
    give(dataset, anna, days_ago=7, state="returned", returned_at=NOW)
    give(dataset, anna, days_ago=8, is_self_accepted=True)
    give(dataset, anna, days_ago=9, state="submitted")
    for _ in range(9):
        make_sample(dataset=dataset)


def page_of(name, *args, query=""):
    return reverse(f"figures:{name}", args=args) + query


@pytest.mark.both_databases
def test_a_dataset_says_what_is_done_what_is_left_and_when(client, reviewer, dataset, anna):
    work_of_anna(dataset, anna)
    ben = make_member(workspace=dataset.workspace)
    give(dataset, ben, days_ago=45)

    page = client.get(page_of("progress", dataset.pk))
    everything = client.get(page_of("progress", dataset.pk, query="?days=all"))

    done = page.context["done"]
    assert done.all == Work(
        submitted=10, accepted=6, returned=2, timed_answers=7, milliseconds=170_000
    )
    assert done.outlook.left == 10, "nine samples to label, and one that came back"
    assert done.outlook.pace == Pace(10, 14)
    assert done.outlook.done_on == date(2026, 4, 3)
    assert "3 Apr 2026" in page.text
    assert "a pause counts as 30 s at the most" in page.text
    [grade] = page.context["variables"]
    assert (grade.changed, grade.reviewed) == (1, 8)
    assert [row.name for row in page.context["people"]] == [anna.user.display_name]
    assert everything.context["done"].all.submitted == 11
    assert page_of("person", ben.user_id) in everything.text


def test_a_forecast_needs_work_lately(client, reviewer, dataset, anna):
    give(dataset, anna, days_ago=20)
    make_sample(dataset=dataset)

    assert "not in sight" in client.get(page_of("progress", dataset.pk)).text
    give(dataset, anna)
    page = client.get(page_of("progress", dataset.pk))
    assert page.context["done"].outlook.done_on == date(2026, 4, 3)


def test_with_several_asked_the_answers_that_are_there_are_not_left(
    client, reviewer, dataset, anna
):
    dataset.answers_per_sample = 2
    dataset.save()
    make_member(workspace=dataset.workspace)
    samples = [make_sample(dataset=dataset) for _ in range(3)]
    samples[0].dataset = dataset
    submit(open_answer(samples[0], by=anna.user), {dataset.variables.get(): 1}, by=anna.user)

    page = client.get(page_of("progress", dataset.pk))

    assert page.context["done"].outlook.left == 5
    assert page.context["done"].all.submitted == 1


def test_everybody_sees_their_own_work(client, dataset, anna):
    work_of_anna(dataset, anna)
    other = make_dataset(workspace=dataset.workspace, name="Shoes")
    give(other, anna)
    give(make_dataset(workspace=make_member(user=anna.user).workspace, name="Elsewhere"), anna)
    client.force_login(anna.user)

    page = client.get(page_of("own"))
    shoes = client.get(page_of("own", query=f"?dataset={other.pk}"))

    rows = {row.name: row.work.submitted for row in page.context["done"].datasets}
    assert rows == {"Cards": 10, "Shoes": 1}
    assert page.context["row"].name == "Cards"
    assert shoes.context["row"].name == "Shoes"
    assert page.context["done"].datasets[0].left == 10
    assert page_of("own") in client.get("/").text


def test_others_work_is_for_those_who_may_read_it(client, reviewer, dataset, anna):
    work_of_anna(dataset, anna)
    ben = make_member(workspace=dataset.workspace)
    stranger = make_member(Role.ADMIN)
    urls = [
        page_of("person", anna.user_id),
        page_of("person_csv", anna.user_id),
        page_of("progress", dataset.pk),
        page_of("progress_csv", dataset.pk),
    ]

    seen = [client.get(url).status_code for url in urls]
    client.force_login(ben.user)
    refused = [client.get(url).status_code for url in urls]
    client.force_login(stranger.user)
    unknown = [client.get(url).status_code for url in urls]

    assert (seen, refused, unknown) == ([200] * 4, [403] * 4, [404] * 4)


def lines_of(response):
    return list(csv.reader(response.getvalue().decode().splitlines()))


@pytest.mark.both_databases
def test_the_files_have_a_line_for_each_day(client, reviewer, dataset, anna):
    give(dataset, anna, seconds=20)
    give(dataset, anna, seconds=40, returned_at=NOW)
    give(dataset, anna, days_ago=1)
    figures = ["submitted", "working_seconds", "timed", "accepted_at_once", "returned"]
    figures += ["gold_values", "gold_right"]

    of_dataset = lines_of(client.get(page_of("progress_csv", dataset.pk)))
    of_anna = lines_of(client.get(page_of("person_csv", anna.user_id)))
    client.force_login(anna.user)
    own = lines_of(client.get(page_of("own_csv")))

    name = anna.user.display_name
    assert of_dataset == [
        ["day", "person", *figures],
        ["2026-03-19", name, "1", "", "0", "1", "0", "", ""],
        ["2026-03-20", name, "2", "60", "2", "1", "1", "", ""],
    ]
    assert of_anna[1:] == [[day, "Cards", *rest] for day, _, *rest in of_dataset[1:]]
    assert own == of_anna


def test_more_samples_people_and_days_cost_no_more_queries(client, reviewer, dataset, anna):
    def queries():
        numbers = []
        for url in (page_of("progress", dataset.pk), page_of("person", anna.user_id)):
            with CaptureQueriesContext(connection) as captured:
                assert client.get(url).status_code == 200
            numbers.append(len(captured))
        return numbers

    give(dataset, anna)
    queries()
    few = queries()
    work_of_anna(dataset, anna)
    for _ in range(3):
        work_of_anna(dataset, make_member(workspace=dataset.workspace))
    queries()

    assert queries() == few
    assert max(few) <= 14


def test_the_longest_pause_that_counts_is_set_by_the_dataset(client, dataset, anna):
    admin = make_member(Role.ADMIN, workspace=dataset.workspace)
    sample = make_sample(dataset=dataset)
    client.force_login(admin.user)
    url = reverse("datasets:settings", args=[dataset.pk])
    posted = {"name": "Cards", "review_percent": 100}

    too_short = client.post(url, {**posted, "idle_seconds": 1})
    client.post(url, {**posted, "idle_seconds": 90})
    client.post(url, posted)

    dataset.refresh_from_db()
    client.force_login(anna.user)
    page = client.get(reverse("annotation:sample", args=[sample.pk]))
    assert (too_short.status_code, dataset.idle_seconds) == (422, 90)
    assert 'data-idle-seconds="90"' in page.text
