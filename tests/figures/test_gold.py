"""How people answered gold samples, on the pages about their work, and who may read it."""

import csv
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from annotator.accounts.models import Role
from annotator.agreement.shares import Share
from annotator.annotation.models import GoldResult
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
    dataset = make_dataset(workspace=make_workspace(), name="Cards", gold_every=5)
    for position, name in enumerate(["grade", "spots"]):
        make_variable(dataset=dataset, name=name, type="integer", position=position)
    return dataset


@pytest.fixture
def anna(dataset):
    """Two days ago she gave twelve gold samples the right spots, eight of them the right grade too."""
    anna = make_member(workspace=dataset.workspace)
    answered(dataset, anna, samples=12, right_grades=8, days_ago=2)
    return anna


def answered(dataset, member, *, samples, right_grades, days_ago=0):
    at = NOW - timedelta(days=days_ago)
    grade, spots = dataset.variables.order_by("position")
    make_answer(
        sample=make_sample(dataset=dataset, state="approved"),
        author=member.user,
        state="approved",
        submitted_at=at,
    )
    for number in range(samples):
        gold = make_sample(dataset=dataset, state="approved")
        for variable, is_right in ((grade, number < right_grades), (spots, True)):
            GoldResult.objects.create(
                dataset=dataset,
                sample=gold,
                user=member.user,
                variable=variable,
                is_right=is_right,
                answered_at=at,
            )


def signed_in(client, member):
    client.force_login(member.user)
    return client


def progress(dataset, query=""):
    return reverse("figures:progress", args=[dataset.pk]) + query


@pytest.mark.both_databases
def test_progress_shows_the_score_of_each_person_and_variable_with_its_interval(
    client, dataset, anna
):
    ben = make_member(workspace=dataset.workspace)
    answered(dataset, ben, samples=2, right_grades=0)
    answered(dataset, ben, samples=20, right_grades=0, days_ago=60)
    reviewer = make_member(Role.REVIEWER, workspace=dataset.workspace)

    page = signed_in(client, reviewer).get(progress(dataset))

    rows = {row.key: row for row in page.context["people"]}
    score = rows[anna.user_id].gold
    # 8 samples with all right, 4 with half: 10 of 12; the standard error of the mean is s / sqrt(n).
    half = 1.96 * (8 / 3 / 4 / 11 / 12) ** 0.5
    assert score.estimate.value == pytest.approx(10 / 12)
    assert score.estimate.low == pytest.approx(10 / 12 - half)
    assert score.estimate.units == 12
    assert rows[ben.user_id].gold.estimate.units == 2, "of these 30 days"
    assert [row.gold for row in page.context["variables"]] == [Share(8, 14), Share(14, 14)]
    assert "n 12" in page.text
    assert "too few" in page.text
    titles = [title for title, bars in page.context["bars"] if bars]
    assert "Right values in gold samples" in titles
    everything = client.get(progress(dataset, "?days=all")).context["people"]
    assert {row.key: row.gold.estimate.units for row in everything}[ben.user_id] == 22


def test_nobody_sees_their_own_score_unless_they_are_told_at_once(client, dataset, anna):
    own, own_csv = reverse("figures:own"), reverse("figures:own_csv")
    ben = make_member(workspace=dataset.workspace)
    answered(dataset, ben, samples=12, right_grades=0)

    silent = signed_in(client, anna).get(own)
    silent_file = lines_of(client.get(own_csv))
    dataset.gold_feedback = True
    dataset.save()
    told = client.get(own)
    told_file = lines_of(client.get(own_csv))

    assert "gold" not in silent.text.lower()
    assert silent.context["row"].gold is None
    assert [line[-2:] for line in silent_file[1:]] == [["", ""]]
    assert told.context["row"].gold.estimate.units == 12
    assert [row.gold for row in told.context["variables"]] == [Share(8, 12), Share(12, 12)]
    assert [line[-2:] for line in told_file[1:]] == [["24", "20"]]
    assert set(GoldResult.objects.visible_to(anna).values_list("user", flat=True)) == {anna.user_id}


def test_who_reviews_sees_the_score_on_the_persons_page_and_in_the_file(client, dataset, anna):
    reviewer = make_member(Role.REVIEWER, workspace=dataset.workspace)
    stranger = make_member(Role.REVIEWER)

    page = signed_in(client, reviewer).get(reverse("figures:person", args=[anna.user_id]))
    rows = lines_of(client.get(reverse("figures:progress_csv", args=[dataset.pk])))

    assert page.context["row"].gold.estimate.value == pytest.approx(10 / 12)
    assert "Right in gold samples:" in page.text
    assert rows == [
        ["day", "person", *HEADER],
        ["2026-03-18", anna.user.display_name, "1", "", "0", "1", "0", "24", "20"],
    ]
    assert not GoldResult.objects.visible_to(stranger).exists()


HEADER = ["submitted", "working_seconds", "timed", "accepted_at_once", "returned"]
HEADER += ["gold_values", "gold_right"]


def lines_of(response):
    return list(csv.reader(response.getvalue().decode().splitlines()))


def test_more_people_and_gold_samples_cost_no_more_queries(client, dataset, anna):
    reviewer = make_member(Role.REVIEWER, workspace=dataset.workspace)
    signed_in(client, reviewer)

    def queries():
        client.get(progress(dataset))
        with CaptureQueriesContext(connection) as captured:
            client.get(progress(dataset))
        return len(captured)

    few = queries()
    for _ in range(3):
        person = make_member(workspace=dataset.workspace)
        answered(dataset, person, samples=3, right_grades=1)

    assert queries() == few
