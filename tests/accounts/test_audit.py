"""The audit page: newest first, filtered, as fast at the end as at the start."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotator.accounts.audit import record
from annotator.accounts.models import Role
from tests.factories import make_member

pytestmark = pytest.mark.django_db


@pytest.fixture
def reviewer():
    return make_member(Role.REVIEWER)


def write(member, count=1, action="task.train", **detail):
    for number in range(count):
        record(action, workspace=member.workspace, by=member.user, number=number, **detail)


def numbers(response):
    return [line.event.detail["number"] for line in response.context["lines"]]


def test_all_lines_come_once_newest_first_and_back_again(client, reviewer):
    write(reviewer, 120)
    client.force_login(reviewer.user)

    pages = [client.get("/audit/")]
    while query := pages[-1].context["pager"]["next_query"]:
        pages.append(client.get("/audit/" + query))
    back = client.get("/audit/" + pages[-1].context["pager"]["previous_query"])

    assert [number for page in pages for number in numbers(page)] == list(range(119, -1, -1))
    assert numbers(back) == numbers(pages[1])
    assert not pages[0].context["pager"]["previous_query"]


def test_the_filter_narrows_by_person_and_kind_and_stays_while_paging(client, reviewer):
    other = make_member(Role.ADMIN, workspace=reviewer.workspace)
    write(reviewer, 60)
    write(reviewer, action="sample.delete")
    write(other, 60)
    client.force_login(reviewer.user)

    first = client.get("/audit/", {"person": other.user.pk, "action": "task.train"})
    second = client.get("/audit/" + first.context["pager"]["next_query"])

    lines = [*first.context["lines"], *second.context["lines"]]
    assert {(line.event.actor_id, line.event.action) for line in lines} == {
        (other.user.pk, "task.train")
    }
    assert len(lines) == 60


def test_a_change_tells_what_differs_and_leaves_the_rest_out(client, reviewer):
    before = {"name": "grade", "required": False, "max_value": 10, "step_size": None}
    after = before | {"required": True, "step_size": 0.5}
    write(reviewer, action="variable.update", before=before, after=after, confirm_removals=False)
    client.force_login(reviewer.user)

    page = client.get("/audit/")

    (line,) = page.context["lines"]
    assert line.details == [
        ("number", "0"),
        ("required", "no → yes"),
        ("step size", "nothing → 0.5"),
    ]


@pytest.mark.parametrize(
    "query",
    [
        {"person": "x"},
        {"person": "0"},
        {"action": "nothing"},
        {"cursor": "nonsense"},
        {"actor__password__startswith": "md5"},
        {"ordering": "actor__password"},
    ],
)
def test_what_the_filter_does_not_know_changes_nothing(client, reviewer, query):
    write(reviewer, 3)
    client.force_login(reviewer.user)

    assert numbers(client.get("/audit/", query)) == [2, 1, 0]


def test_lines_of_other_workspaces_are_not_seen_nor_their_people_and_kinds(client, reviewer):
    stranger = make_member(Role.ADMIN)
    write(stranger, action="secret.deed")
    client.force_login(reviewer.user)

    page = client.get("/audit/", {"person": stranger.user.pk}).content.decode()

    assert stranger.user.username not in page
    assert "deed secret" not in page.lower()


def test_htmx_gets_the_lines_alone(client, reviewer):
    write(reviewer)
    client.force_login(reviewer.user)

    part = client.get("/audit/", headers={"HX-Request": "true", "HX-Target": "lines"})

    assert part.content.decode().lstrip().startswith("<section")


def test_stored_text_is_shown_as_text(client, reviewer):
    write(reviewer, name="<script>alert(1)</script>")
    client.force_login(reviewer.user)

    assert "<script>alert" not in client.get("/audit/").content.decode()


def test_more_lines_cost_no_more_queries(client, reviewer):
    client.force_login(reviewer.user)

    def count():
        with CaptureQueriesContext(connection) as queries:
            client.get("/audit/")
        return len(queries)

    write(reviewer)
    before = count()
    write(reviewer, 30)
    write(make_member(Role.ADMIN, workspace=reviewer.workspace), 10)

    assert count() == before


def test_deeds_are_told_in_words(client, reviewer):
    write(reviewer, action="dataset.create")
    write(reviewer, action="thing.new_verb")
    client.force_login(reviewer.user)

    told = [line.did for line in client.get("/audit/").context["lines"]]

    assert told == ["new verb thing", "created dataset"]
