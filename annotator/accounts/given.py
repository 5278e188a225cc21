"""Who asks, in a compiled query: `visible_to(GIVEN_MEMBER)`, and the member when it runs."""

from __future__ import annotations

from typing import Any

from django.db.models import BigIntegerField, UUIDField

from annotator.accounts.models import Membership
from annotator.accounts.roles import Action, Role, may
from annotator.compiled import CompiledQuery, Given

_workspace: Any = Given("workspace", UUIDField())
GIVEN_MEMBER = Membership(role=Role.ADMIN, workspace_id=_workspace)
GIVEN_MEMBER.tested_id = Given("tested", BigIntegerField())


def visible_rows(query: CompiledQuery, member: Membership, **given: Any) -> list[tuple[Any, ...]]:
    """The rows of a query that was composed with GIVEN_MEMBER; none for a member who may not read."""
    if not may(member, Action.READ):
        return []
    return query.rows(workspace=member.workspace_id, tested=member.tested_id, **given)


def visible_instances(query: CompiledQuery, member: Membership, **given: Any) -> list[Any]:
    """The same as instances."""
    if not may(member, Action.READ):
        return []
    return query.instances(workspace=member.workspace_id, tested=member.tested_id, **given)
