"""The screens of remotes: who may see and change them, and that the token never comes out."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from annotator.accounts.models import Role
from annotator.connections import actions
from annotator.connections.models import Remote
from tests.factories import make_member, make_remote

pytestmark = pytest.mark.django_db

LIST = "/remotes/"
NEW = "/remotes/new/"


@pytest.fixture
def admin():
    return make_member(Role.ADMIN)


@pytest.fixture
def remote(admin, fault_remote):
    return make_remote(fault_remote, workspace=admin.workspace)


def fields(server, **changed):
    usual = {"name": "Platform", "base_url": server.url, "token": server.token}
    return {**usual, "remote_workspace": "", **changed}


def test_connecting_tests_at_once_and_says_what_was_found(client, admin, fault_remote):
    fault_remote.platform.add_dataset()
    client.force_login(admin.user)

    page = client.post(NEW, fields(fault_remote), follow=True)

    remote = Remote.objects.get()
    assert (remote.workspace, remote.state) == (admin.workspace, "active")
    assert "The token can read 1 dataset." in page.text
    assert fault_remote.token not in page.text


def test_a_wrong_token_is_said_so_and_pauses(client, admin, fault_remote):
    client.force_login(admin.user)

    page = client.post(NEW, fields(fault_remote, token="not-the-token"), follow=True)

    assert "does not accept the token" in page.text
    assert Remote.objects.get().state == "paused"


def test_a_remote_that_cannot_be_called_is_not_said_to_be_connected(
    client, admin, fault_remote, settings
):
    settings.PRIVATE_REMOTES = []
    client.force_login(admin.user)

    page = client.post(NEW, fields(fault_remote), follow=True)

    remote = Remote.objects.get()
    assert "Test failed" in page.text
    assert "Connected" not in page.text
    assert "private network" in remote.state_reason
    assert Remote.objects.reachable().get() == remote
    actions.note_available(remote)
    assert "Connected" in client.get(LIST).text


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"base_url": "ftp://x.example"}, "begins with http"),
        ({"token": "two words"}, "printable characters"),
        ({"name": ""}, "required"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(client, admin, fault_remote, changed, words):
    client.force_login(admin.user)

    page = client.post(NEW, fields(fault_remote, **changed))

    assert page.status_code == 422
    assert words in page.text
    assert not Remote.objects.exists()


def test_the_edit_page_hints_at_the_token_and_keeps_it(client, admin, remote, fault_remote):
    client.force_login(admin.user)
    address = reverse("connections:edit", args=[remote.pk])

    page = client.get(address)
    client.post(address, fields(fault_remote, name="Other", token=""))

    remote.refresh_from_db()
    assert fault_remote.token not in page.text
    assert f"•••• {fault_remote.token[-4:]}" in page.text
    with actions.client_for(remote) as caller:
        assert (remote.name, caller.account()["id"]) == ("Other", 1)


def test_pausing_resuming_and_removing(client, admin, remote):
    client.force_login(admin.user)

    client.post(reverse("connections:pause", args=[remote.pk]))
    remote.refresh_from_db()
    assert remote.state == "paused"
    client.post(reverse("connections:resume", args=[remote.pk]))
    remote.refresh_from_db()
    assert remote.state == "active"
    client.post(reverse("connections:remove", args=[remote.pk]))
    assert not Remote.objects.exists()


def test_a_reviewer_sees_the_state_and_changes_nothing(client, admin, remote):
    reviewer = make_member(Role.REVIEWER, workspace=admin.workspace)
    client.force_login(reviewer.user)

    page = client.get(LIST)

    assert remote.name in page.text
    assert NEW not in page.text
    for name in ("edit", "test", "pause", "resume", "remove"):
        answer = client.post(reverse(f"connections:{name}", args=[remote.pk]))
        assert answer.status_code == 403


def test_an_annotator_sees_no_remotes(client, admin, remote):
    client.force_login(make_member(Role.ANNOTATOR, workspace=admin.workspace).user)

    assert client.get(LIST).status_code == 403


def test_the_remotes_of_another_workspace_are_not_there(client, remote):
    client.force_login(make_member(Role.ADMIN).user)

    page = client.get(LIST)

    assert remote.name not in page.text
    for name in ("edit", "test", "pause", "resume", "remove"):
        answer = client.post(reverse(f"connections:{name}", args=[remote.pk]))
        assert answer.status_code == 404
    assert Remote.objects.filter(pk=remote.pk, state="active").exists()


def test_more_remotes_cost_no_more_queries(client, admin):
    def count():
        with CaptureQueriesContext(connection) as captured:
            client.get(LIST)
        return len(captured)

    client.force_login(admin.user)
    make_remote(workspace=admin.workspace)
    client.get(LIST)
    few = count()
    for _ in range(8):
        make_remote(workspace=admin.workspace)

    assert count() == few
