"""NUL and lone surrogates, tried in the path, query, form, cookies and headers of every address there is."""

from itertools import product

import pytest
from django.test import Client

from annotator.accounts.checks import all_patterns
from annotator.accounts.models import Role
from tests.accounts.test_matrix import PAGES, each_alone, path_of
from tests.factories import make_member

pytestmark = pytest.mark.django_db
BAD = {"nul": "a%00b", "surrogate": "%ED%A0%80"}
API = ["/vlm/v2/prompt/", "/recognition/v2/training-image", "/account/v2/user", "/vlm/nothing"]
LIBRARY_PAGES = [
    "/account/login/",
    "/account/logout/",
    "/account/password/change/",
    "/account/password/reset/",
    "/account/password/reset/key/1-set-password/",
    "/account/inactive/",
]
ADDRESSES = [*map(path_of, PAGES), *API, *LIBRARY_PAGES]
FIELDS = [
    "username",
    "password",
    "login",
    "email",
    "name",
    "q",
    "search",
    "next",
    "value",
    "path",
    "paths",
    "text",
    "full_name",
]


@pytest.fixture(params=["signed in", "anonymous"])
def browser(request):
    client = Client(raise_request_exception=False)
    if request.param == "signed in":
        client.force_login(make_member(Role.ADMIN).user)
    return client


def test_there_is_no_other_page_of_a_library():
    named = {route for route, _, name in all_patterns() if name.startswith("account_")}

    assert len(named) == len(LIBRARY_PAGES) + 2  # the two that only say that something was done


def test_no_address_fails_at_a_text_that_cannot_be_stored(browser):
    failed = {}
    for address, (name, bad) in each_alone(product(ADDRESSES, BAD.items()), browser):
        query = "&".join(f"{field}={bad}" for field in FIELDS)
        form = {"data": query, "content_type": "application/x-www-form-urlencoded"}
        answers = [browser.get(f"{address}?{query}"), browser.get(f"{address}?{bad}=1")]
        answers += [browser.post(address, **form), browser.post(f"{address}?{query}")]
        answers += [browser.put(address, **form), browser.delete(f"{address}?{query}")]
        statuses = [answer.status_code for answer in answers]

        # Django has replaced a surrogate by then.
        if max(statuses) >= 500 or (name == "nul" and statuses[:2] != [400, 400]):
            failed[address, name] = statuses

    assert failed == {}


def test_a_nul_in_a_path_is_a_bad_request(browser):
    paths = [f"{address}%00" for address in ADDRESSES]
    paths += [address.replace("nothing", "no%00thing") + "%00/" for address in ADDRESSES]

    taken = [
        path
        for path in each_alone(paths, browser)
        if {browser.get(path).status_code, browser.post(path).status_code} != {400}
    ]

    assert taken == []


@pytest.mark.both_databases
@pytest.mark.parametrize("address", ["/account/login/", "/account/sign-in-again/", "/"])
def test_a_nul_in_a_form_a_cookie_or_a_header_is_a_bad_request_with_a_message(address):
    client = Client(raise_request_exception=False)
    form = {"username": "a\0b", "login": "a\0b", "password": "x"}

    multipart = client.post(address, form)
    cookie = client.get(address, headers={"Cookie": 'sessionid="abc\\000def"'})
    header = client.get(address, headers={"HX-Target": "a\0b"})

    assert [multipart.status_code, cookie.status_code, header.status_code] == [400] * 3
    assert "U+0000" in multipart.content.decode()


def test_the_api_says_it_in_json(browser):
    for address in API:
        answer = browser.get(f"{address}?name=%00")

        assert answer.status_code == 400
        assert "U+0000" in answer.json()["detail"]
