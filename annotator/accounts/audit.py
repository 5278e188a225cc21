"""The audit trail: one event for each change that people may need to trace."""

from __future__ import annotations

from typing import Any

from annotator.accounts.models import AuditEvent, User, Workspace


def record(
    action: str,
    *,
    workspace: Workspace | None,
    by: User | None,
    target: Any = None,
    **detail: Any,
) -> AuditEvent:
    """Add an event. Call it inside the action's transaction, so that both are committed or neither.

    `action` is noun.verb ("task.train"); `target` any row; `detail` plain JSON without secrets.
    """
    return AuditEvent.objects.create(
        workspace=workspace,
        actor=by,
        action=action,
        object_id="" if target is None else str(target.pk),
        object_name="" if target is None else str(target)[:200],
        detail=detail,
    )
