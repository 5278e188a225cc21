"""What the tests of this room share."""

import pytest
from django.test import Client

from annotator.accounts.models import Role
from tests.factories import make_member
from tests.review.rows import make_cards, submit_answer


@pytest.fixture
def dataset():
    return make_cards()


@pytest.fixture
def answer(dataset):
    return submit_answer(dataset)


@pytest.fixture
def member(dataset):
    return make_member(Role.REVIEWER, workspace=dataset.workspace)


@pytest.fixture
def reviewer(client, member):
    """The reviewer's browser."""
    client.force_login(member.user)
    return client


@pytest.fixture
def colleague(dataset):
    """The browser of a second reviewer."""
    client = Client()
    client.member = make_member(Role.REVIEWER, workspace=dataset.workspace)
    client.force_login(client.member.user)
    return client
