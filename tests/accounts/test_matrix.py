"""The permission matrix, tried on every page there is; a new page is swept without being listed here."""

import copy
import re
import uuid

import pytest
from django.db import transaction
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


def each_alone(places, client):
    """One after the other, each as if it were the first that this client asks for."""
    cookies = copy.deepcopy(client.cookies)
    for place in places:
        with transaction.atomic():
            yield place
            transaction.set_rollback(True)
        client.cookies = copy.deepcopy(cookies)


def is_right(response, client, route, person, member):
    """Whether a page answers a person as the matrix says."""
    action, status = PAGES[route].action, response.status_code
    if status >= 500:
        return False
    if action is None:
        return status not in {401, 403} and not asks_to_sign_in(response)
    if person == "anonymous":
        as_json = ask(client, route, accept="application/json").status_code
        return (asks_to_sign_in(response) or status in {401, 404}) and as_json in {401, 404}
    if member is None:
        return status in {403, 404}
    if not may(member, action):
        return status == 403
    if names_an_object(route):
        return status == 404
    return status not in {401, 403, 404} and not asks_to_sign_in(response)


@pytest.mark.parametrize("person", PEOPLE)
def test_a_page_is_open_to_exactly_whom_the_matrix_says(person):
    client, member = browser_of(person)

    wrong = {}
    for route in each_alone(PAGES, client):
        response = ask(client, route)
        if not is_right(response, client, route, person, member):
            wrong[route] = response.status_code

    assert wrong == {}


def test_nothing_can_be_posted_to_a_page_from_another_site():
    member = make_member(Role.ADMIN)
    client = Client(enforce_csrf_checks=True)
    client.force_login(member.user)

    taken = {}
    for route in each_alone(PAGES, client):
        without_token = client.post(path_of(route))
        from_elsewhere = client.post(path_of(route), headers={"Origin": "https://evil.example"})
        statuses = {without_token.status_code, from_elsewhere.status_code}
        if not statuses <= {403, 405}:
            taken[route] = statuses

    assert taken == {}
