"""The permission matrix, tried on every page there is; a new page is swept without being listed here."""

import re
import uuid

import pytest
from django.test import Client
from django.urls.resolvers import RoutePattern

from annotator.accounts.checks import all_patterns, is_trusted, view_class
from annotator.accounts.models import Role
from annotator.accounts.permissions import MATRIX, Action, may
from tests.factories import make_member, make_user

pytestmark = pytest.mark.django_db

PAGES = {
    route: pattern.callback
    for route, pattern, _ in all_patterns()
    if view_class(pattern.callback) is None
    and not is_trusted(pattern.callback)
    and isinstance(pattern.pattern, RoutePattern)  # regular expressions are the API's
}
PEOPLE = ["anonymous", "outsider", *Role.values]
SAMPLE_OF = {"uuid": str(uuid.UUID(int=7, version=4)), "int": "987654321"}  # nobody's id
PLACE = re.compile(r"<(?:(\w+):)?\w+>")


def path_of(route):
    """The address with an id that belongs to nothing."""
    return "/" + PLACE.sub(lambda match: SAMPLE_OF.get(match[1], "nothing"), route)


def names_an_object(route):
    return any(kind in SAMPLE_OF for kind in PLACE.findall(route))


def ask(client, route, **headers):
    """GET the page, or POST where it can only be posted to."""
    response = client.get(path_of(route), headers=headers)
    return client.post(path_of(route), headers=headers) if response.status_code == 405 else response


def asks_to_sign_in(response):
    return response.status_code == 302 and response.headers["Location"].startswith(
        "/account/login/"
    )


def browser_of(person):
    """(client, membership or None) of one of PEOPLE."""
    client, member = Client(), None
    if person in Role.values:
        member = make_member(Role(person))
        client.force_login(member.user)
    elif person == "outsider":
        client.force_login(make_user())
    return client, member


def test_every_action_has_its_line_in_the_matrix():
    assert set(MATRIX) == set(Action)


@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize("route", PAGES)
def test_a_page_is_open_to_exactly_whom_the_matrix_says(route, person):
    client, member = browser_of(person)
    action = PAGES[route].action

    response = ask(client, route)

    if action is None:
        assert response.status_code not in {401, 403}
        assert not asks_to_sign_in(response)
    elif person == "anonymous":
        assert asks_to_sign_in(response) or response.status_code in {401, 404}
        assert ask(client, route, accept="application/json").status_code in {401, 404}
    elif member is None:
        assert response.status_code in {403, 404}
    elif not may(member, action):
        assert response.status_code == 403
    elif names_an_object(route):
        assert response.status_code == 404
    else:
        assert response.status_code not in {401, 403, 404}
        assert not asks_to_sign_in(response)
    assert response.status_code < 500


@pytest.mark.parametrize("route", PAGES)
def test_nothing_can_be_posted_to_a_page_from_another_site(route):
    member = make_member(Role.ADMIN)
    client = Client(enforce_csrf_checks=True)
    client.force_login(member.user)

    without_token = client.post(path_of(route))
    from_elsewhere = client.post(path_of(route), headers={"Origin": "https://evil.example"})

    assert {without_token.status_code, from_elsewhere.status_code} <= {403, 405}
