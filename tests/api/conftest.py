"""A client that calls the API as a script does."""

import pytest

from annotator.accounts.models import Role
from tests.api.client import ApiCaller
from tests.factories import make_member, make_token

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(db):
    """An admin of a workspace."""
    return make_member(Role.ADMIN)


@pytest.fixture
def api(admin):
    """Calls as that admin, with a token of the widest scope."""
    return ApiCaller(make_token(admin))
