"""The frame around every page: where one can go, and what waits there."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from annotator.accounts.models import Role
from annotator.annotation.models import Answer
from annotator.annotation.queries import figures
from annotator.datasets.models import Dataset, Sample
from annotator.home.context import shell, to_label, to_review
from tests.factories import make_member

pytestmark = pytest.mark.django_db


def places(rf, member, path="/"):
    request = rf.get(path)
    request.member, request.memberships = member, [member]
    return {place.label: place for place in shell(request)["nav"]}


def make_samples(member, *states):
    dataset = Dataset.objects.create(workspace=member.workspace, name="Cards")
    return [Sample.objects.create(dataset=dataset, state=state) for state in states]


def test_each_role_sees_what_it_may_open(rf):
    seen = {role: set(places(rf, make_member(role))) for role in Role}

    assert "Home" in seen[Role.ANNOTATOR]
    assert seen[Role.ANNOTATOR] <= seen[Role.REVIEWER] < seen[Role.ADMIN]
    assert "Team" not in seen[Role.REVIEWER]
    assert "Team" in seen[Role.ADMIN]


def test_the_place_one_is_at_is_marked(rf):
    by_name = places(rf, make_member(Role.ADMIN), "/team/")

    assert [place.label for place in by_name.values() if place.current] == ["Team"]


@pytest.mark.parametrize(
    "name",
    [
        "annotation:asking",
        "exports:choose",
        "figures:agreement",
        "figures:progress",
        "imports:new",
        "predictions:new",
        "suggestions:sources",
    ],
)
def test_what_is_reached_from_a_dataset_is_within_datasets(client, name):
    member = make_member(Role.ADMIN)
    dataset = Dataset.objects.create(workspace=member.workspace, name="Cards")
    client.force_login(member.user)

    shown = client.get(reverse(name, args=[dataset.pk])).context["nav"]

    assert [entry.label for entry in shown if entry.current] == ["Datasets"]


def test_what_waits_is_counted_for_the_person_and_their_workspace(rf):
    member, other = make_member(Role.REVIEWER), make_member()
    make_samples(other, "unlabeled", "submitted")
    samples = make_samples(member, "unlabeled", "returned", "returned", "submitted", "approved")
    Answer.objects.create(sample=samples[1], author=member.user, state="returned")
    Answer.objects.create(sample=samples[2], author=other.user, state="returned")
    Answer.objects.create(sample=samples[3], author=other.user, state="submitted")

    counted = figures(member)
    assert (to_label(member, counted), to_review(member, counted)) == (2, 1)


def test_the_navigation_costs_one_query_however_much_waits(rf):
    member = make_member(Role.ADMIN)
    make_samples(member, *["unlabeled", "submitted"] * 5)

    with CaptureQueriesContext(connection) as queries:
        places(rf, member)

    assert len(queries) == 1


def test_a_part_that_does_not_draw_the_navigation_costs_nothing(rf):
    request = rf.get("/")
    request.member = make_member(Role.ADMIN)
    request.memberships = [request.member]

    with CaptureQueriesContext(connection) as queries:
        shell(request)

    assert not queries


def test_somebody_without_a_workspace_gets_an_empty_frame(rf):
    request = rf.get("/")
    request.member = None

    assert list(shell(request)["nav"]) == []
