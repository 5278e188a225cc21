"""API tokens: shown once, no wider than the role, ended at once."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from annotator.accounts.models import ApiToken, AuditEvent, Role, User, token_digest
from tests.factories import make_member, make_token

pytestmark = pytest.mark.django_db


def ask_for(client, member, **data):
    client.force_login(member.user)
    sent = {"name": "nightly", "workspace": str(member.workspace_id), "scope": "ro", "days": "30"}
    return client.post("/tokens/", sent | data)


def test_a_token_is_shown_once_and_only_its_digest_is_kept(client):
    member = make_member()

    made = ask_for(client, member)
    plain = made.context["plain"]

    token = ApiToken.objects.get()
    assert made.status_code == 201
    assert plain in made.content.decode()
    assert (token.digest, token.prefix) == (token_digest(plain), plain[:8])
    assert timedelta(days=29) < token.expires_at - timezone.now() <= timedelta(days=30)
    assert plain not in str(list(ApiToken.objects.values()) + list(AuditEvent.objects.values()))
    for page in ("/tokens/", "/audit/", "/account/"):
        assert plain not in client.get(page).content.decode()


def test_a_token_may_last_for_ever_when_asked_for(client):
    ask_for(client, make_member(), days="")

    assert ApiToken.objects.get().expires_at is None


@pytest.mark.parametrize(
    ("role", "widest"),
    [(Role.ANNOTATOR, "label"), (Role.REVIEWER, "manage"), (Role.ADMIN, "manage")],
)
def test_a_token_is_never_wider_than_the_role(client, role, widest):
    member = make_member(role)

    made = {scope: ask_for(client, member, scope=scope) for scope in ("ro", "label", "manage")}

    allowed = [scope for scope, response in made.items() if response.status_code == 201]
    assert allowed[-1] == widest
    assert ApiToken.objects.count() == len(allowed)


def test_the_role_in_the_chosen_workspace_counts(client):
    member = make_member(Role.ADMIN)
    elsewhere = make_member(Role.ANNOTATOR, user=member.user)

    refused = ask_for(client, member, workspace=str(elsewhere.workspace_id), scope="manage")

    assert refused.status_code == 422
    assert "choose a narrower one" in refused.content.decode()


def test_a_workspace_of_others_cannot_be_chosen(client):
    stranger = make_member(Role.ADMIN)

    refused = ask_for(client, make_member(), workspace=str(stranger.workspace_id))

    assert refused.status_code == 422
    assert stranger.workspace.name not in refused.content.decode()
    assert not ApiToken.objects.exists()


def test_an_admin_sees_and_revokes_the_tokens_of_the_workspace_without_their_values(client):
    admin = make_member(Role.ADMIN)
    annotator = make_member(workspace=admin.workspace)
    plain = make_token(annotator, scope="ro")
    client.force_login(admin.user)

    page = client.get("/tokens/").content.decode()
    client.post(reverse("accounts:revoke_token", args=[ApiToken.objects.get().pk]))

    assert plain[:8] in page
    assert plain not in page
    assert not ApiToken.objects.usable().exists()
    assert AuditEvent.objects.first().action == "token.revoke"


@pytest.mark.parametrize("role", [Role.ANNOTATOR, Role.REVIEWER])
def test_who_is_no_admin_sees_and_revokes_only_their_own(client, role):
    admin = make_member(Role.ADMIN)
    plain = make_token(admin)
    client.force_login(make_member(role, workspace=admin.workspace).user)

    page = client.get("/tokens/").content.decode()
    refused = client.post(reverse("accounts:revoke_token", args=[ApiToken.objects.get().pk]))

    assert plain[:8] not in page
    assert refused.status_code == 404
    assert ApiToken.objects.usable().exists()


def test_an_admin_of_another_workspace_finds_no_such_token(client):
    make_token()
    client.force_login(make_member(Role.ADMIN).user)

    response = client.post(reverse("accounts:revoke_token", args=[ApiToken.objects.get().pk]))

    assert response.status_code == 404


def test_revoking_twice_leaves_one_line_in_the_audit_trail(client):
    member = make_member()
    make_token(member, scope="ro")
    client.force_login(member.user)
    url = reverse("accounts:revoke_token", args=[ApiToken.objects.get().pk])

    for _ in range(2):
        client.post(url)

    assert AuditEvent.objects.filter(action="token.revoke").count() == 1


def test_a_token_stops_with_its_end_its_revocation_and_its_person():
    member = make_member(Role.ADMIN)
    now = timezone.now()
    make_token(member, expires_at=now - timedelta(seconds=1))
    make_token(member, expires_at=now + timedelta(hours=1))

    usable = ApiToken.objects.usable().count()
    User.objects.update(is_active=False)

    assert (usable, ApiToken.objects.usable().count()) == (1, 0)


def test_the_last_use_is_written_at_most_once_a_minute():
    make_token()
    ApiToken.objects.update(last_used_at=None)
    token = ApiToken.objects.get()

    with CaptureQueriesContext(connection) as queries:
        for _ in range(5):
            token.record_use()
    once = len(queries)
    token.last_used_at -= timedelta(minutes=2)
    token.record_use()

    token.refresh_from_db()
    assert once == 1
    assert token.last_used_at > timezone.now() - timedelta(minutes=1)


def test_more_tokens_cost_no_more_queries(client):
    admin = make_member(Role.ADMIN)
    client.force_login(admin.user)

    def count():
        with CaptureQueriesContext(connection) as queries:
            client.get("/tokens/")
        return len(queries)

    make_token(admin)
    before = count()
    for _ in range(4):
        make_token(admin)
        make_token(make_member(Role.REVIEWER, workspace=admin.workspace))

    assert count() == before
