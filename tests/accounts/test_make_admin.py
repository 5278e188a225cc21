"""The command that makes the first admin."""

import pytest
from django.core.management import CommandError, call_command

from annotator.accounts.models import Membership, Role, User
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def test_it_makes_an_account_that_is_admin_of_a_new_workspace(monkeypatch):
    monkeypatch.setenv("ANNOTATOR_ADMIN_PASSWORD", "plain-mango-river")

    call_command("make_admin", username="ada", workspace="Cards", verbosity=0)

    membership = Membership.objects.select_related("user", "workspace").get()
    assert (membership.role, membership.workspace.name) == (Role.ADMIN, "Cards")
    assert membership.user.username == "ada"
    assert membership.user.check_password("plain-mango-river")


@pytest.mark.parametrize("password", ["", "admin", "12345678", "password"])
def test_a_missing_or_weak_password_makes_nothing(monkeypatch, password):
    monkeypatch.setenv("ANNOTATOR_ADMIN_PASSWORD", password)

    with pytest.raises(CommandError):
        call_command("make_admin")

    assert not User.objects.exists()


def test_a_name_that_is_taken_is_refused(monkeypatch):
    make_user(username="admin")
    monkeypatch.setenv("ANNOTATOR_ADMIN_PASSWORD", "plain-mango-river")

    with pytest.raises(CommandError, match="already"):
        call_command("make_admin")

    assert not Membership.objects.exists()
