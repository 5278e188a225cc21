"""Whose figures they are: read when they are shown, because a name that is kept outlives the account."""

from __future__ import annotations

from typing import Any

from annotator.accounts.models import User


def names_of(people: Any) -> dict[int, str]:
    """The names of people by their id. One query."""
    return {user.pk: user.display_name for user in User.objects.filter(pk__in=people)}
