"""Signing in and out, new passwords, signing in again in place."""

import re

import pytest
from django.core import mail
from django.urls import reverse

from annotator.accounts.jobs import send_password_mails
from annotator.accounts.models import AuditEvent, User
from tests.factories import PASSWORD, make_member, make_user

pytestmark = pytest.mark.django_db
LOGIN = "/account/login/"
AGAIN = "/account/sign-in-again/"


@pytest.fixture
def ada():
    return make_member(user=make_user(username="ada", email="ada@example.com")).user


def sign_in(client, login, password=PASSWORD, **extra):
    return client.post(LOGIN, {"login": login, "password": password, **extra})


@pytest.mark.parametrize("name", ["ada", "ADA@example.com"])
def test_people_sign_in_with_their_user_name_or_their_address(client, ada, name):
    response = sign_in(client, name)

    assert response.headers["Location"] == reverse("home:home")
    assert client.session["_auth_user_id"] == str(ada.pk)


def test_signing_in_leads_back_to_the_page_one_wanted(client, ada):
    asked = client.get("/account/")

    response = sign_in(client, "ada", next="/account/")

    assert asked.headers["Location"] == f"{LOGIN}?next=/account/"
    assert response.headers["Location"] == "/account/"


def test_signing_in_never_leads_to_another_site(client, ada):
    response = sign_in(client, "ada", next="https://evil.example/")

    assert response.headers["Location"] == reverse("home:home")


def test_the_answer_does_not_tell_whether_an_account_exists(client, ada):
    known, unknown = sign_in(client, "ada", "wrong"), sign_in(client, "eve", "wrong")

    def words(response):
        return re.sub(rb'value="[^"]*"|content="[^"]*"', b"", response.content)

    assert known.status_code == unknown.status_code == 200
    assert words(known) == words(unknown)
    assert "_auth_user_id" not in client.session


def test_a_deactivated_person_cannot_sign_in_and_their_session_ends(client, ada):
    sign_in(client, "ada")
    User.objects.update(is_active=False)

    page = client.get("/account/")
    again = sign_in(client, "ada")

    assert page.headers["Location"].startswith(LOGIN)
    assert again.headers["Location"] == "/account/inactive/"
    assert client.get("/account/").status_code == 302


def test_signing_in_and_out_changes_the_key_of_the_session(client, ada):
    client.get(LOGIN)
    session = client.session
    session["before"] = True
    session.save()
    planted = session.session_key

    sign_in(client, "ada")
    signed_in = client.session.session_key
    client.post("/account/logout/")

    assert planted not in {None, signed_in}
    assert client.session.session_key != signed_in


def test_a_link_alone_does_not_sign_out(client, ada):
    client.force_login(ada)

    client.get("/account/logout/")

    assert "_auth_user_id" in client.session


@pytest.mark.throttled
def test_after_five_wrong_passwords_the_right_one_has_to_wait_for_known_and_unknown_names(
    client, ada
):
    for _ in range(5):
        sign_in(client, "ada", "wrong")
        sign_in(client, "eve", "wrong")

    known, unknown = sign_in(client, "ada"), sign_in(client, "eve")

    assert "Too many failed tries" in known.content.decode()
    assert "Too many failed tries" in unknown.content.decode()
    assert "_auth_user_id" not in client.session


@pytest.mark.throttled
def test_other_people_can_sign_in_meanwhile(client, ada):
    for _ in range(6):
        sign_in(client, "eve", "wrong")

    assert sign_in(client, "ada").status_code == 302


def test_nobody_can_sign_up(client):
    assert client.get("/account/signup/").status_code == 404
    assert client.post("/account/signup/", {"username": "eve"}).status_code == 404


def test_a_new_password_ends_the_other_sessions_and_is_in_the_audit_trail(client, ada, client_of):
    elsewhere = client_of(ada)
    client.force_login(ada)
    new = "a new and longer one"

    client.post(
        "/account/password/change/",
        {"oldpassword": PASSWORD, "password1": new, "password2": new},
    )

    assert client.get("/account/").status_code == 200
    assert elsewhere.get("/account/").status_code == 302
    assert AuditEvent.objects.get().action == "user.password"


def test_a_weak_password_is_refused(client, ada):
    client.force_login(ada)

    client.post(
        "/account/password/change/",
        {"oldpassword": PASSWORD, "password1": "password", "password2": "password"},
    )

    ada.refresh_from_db()
    assert ada.check_password(PASSWORD)


def test_a_forgotten_password_is_replaced_by_a_link_that_works_once(client, ada):
    client.post("/account/password/reset/", {"email": "ADA@example.com"})
    send_password_mails()
    link = re.search(r"http://testserver(/\S+)", mail.outbox[0].body)[1]

    page = client.get(link, follow=True)
    new = {"password1": "a new and longer one", "password2": "a new and longer one"}
    client.post(page.redirect_chain[-1][0], new)
    late = client.get(link, follow=True)

    ada.refresh_from_db()
    assert ada.check_password("a new and longer one")
    assert "This link does not work" in late.content.decode()


def test_asking_for_a_new_password_does_not_tell_whether_an_account_exists(client, ada):
    known = client.post("/account/password/reset/", {"email": "ada@example.com"})
    unknown = client.post("/account/password/reset/", {"email": "eve@example.com"})

    assert known.headers["Location"] == unknown.headers["Location"]
    assert known.status_code == unknown.status_code


def test_a_page_whose_session_ended_signs_in_again_and_gets_a_token_that_works(ada, client_of):
    client = client_of(None, enforce_csrf_checks=True)
    token = client.get(AGAIN).json()["csrf_token"]

    answer = client.post(
        AGAIN, {"username": "ada", "password": PASSWORD}, headers={"X-CSRFToken": token}
    )

    assert answer.status_code == 200
    assert answer.json()["username"] == "ada"
    fresh = {"X-CSRFToken": answer.json()["csrf_token"]}
    assert (
        client.post(
            "/account/", {"full_name": "Ada", "email": "ada@example.com"}, headers=fresh
        ).status_code
        == 302
    )


def test_signing_in_again_needs_the_right_password_of_an_active_person(client, ada):
    wrong = client.post(AGAIN, {"username": "ada", "password": "wrong"})
    User.objects.update(is_active=False)
    inactive = client.post(AGAIN, {"username": "ada", "password": PASSWORD})

    assert (wrong.status_code, inactive.status_code) == (403, 403)
    assert wrong.json() == inactive.json()
    assert client.get(AGAIN).json()["signed_in"] is False


@pytest.mark.throttled
def test_signing_in_again_is_slowed_down_too(client, ada):
    for _ in range(5):
        client.post(AGAIN, {"username": "ada", "password": "wrong"})

    assert client.post(AGAIN, {"username": "ada", "password": PASSWORD}).status_code == 429


def test_a_stale_csrf_token_is_answered_with_a_fresh_one(ada, client_of):
    client = client_of(ada, enforce_csrf_checks=True)
    json = {"Accept": "application/json"}

    refused = client.post(
        "/account/", {"full_name": "Ada", "email": "ada@example.com"}, headers=json
    )
    fresh = json | {"X-CSRFToken": refused.json()["csrf_token"]}

    assert refused.status_code == 403
    assert (
        client.post(
            "/account/", {"full_name": "Ada", "email": "ada@example.com"}, headers=fresh
        ).status_code
        == 302
    )
