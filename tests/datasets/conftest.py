"""What the tests of this room share."""

import pytest
from django.test import Client

from annotator.accounts.models import Role
from tests.factories import make_dataset, make_member, make_variable, make_workspace


@pytest.fixture
def workspace():
    return make_workspace(name="Studio")


@pytest.fixture
def dataset(workspace):
    return make_dataset(workspace=workspace, name="Cards")


@pytest.fixture
def browser_of(workspace):
    """A signed-in client for a role in the workspace; call it for each."""

    def make(role=Role.ADMIN):
        client = Client()
        client.force_login(make_member(role, workspace=workspace).user)
        return client

    return make


@pytest.fixture
def admin(browser_of):
    return browser_of(Role.ADMIN)


@pytest.fixture
def condition(dataset):
    return make_variable(
        dataset=dataset, name="condition", type="string", choices=["Mint", "Played"]
    )


@pytest.fixture
def grade(dataset):
    return make_variable(dataset=dataset, name="grade", min_value=0, max_value=10, step_size=0.5)


@pytest.fixture
def note(dataset):
    return make_variable(dataset=dataset, name="note", type="string")


@pytest.fixture
def real(dataset):
    return make_variable(dataset=dataset, name="real", type="boolean")
