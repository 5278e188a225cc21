"""Sessions, read together with their person and memberships: one query says who asks and what they may.

Everything is read anew for every request, so signing out, a changed role, a removal or a new password takes
effect with the next one.
"""

from __future__ import annotations

from typing import Any, cast

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db
from django.db.models import F
from django.utils import timezone

from annotator.accounts.models import Membership, Session


class SessionStore(db.SessionStore):
    """Django's sessions in the database, in a table that knows whose they are."""

    # Those of the session's person; None until it is loaded, and for somebody in no workspace.
    memberships: list[Membership] | None = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        """The table."""
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        """The row to be saved, with the person who is signed in."""
        row = cast(Session, super().create_model_instance(data))
        row.user_id = data.get(SESSION_KEY)
        return row

    def load(self) -> dict[str, Any]:
        """The session's data, along with `memberships`; one query, two for somebody in no workspace."""
        memberships = Membership.objects.filter(
            user__sessions__session_key=self.session_key,
            user__sessions__expire_date__gt=timezone.now(),
        )
        loaded = memberships.select_related("workspace", "user").annotate(
            session_data=F("user__sessions__session_data")
        )
        self.memberships = [*loaded]
        return self.decode(loaded[0].session_data) if loaded else super().load()
