"""Rows for tests: plain functions, every argument optional; each room adds its own."""

from __future__ import annotations

from itertools import count

from annotator.accounts import actions
from annotator.accounts.models import Membership, Role, Scope, User, Workspace
from annotator.connections import actions as connections

PASSWORD = "correct horse battery"

numbers = count(1)


def make_user(*, username=None, password=PASSWORD, **fields):
    """A person in no workspace."""
    username = username or f"person-{next(numbers)}"
    return User.objects.create_user(username=username, password=password, **fields)


def make_workspace(*, name=None):
    """A workspace without members."""
    return Workspace.objects.create(name=name or f"Workspace {next(numbers)}")


def make_member(role=Role.ANNOTATOR, *, workspace=None, user=None):
    """A person in a workspace (`.user`, `.workspace`), both made when not given."""
    return Membership.objects.create(
        user=user or make_user(), workspace=workspace or make_workspace(), role=role
    )


def make_token(member=None, *, scope=Scope.MANAGE, **fields):
    """The plain text of a new API token of this member (an admin when not given)."""
    member = member or make_member(Role.ADMIN)
    _, plain = actions.create_token(member, name="script", scope=scope, **fields)
    return plain


def make_remote(server=None, *, workspace=None, token=None):
    """A connected remote: that of a FaultRemote, or one that nobody calls."""
    return connections.connect(
        workspace or make_workspace(),
        name="The remote",
        base_url=server.url if server else "https://remote.example",
        token=token or (server.token if server else "some-token-1234567890"),
        by=None,
    )
