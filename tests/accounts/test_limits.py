"""How often one may try: nobody can lock others out, and nobody can guess on and on."""

import pytest
from django.test import RequestFactory

from annotator.accounts.limits import client_address
from annotator.accounts.models import Scope
from tests.factories import PASSWORD, make_member, make_token, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.throttled]
LOGIN = "/account/login/"
AGAIN = "/account/sign-in-again/"
TOO_MANY = "Too many failed tries"
IMAGE = "/images/00000000-0000-4000-8000-000000000000/thumb/x.jpg"


@pytest.fixture(autouse=True)
def behind_a_proxy(settings):
    settings.TRUSTED_PROXIES = 1


@pytest.fixture
def ada():
    return make_member(user=make_user(username="ada", email="ada@example.com")).user


def sign_in(client, login, password=PASSWORD, *, address="203.0.113.1"):
    body = {"login": login, "password": password}
    return client.post(LOGIN, body, headers={"X-Forwarded-For": address})


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "203.0.113.9", "192.0.2.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "198.51.100.7, 203.0.113.9", "203.0.113.9"),
        (2, "198.51.100.7, 203.0.113.9, 10.0.0.1", "203.0.113.9"),
        (2, "203.0.113.9", "203.0.113.9"),
        (1, "203.0.113.9:4711", "203.0.113.9"),
        (1, "[2001:db8::1]:4711", "2001:db8::"),
        (1, "2001:db8::1", "2001:db8::"),
        (1, "2001:db8::ffff:1", "2001:db8::"),
        (1, "::ffff:203.0.113.9", "203.0.113.9"),
        (1, "unknown", "192.0.2.1"),
        (1, "", "192.0.2.1"),
    ],
)
def test_the_address_is_the_one_that_the_outermost_trusted_proxy_saw(
    settings, proxies, forwarded, address
):
    settings.TRUSTED_PROXIES = proxies
    request = RequestFactory().get(
        "/", REMOTE_ADDR="192.0.2.1", headers={"X-Forwarded-For": forwarded}
    )

    assert client_address(request) == address


def test_wrong_passwords_lock_the_name_only_where_they_were_tried(client, ada):
    for _ in range(6):
        sign_in(client, "ada", "wrong", address="198.51.100.7")

    assert TOO_MANY in sign_in(client, "ada", address="198.51.100.7").content.decode()
    assert sign_in(client, "ada").status_code == 302


def test_wrong_names_from_changing_addresses_lock_nobody(client, ada):
    for number in range(60):
        sign_in(client, f"nobody{number}", "wrong", address=f"198.51.100.{number}")
        sign_in(client, "ada", "wrong", address=f"198.51.100.{number}, 192.0.2.{number}")

    assert sign_in(client, "ada").status_code == 302


def test_a_forged_address_in_front_does_not_help_an_attacker(client, ada):
    for number in range(6):
        sign_in(client, "ada", "wrong", address=f"10.1.1.{number}, 198.51.100.7")

    answer = sign_in(client, "ada", address="10.9.9.9, 198.51.100.7")

    assert TOO_MANY in answer.content.decode()


def test_thirty_people_behind_one_address_sign_in_at_nine_each_with_a_wrong_try_before(client_of):
    people = [make_member(user=make_user(username=f"person{n}")).user for n in range(30)]

    wrong = [sign_in(client_of(None), person.username, "wrong") for person in people]
    right = [sign_in(client_of(None), person.username) for person in people]

    assert [answer.status_code for answer in wrong] == [200] * 30
    assert [answer.status_code for answer in right] == [302] * 30


def test_many_names_tried_from_one_address_are_slowed_down_there_alone(client, ada, settings):
    settings.ACCOUNT_RATE_LIMITS = {"login": "1000/m/ip", "login_failed": "5/5m/key,20/h/ip"}
    for number in range(20):
        sign_in(client, f"nobody{number}", "wrong", address="198.51.100.7")

    there = sign_in(client, "ada", address="198.51.100.7")
    elsewhere = sign_in(client, "ada")

    assert TOO_MANY in there.content.decode()
    assert elsewhere.status_code == 302


def test_signing_in_again_counts_by_name_and_address_too(client, ada):
    body = {"username": "ada", "password": "wrong"}
    for _ in range(6):
        last = client.post(AGAIN, body, headers={"X-Forwarded-For": "198.51.100.7"})

    answer = client.post(
        AGAIN, body | {"password": PASSWORD}, headers={"X-Forwarded-For": "203.0.113.1"}
    )

    assert (last.status_code, answer.status_code) == (429, 200)


@pytest.mark.parametrize(
    "path",
    [IMAGE, "/join/nothing/", "/vlm/v2/model-archive/wrong:wrong:wrong/a.zip"],
)
def test_guesses_are_slowed_down_wherever_a_secret_is_read(client, ada, client_of, settings, path):
    settings.API_CALLS_PER_MINUTE = {"address": 3}

    guesses = [
        client.get(path, headers={"Authorization": f"Token {n:040x}"}).status_code for n in range(8)
    ]
    elsewhere = client.get(
        path, headers={"Authorization": "Token x", "X-Forwarded-For": "203.0.113.1"}
    )

    assert 429 not in guesses[:3]
    assert guesses[-1] == 429
    assert elsewhere.status_code in {401, 404}


def test_pictures_of_people_and_their_tokens_are_not_slowed_down(client, ada, client_of, settings):
    settings.API_CALLS_PER_MINUTE = {"address": 3}
    member = ada.memberships.get()
    for number in range(6):
        client.get(IMAGE, headers={"Authorization": f"Token {number:040x}"})
    browser, token = client_of(ada), f"Token {make_token(member, scope=Scope.READ)}"

    seen = [browser.get(IMAGE).status_code for _ in range(6)]
    fetched = [client.get(IMAGE, headers={"Authorization": token}).status_code for _ in range(6)]

    assert seen == fetched == [404] * 6
    assert client.get(IMAGE).status_code == 401
