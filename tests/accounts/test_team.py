"""Members, their roles, and the admin that every workspace keeps."""

import threading

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from annotator.accounts import actions
from annotator.accounts.models import ApiToken, AuditEvent, Membership, Role, User
from annotator.errors import NotPermitted, WrongState
from tests.factories import make_member, make_token, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin():
    return make_member(Role.ADMIN)


@pytest.fixture
def other(admin):
    return make_member(Role.ANNOTATOR, workspace=admin.workspace)


def post(client, name, membership, **data):
    return client.post(reverse(f"accounts:{name}", args=[membership.pk]), data)


def test_an_admin_changes_a_role_and_it_holds_from_the_next_click_on(
    client, admin, other, client_of
):
    client.force_login(admin.user)
    theirs = client_of(other.user)
    before = theirs.get("/audit/").status_code

    post(client, "change_role", other, role="reviewer")

    assert (before, theirs.get("/audit/").status_code) == (403, 200)
    event = AuditEvent.objects.get()
    assert (event.action, event.actor) == ("member.role", admin.user)
    assert event.detail == {"before": "annotator", "role": "reviewer"}


def test_an_unknown_role_is_refused(client, admin, other):
    client.force_login(admin.user)

    assert post(client, "change_role", other, role="owner").status_code == 400

    other.refresh_from_db()
    assert other.role == Role.ANNOTATOR


@pytest.mark.parametrize(
    ("name", "data"),
    [("change_role", {"role": "annotator"}), ("remove_member", {}), ("set_active", {})],
)
def test_the_last_admin_stays_admin(client, admin, other, name, data):
    client.force_login(admin.user)

    refused = post(client, name, admin, **data)

    assert refused.status_code == 409
    assert "at least one admin" in refused.content.decode()
    admin.refresh_from_db()
    assert admin.role == Role.ADMIN
    assert User.objects.get(pk=admin.user.pk).is_active


def test_an_admin_who_cannot_sign_in_does_not_count(admin):
    closed = make_member(Role.ADMIN, workspace=admin.workspace)
    User.objects.filter(pk=closed.user.pk).update(is_active=False)

    with pytest.raises(WrongState):
        actions.change_role(admin, role=Role.REVIEWER, by=admin.user)


def test_who_gives_up_their_own_rights_is_led_to_the_start_page(client, admin):
    make_member(Role.ADMIN, workspace=admin.workspace)
    client.force_login(admin.user)

    assert post(client, "change_role", admin, role="reviewer").headers["Location"] == "/"


def test_a_removed_member_is_out_at_once_with_their_tokens(client, admin, other, client_of):
    make_token(other, scope="label")
    client.force_login(admin.user)

    post(client, "remove_member", other)

    assert client_of(other.user).get("/").status_code == 403
    assert not ApiToken.objects.usable().exists()
    assert AuditEvent.objects.first().action == "member.remove"


def test_a_deactivated_person_is_out_at_once_with_their_tokens_and_can_come_back(
    client, admin, other, client_of
):
    make_token(other, scope="label")
    client.force_login(admin.user)
    theirs = client_of(other.user)

    post(client, "set_active", other, active="")
    out, usable = theirs.get("/").status_code, ApiToken.objects.usable().exists()
    post(client, "set_active", other, active="1")

    assert (out, usable) == (302, False)
    assert theirs.get("/").status_code == 200
    assert ApiToken.objects.usable().exists()


def test_an_account_that_is_also_elsewhere_cannot_be_closed_from_here(client, admin, other):
    make_member(Role.ANNOTATOR, user=other.user)
    client.force_login(admin.user)

    refused = post(client, "set_active", other, active="")

    assert refused.status_code == 403
    assert User.objects.get(pk=other.user.pk).is_active


@pytest.mark.parametrize("name", ["change_role", "remove_member", "set_active"])
def test_an_admin_of_another_workspace_finds_no_such_member(client, admin, other, name):
    client.force_login(make_member(Role.ADMIN).user)

    response = post(client, name, other, role="reviewer", active="")

    assert response.status_code == 404
    other.refresh_from_db()
    assert other.role == Role.ANNOTATOR
    assert User.objects.get(pk=other.user.pk).is_active


def test_a_reviewer_cannot_make_themselves_admin(client, admin):
    reviewer = make_member(Role.REVIEWER, workspace=admin.workspace)
    client.force_login(reviewer.user)

    assert post(client, "change_role", reviewer, role="admin").status_code == 403

    with pytest.raises(NotPermitted):
        actions.set_active(admin, active=False, by=reviewer.user)


def test_more_members_cost_no_more_queries(client, admin):
    client.force_login(admin.user)

    def count():
        with CaptureQueriesContext(connection) as queries:
            client.get("/team/")
        return len(queries)

    before = count()
    for _ in range(5):
        make_member(Role.REVIEWER, workspace=admin.workspace)
        actions.invite(admin.workspace, role=Role.ANNOTATOR, by=admin.user)

    assert count() == before


@pytest.mark.both_databases
@pytest.mark.django_db(transaction=True)
def test_of_two_admins_who_demote_each_other_at_once_one_stays():
    ada = make_member(Role.ADMIN)
    ben = make_member(Role.ADMIN, workspace=ada.workspace, user=make_user())
    start = threading.Barrier(2)
    refused = []

    def demote(target, by):
        start.wait()
        try:
            actions.change_role(target, role=Role.ANNOTATOR, by=by.user)
        except WrongState:
            refused.append(target.pk)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=demote, args=pair) for pair in [(ada, ben), (ben, ada)]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(refused) == 1
    assert Membership.objects.filter(role=Role.ADMIN).count() == 1
