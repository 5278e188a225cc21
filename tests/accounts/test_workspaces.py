"""Switching, making and renaming workspaces; one's own account."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from annotator.accounts.models import AuditEvent, Membership, Role, User, Workspace
from tests.factories import PASSWORD, make_member, make_user, make_workspace

pytestmark = pytest.mark.django_db


@pytest.fixture
def member():
    return make_member(Role.ADMIN)


def workspace_of(client):
    return client.get("/account/").context["workspace"]


def test_the_first_workspace_is_the_one_until_another_is_chosen(client, member):
    second = make_member(user=member.user).workspace
    client.force_login(member.user)
    before = workspace_of(client)

    response = client.post("/workspace/", {"workspace": str(second.pk)})

    assert response.headers["Location"] == reverse("home:home")
    assert (before, workspace_of(client)) == (member.workspace, second)


def test_who_signs_in_again_is_where_they_were(client, member):
    second = make_member(user=member.user).workspace
    client.force_login(member.user)
    client.post("/workspace/", {"workspace": str(second.pk)})

    client.session.flush()
    client.post("/account/login/", {"login": member.user.username, "password": PASSWORD})

    assert workspace_of(client) == second


@pytest.mark.parametrize("value", ["", "nonsense"])
def test_what_is_no_workspace_is_refused(client, member, value):
    client.force_login(member.user)

    assert client.post("/workspace/", {"workspace": value}).status_code == 400


def test_a_workspace_of_others_cannot_be_entered(client, member):
    foreign = make_workspace()
    client.force_login(member.user)

    refused = client.post("/workspace/", {"workspace": str(foreign.pk)})
    client.cookies["workspace"] = str(foreign.pk)

    assert refused.status_code == 404
    assert workspace_of(client) == member.workspace


def test_a_forged_cookie_breaks_nothing(client, member):
    client.force_login(member.user)
    client.cookies["workspace"] = "'; --"

    assert workspace_of(client) == member.workspace


def test_an_admin_makes_a_workspace_and_is_in_it(client, member):
    client.force_login(member.user)

    client.post("/workspace/new/", {"name": "  Cards "})

    workspace = Workspace.objects.get(name="Cards")
    assert workspace.memberships.get().role == Role.ADMIN
    assert workspace_of(client) == workspace
    assert AuditEvent.objects.get().workspace == workspace


def test_a_workspace_needs_a_name(client, member):
    client.force_login(member.user)

    assert client.post("/workspace/new/", {"name": "  "}).status_code == 422
    assert client.post("/workspace/name/", {"name": "x" * 201}).status_code == 422

    assert Workspace.objects.get().name == member.workspace.name


def test_an_admin_renames_the_workspace(client, member):
    client.force_login(member.user)
    before = member.workspace.name

    client.post("/workspace/name/", {"name": "Cards"})

    assert workspace_of(client).name == "Cards"
    assert AuditEvent.objects.get().detail == {"before": before}


def test_people_change_their_own_name_without_their_password(client, member):
    client.force_login(member.user)

    client.post("/account/", {"full_name": "Ada King Lovelace", "email": ""})

    assert User.objects.get().get_full_name() == "Ada King Lovelace"


def test_another_address_takes_the_password(client, member):
    client.force_login(member.user)
    sent = {"full_name": "", "email": "ada@example.com"}

    without = client.post("/account/", sent | {"password": "wrong"})
    unchanged = User.objects.get().email
    client.post("/account/", sent | {"password": PASSWORD})

    assert (without.status_code, unchanged) == (422, "")
    assert User.objects.get().email == "ada@example.com"


def test_an_address_belongs_to_one_person(client, member):
    make_user(email="Ben@example.com")
    client.force_login(member.user)

    sent = {"full_name": "", "email": "ben@example.com", "password": PASSWORD}
    refused = client.post("/account/", sent)

    assert refused.status_code == 422
    assert "Another account" in refused.content.decode()


def test_nothing_but_name_and_address_can_be_sent_to_the_account_page(client):
    member = make_member(Role.ANNOTATOR)
    client.force_login(member.user)
    rights = {"role": "admin", "is_superuser": "1", "is_staff": "1", "username": "root"}

    client.post("/account/", {"full_name": "A", "email": ""} | rights)

    user = User.objects.get()
    assert (user.is_superuser, user.is_staff, user.username) == (False, False, member.user.username)
    assert Membership.objects.get().role == Role.ANNOTATOR


def test_more_workspaces_cost_no_more_queries(client, member):
    client.force_login(member.user)

    def count():
        with CaptureQueriesContext(connection) as queries:
            client.get("/account/")
        return len(queries)

    make_member(user=member.user)
    before = count()
    for _ in range(4):
        make_member(user=member.user)

    assert count() == before


def test_somebody_in_no_workspace_is_told_so_and_can_sign_out(client):
    client.force_login(make_user())

    page = client.get("/")

    assert page.status_code == 403
    assert "You are in no workspace" in page.content.decode()
    assert "/account/logout/" in page.content.decode()
