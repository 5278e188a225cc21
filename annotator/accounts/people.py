"""The names of people, for files that name them again and again."""

from __future__ import annotations

from annotator.accounts.models import User


class People:
    """The names of people, each read once."""

    def __init__(self) -> None:
        self._names: dict[int, str] = {}

    def name(self, user: int | str) -> str:
        """By a person's id; a snapshot has the name itself at hand."""
        if isinstance(user, str):
            return user
        if user not in self._names:
            person = User.objects.filter(pk=user).first()
            self._names[user] = person.display_name if person else ""
        return self._names[user]
