"""Every address of a page, with the rows of a workspace in which everything has happened once."""

import pytest
from django.test import Client

from annotator.accounts.checks import all_patterns
from annotator.accounts.models import Role
from tests.accounts.test_matrix import PAGES
from tests.api.tenants import dump
from tests.factories import make_member
from tests.journeys.addresses import address
from tests.journeys.world import arguments, make_world

pytestmark = pytest.mark.django_db

NAMES = {route: name for route, _, name in all_patterns() if route in PAGES}
OF_ROWS = [name for route, name in NAMES.items() if "_id>" in route]
WITHOUT_FILE = {  # they serve files, of which this world has none
    "exports:file",
    "images:crop",
    "images:file",
    "training:compare-csv",
    "training:download",
}


@pytest.fixture
def world(fault_remote):
    return make_world(fault_remote)


@pytest.fixture
def paths(world):
    """The path of every address by its name."""
    image = world.dataset.samples.first().images.first()
    given = arguments(world) | {
        "image_id": image.pk,
        "object_id": image.detection_objects.first().pk,
        "images:kind": "preview",
        "images:name": "picture.webp",
        "history:kind": "value",
    }
    return {name: address(name, given) for name in NAMES.values()}


def browser_of(member):
    client = Client()
    client.force_login(member.user)
    return client


def test_nobody_of_another_workspace_reaches_a_row_by_any_page(paths):
    client, before = browser_of(make_member(Role.ADMIN)), dump()

    for name in OF_ROWS:
        for method in (client.get, client.post):
            assert method(paths[name]).status_code in {404, 405}, name
        assert client.get(paths[name], headers={"HX-Request": "true"}).status_code in {404, 405}

    assert dump() == before


@pytest.mark.parametrize("role", Role)
def test_looking_at_every_page_changes_nothing(world, paths, role):
    people = {
        Role.ANNOTATOR: world.annotator,
        Role.REVIEWER: world.reviewer,
        Role.ADMIN: world.admin,
    }
    client, before = browser_of(people[role]), dump()

    statuses = {name: client.get(path).status_code for name, path in paths.items()}

    assert {name for name, status in statuses.items() if status >= 500} == set()
    assert dump() == before
    if role == Role.ADMIN:  # else a 404 to others would say nothing
        assert {name for name, status in statuses.items() if status == 404} == WITHOUT_FILE
