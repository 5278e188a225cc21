"""Sessions, read together with their person and memberships: one query says who asks and what they may.

Everything is read anew for every request, so signing out, a changed role, a removal or a new password takes
effect with the next one.
"""

from __future__ import annotations

from typing import Any, cast

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import UpdateError
from django.db import InterfaceError, OperationalError
from django.db.models import CharField, DateTimeField, F
from django.utils import timezone

from annotator.accounts.models import Membership, Session
from annotator.compiled import CompiledQuery, Given

MEMBERSHIPS = CompiledQuery(
    lambda: (
        Membership.objects.filter(
            user__sessions__session_key=Given("session", CharField()),
            user__sessions__expire_date__gt=Given("now", DateTimeField()),
        )
        .select_related("workspace", "user")
        .annotate(session_data=F("user__sessions__session_data"))
    )
)


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

    def save(self, must_create: bool = False) -> None:
        """Save it. Raises UpdateError when it was deleted meanwhile, else what the database says.

        Django's own says "deleted" for a busy database and a full disk too, which then is a 400.
        """
        try:
            super().save(must_create)
        except UpdateError as error:
            if isinstance(error.__context__, OperationalError | InterfaceError):
                raise error.__context__ from None
            raise

    def load(self) -> dict[str, Any]:
        """The session's data, along with `memberships`; one query, two for somebody in no workspace."""
        loaded = MEMBERSHIPS.instances(session=self.session_key, now=timezone.now())
        self.memberships = loaded
        return self.decode(loaded[0].session_data) if loaded else super().load()
