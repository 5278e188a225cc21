"""A deleted account is anonymous: nothing that its person did is deleted, nothing that names them is left."""

import pytest
from django.urls import reverse

from annotator.accounts.models import ApiToken, AuditEvent, Membership, Role, Scope, Session
from annotator.annotation.models import Answer
from annotator.comments.actions import add_comment
from tests.factories import (
    PASSWORD,
    make_member,
    make_token,
    make_user,
)
from tests.review.rows import make_cards, submit_answer

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin():
    return make_member(Role.ADMIN)


@pytest.fixture
def anna(admin):
    user = make_user(username="anna", first_name="Anna", email="anna@example.com")
    return make_member(workspace=admin.workspace, user=user)


@pytest.mark.both_databases
def test_an_account_deleted_by_its_person_leaves_their_work_without_their_name(
    client_of, admin, anna
):
    answer = submit_answer(make_cards(workspace=admin.workspace), author=anna.user)
    add_comment(answer.sample, by=anna.user, text=f"Done, @{admin.user}.", answer=answer)
    browser = client_of(anna.user)
    make_token(anna, scope=Scope.LABEL)

    wrong = browser.post(reverse("accounts:delete_own_account"), {"password": "no"})
    done = browser.post(reverse("accounts:delete_own_account"), {"password": PASSWORD})

    anna.user.refresh_from_db()
    assert (wrong.status_code, done.url) == (422, reverse("account_login"))
    assert anna.user.display_name == f"Deleted account {anna.user.pk}"
    assert (anna.user.email, anna.user.is_active, anna.user.has_usable_password()) == (
        "",
        False,
        False,
    )
    assert Answer.objects.get().author == anna.user
    assert answer.sample.comments.get().author == anna.user
    assert not ApiToken.objects.filter(user=anna.user).exists()
    assert not Session.objects.filter(user=anna.user).exists()
    assert not Membership.objects.filter(user=anna.user).exists()
    everything = str(list(AuditEvent.objects.values_list("object_name", "detail")))
    told = client_of(admin.user).get(reverse("notifications:list")).text
    assert f"Deleted account {anna.user.pk} on {answer.sample}: Done" in told
    assert "anna" not in f"{everything} {told}".casefold()


def test_an_admin_deletes_an_account_that_is_in_no_workspace_of_others(client_of, admin, anna):
    url = reverse("accounts:delete_account", args=[anna.pk])
    elsewhere = make_member(user=anna.user)

    annotator = client_of(make_member(workspace=admin.workspace).user).post(url)
    outsider = client_of(make_member(Role.ADMIN).user).post(url)
    refused = client_of(admin.user).post(url)
    elsewhere.delete()
    done = client_of(admin.user).post(url)
    late = client_of(admin.user).post(url)

    statuses = [each.status_code for each in (annotator, outsider, refused, done, late)]
    assert statuses == [403, 404, 403, 302, 404]
    event = AuditEvent.objects.get(action="user.delete")
    assert (event.actor, event.object_name) == (admin.user, f"deleted-account-{anna.user.pk}")


def test_the_last_admin_names_another_first(client_of, admin):
    refused = client_of(admin.user).post(
        reverse("accounts:delete_own_account"), {"password": PASSWORD}
    )

    assert refused.status_code == 422
    assert "needs at least one admin" in refused.text
    assert Membership.objects.get() == admin
