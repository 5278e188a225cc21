"""One query says who asks and what they may; what is taken from them is gone with the next request."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from annotator.accounts import actions
from annotator.accounts.jobs import clear_expired_sessions
from annotator.accounts.models import Role, Session
from tests.factories import make_member, make_user, make_workspace

pytestmark = pytest.mark.django_db


@pytest.fixture
def workspace():
    return make_workspace()


@pytest.fixture
def admin(workspace):
    return make_member(Role.ADMIN, workspace=workspace)


@pytest.fixture
def member(workspace, admin):
    return make_member(Role.REVIEWER, workspace=workspace)


@pytest.fixture
def signed_in(client, member):
    client.force_login(member.user)
    assert client.get(reverse("review:start") + "?list=1").status_code == 200
    return client


def test_session_person_memberships_and_role_cost_one_query(signed_in, member):
    make_member(Role.ADMIN, user=member.user)

    with CaptureQueriesContext(connection) as queries:
        signed_in.get("/no/such/page/")

    assert len(queries) == 1
    assert Session.objects.get().user == member.user


def test_somebody_who_is_not_signed_in_costs_none(client):
    with CaptureQueriesContext(connection) as queries:
        client.get("/no/such/page/")

    assert not queries


def test_a_person_in_no_workspace_is_signed_in_all_the_same(client):
    client.force_login(make_user())

    response = client.get(reverse("home:home"))

    assert response.status_code == 403
    assert "You are in no workspace" in response.content.decode()


def test_signing_out_takes_effect_at_once_for_the_cookie_that_was_kept(signed_in, client):
    cookie = signed_in.cookies["sessionid"].value

    signed_in.post(reverse("account_logout"))

    client.cookies["sessionid"] = cookie
    assert client.get(reverse("home:home")).status_code == 302
    assert not Session.objects.filter(session_key=cookie).exists()


def test_a_changed_role_takes_effect_at_once(signed_in, member, admin):
    actions.change_role(member, role=Role.ANNOTATOR, by=admin.user)

    assert signed_in.get(reverse("review:start")).status_code == 403


def test_a_removal_takes_effect_at_once(signed_in, member, admin):
    actions.remove_member(member, by=admin.user)

    assert signed_in.get(reverse("home:home")).status_code == 403


def test_a_removal_from_one_of_two_workspaces_leads_to_the_other(signed_in, member, admin):
    other = make_member(Role.ANNOTATOR, user=member.user)

    actions.remove_member(member, by=admin.user)

    response = signed_in.get(reverse("home:home"))
    assert response.status_code == 200
    assert response.context["workspace"] == other.workspace


def test_a_new_password_takes_effect_at_once(signed_in, member):
    member.user.set_password("another horse battery")
    member.user.save()

    assert signed_in.get(reverse("home:home")).status_code == 302
    assert not Session.objects.exists()


def test_a_deactivated_person_is_out_at_once(signed_in, member, admin):
    actions.set_active(member, active=False, by=admin.user)

    assert signed_in.get(reverse("home:home")).status_code == 302


def test_an_ended_session_is_no_longer_read(signed_in):
    Session.objects.update(expire_date="2020-01-01T00:00:00Z")

    assert signed_in.get(reverse("home:home")).status_code == 302


def test_a_session_kept_from_the_former_table_goes_on(client, member):
    from django.contrib.sessions.backends.db import SessionStore
    from django.contrib.sessions.models import Session as FormerSession

    client.force_login(member.user)
    kept = Session.objects.get()
    FormerSession.objects.create(
        session_key="a" * 32, session_data=kept.session_data, expire_date=kept.expire_date
    )

    assert SessionStore("a" * 32)["_auth_user_id"] == str(member.user.pk)


def test_expired_sessions_are_deleted_and_others_stay(signed_in):
    Session.objects.create(session_key="old", expire_date=timezone.now() - timedelta(seconds=1))

    clear_expired_sessions()

    assert not Session.objects.filter(session_key="old").exists()
    assert signed_in.get(reverse("review:start") + "?list=1").status_code == 200
