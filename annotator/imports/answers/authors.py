"""Whose answers a file holds: the members of the workspace by the names that it may give them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from annotator.accounts.models import Membership, User
from annotator.accounts.roles import Action
from annotator.datasets.models import Dataset
from annotator.errors import BadInput
from annotator.names import folded


class Authors:
    """The people who may label a dataset, read once, by user name, e-mail address and shown name."""

    def __init__(self, dataset: Dataset) -> None:
        self._people: dict[str, set[User]] = defaultdict(set)
        self.by_id: dict[str, User] = {}
        members = Membership.objects.filter(workspace=dataset.workspace_id).who_may(Action.LABEL)
        for member in members.select_related("user"):
            user = member.user
            self.by_id[str(user.pk)] = user
            for name in (user.get_username(), user.email, user.display_name):
                self._people[folded(name.strip())].add(user)
        self._people.pop("", None)  # who has no address: an empty cell names nobody

    def find(self, name: str, chosen: Mapping[str, str]) -> User:
        """Who is chosen for the name, by id; else who is called so. Raises BadInput for nobody or several."""
        if name in chosen:
            if chosen[name] not in self.by_id:
                raise BadInput(
                    f"Nobody is chosen for “{name}”: choose who it is, beside the column."
                )
            return self.by_id[chosen[name]]
        people = self._people.get(folded(name.strip()), set())
        if len(people) == 1:
            return next(iter(people))
        if people:
            raise BadInput(f"{len(people)} people in this workspace are called “{name}”.")
        raise BadInput(f"Nobody who labels in this workspace is called “{name}”.")

    def known(self, name: str) -> User | None:
        """The only one who is called so."""
        people = self._people.get(folded(name.strip()), set())
        return next(iter(people)) if len(people) == 1 else None
