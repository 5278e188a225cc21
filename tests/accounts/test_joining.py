"""Invitations: the link, the account made with it, joining with an account one has."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from annotator.accounts import actions
from annotator.accounts.models import AuditEvent, Invitation, Membership, Role, User
from annotator.errors import WrongState
from tests.factories import make_member, make_user, make_workspace

pytestmark = pytest.mark.django_db
NEW = {"username": "ben", "full_name": "Ben Hart", "password": "plain-mango-river", "email": ""}


@pytest.fixture
def admin():
    user = make_user(username="ada", first_name="Ada", last_name="Lovelace")
    return make_member(Role.ADMIN, workspace=make_workspace(name="Cards"), user=user)


@pytest.fixture
def link(admin):
    _, secret = actions.invite(admin.workspace, role=Role.REVIEWER, by=admin.user)
    return reverse("accounts:join", args=[secret])


def test_an_admin_makes_a_link_that_is_shown_once_and_kept_nowhere(client, admin):
    client.force_login(admin.user)

    made = client.post("/team/", {"role": "annotator", "email": "ben@example.com"})
    secret = made.context["link"].rstrip("/").rsplit("/", 1)[1]

    assert made.status_code == 201
    assert secret in made.content.decode()
    assert secret not in client.get("/team/").content.decode()
    assert secret not in str(list(Invitation.objects.values()) + list(AuditEvent.objects.values()))


def test_the_page_says_who_invites_to_what_as_what(client, link):
    page = client.get(link).content.decode()

    assert "Ada Lovelace" in page
    assert "Cards" in page
    assert "reviewer" in page


def test_a_newcomer_makes_an_account_joins_and_is_signed_in(client, admin, link):
    response = client.post(link, NEW)

    membership = Membership.objects.get(user__username="ben")
    assert (membership.workspace, membership.role) == (admin.workspace, Role.REVIEWER)
    assert response.headers["Location"] == reverse("home:home")
    assert client.get("/account/").context["user"].get_full_name() == "Ben Hart"
    assert set(AuditEvent.objects.values_list("action", flat=True)) == {
        "invitation.create",
        "user.create",
        "member.add",
    }


@pytest.mark.parametrize(
    ("field", "value"),
    [("password", "12345678"), ("password", ""), ("username", "ada"), ("username", "a b")],
)
def test_a_bad_field_is_said_beside_it_and_the_link_still_works(client, link, field, value):
    refused = client.post(link, NEW | {field: value})

    assert refused.status_code == 422
    assert refused.context["form"].errors[field]
    assert client.post(link, NEW).status_code == 302


def test_rights_cannot_be_sent_along(client, link):
    client.post(link, NEW | {"role": "admin", "is_superuser": "1", "is_staff": "1"})

    ben = User.objects.get(username="ben")
    assert not ben.is_superuser
    assert not ben.is_staff
    assert ben.memberships.get().role == Role.REVIEWER


def test_a_link_works_once(client, link, client_of):
    client.post(link, NEW)

    late = client_of(None).post(link, NEW | {"username": "eve"})

    assert late.status_code == 404
    assert not User.objects.filter(username="eve").exists()


def test_a_link_ends(client, link):
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert client.get(link).status_code == 404
    assert client.post(link, NEW).status_code == 404


def test_a_link_of_a_deactivated_admin_does_not_work(client, admin, link):
    User.objects.filter(pk=admin.user.pk).update(is_active=False)

    assert client.get(link).status_code == 404


def test_whoever_is_signed_in_only_joins(client, admin, link):
    member = make_member()
    client.force_login(member.user)

    client.get(link)
    client.post(link)

    assert Membership.objects.get(user=member.user, workspace=admin.workspace).role == "reviewer"
    assert client.get("/account/").context["workspace"] == admin.workspace


def test_a_member_does_not_use_up_the_link(client, admin, link):
    client.force_login(admin.user)

    client.post(link)

    assert Invitation.objects.pending().count() == 1
    assert Membership.objects.get(user=admin.user).role == Role.ADMIN


def test_a_second_person_with_the_same_link_in_hand_is_too_late(admin, link):
    first, second = Invitation.objects.get(), Invitation.objects.get()
    actions.accept_invitation(first, user=make_user())

    with pytest.raises(WrongState):
        actions.accept_invitation(second, user=make_user())

    assert Membership.objects.count() == 2


def test_a_revoked_link_no_longer_works(client, admin, link, client_of):
    client.force_login(admin.user)

    client.post(reverse("accounts:revoke_invitation", args=[Invitation.objects.get().pk]))

    assert client_of(None).get(link).status_code == 404
    assert AuditEvent.objects.first().action == "invitation.revoke"


def test_a_used_invitation_cannot_be_revoked(client, admin, link):
    invitation = Invitation.objects.get()
    actions.accept_invitation(invitation, user=make_user())
    client.force_login(admin.user)

    late = client.post(reverse("accounts:revoke_invitation", args=[invitation.pk]))

    assert late.status_code == 409


def test_an_admin_of_another_workspace_finds_no_such_invitation(client, link):
    client.force_login(make_member(Role.ADMIN).user)

    url = reverse("accounts:revoke_invitation", args=[Invitation.objects.get().pk])

    assert client.post(url).status_code == 404
    assert Invitation.objects.pending().count() == 1
