"""What the tests of this room share."""

import pytest
from django.test import Client


@pytest.fixture
def client_of():
    """A browser of its own for a person (None: for nobody); call it for each."""

    def make(user, **options):
        client = Client(**options)
        if user is not None:
            client.force_login(user)
        return client

    return make
