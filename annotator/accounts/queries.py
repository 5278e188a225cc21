"""Reads for the pages about the team and the audit trail."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from annotator.accounts.models import AuditEvent, Membership, Role, User, Workspace
from annotator.errors import BadInput
from annotator.paging import KeysetPage, keyset_page

AUDIT_PAGE_SIZE = 50


@dataclass(frozen=True)
class TeamRow:
    """One member as the team page shows them."""

    membership: Membership
    is_me: bool
    is_last_admin: bool  # then neither role nor membership can change
    can_deactivate: bool  # only who is admin wherever the person is


def team_rows(member: Membership) -> list[TeamRow]:
    """The members of the workspace, active ones first, then by name (three queries)."""
    memberships = list(Membership.objects.visible_to(member).select_related("user"))
    admins = {row.user_id for row in memberships if row.role == Role.ADMIN and row.user.is_active}
    theirs = Membership.objects.filter(user__in=[row.user_id for row in memberships])
    elsewhere = set(theirs.not_administered_by(member.user_id).values_list("user_id", flat=True))
    memberships.sort(key=lambda row: (not row.user.is_active, row.user.display_name.casefold()))
    return [
        TeamRow(
            row,
            is_me=row.user_id == member.user_id,
            is_last_admin=admins == {row.user_id},
            can_deactivate=row.user_id not in elsewhere and row.user_id != member.user_id,
        )
        for row in memberships
    ]


def audit_people(member: Membership) -> list[User]:
    """Everybody with an event in the workspace's audit trail, by name."""
    actors = AuditEvent.objects.visible_to(member).order_by().values("actor").distinct()
    return sorted(User.objects.filter(pk__in=actors), key=lambda user: user.display_name.casefold())


def audit_actions(member: Membership) -> list[str]:
    """Every action in the workspace's audit trail."""
    names = AuditEvent.objects.visible_to(member).order_by().values_list("action", flat=True)
    return sorted(names.distinct())


PAST_TENSE = {
    "create": "created",
    "add": "added",
    "update": "changed",
    "change": "changed",
    "rename": "renamed",
    "role": "changed the role of",
    "email": "changed the e-mail of",
    "password": "changed the password of",
    "delete": "deleted",
    "remove": "removed",
    "revoke": "revoked",
    "activate": "activated",
    "deactivate": "deactivated",
    "upload": "uploaded",
    "start": "started",
    "cancel": "cancelled",
    "pause": "paused",
    "resume": "resumed",
    "train": "trained",
    "connect": "connected",
    "move": "moved",
    "reopen": "re-opened",
    "approve": "approved",
    "return": "returned",
    "dispute": "disputed the return of",
    "close": "closed",
    "restore": "restored",
    "accept_field": "accepted a returned field of",
    "resolve": "resolved",
    "retry": "retried",
    "assign": "assigned",
    "take_back": "took back",
    "hand_over": "handed over",
    "due": "changed the last day of",
    "retry_images": "fetched missing pictures again of",
    "production": "chose the production version of",
}


def action_text(action: str) -> str:
    """ "dataset.create" as text: "created dataset"; a verb without a past tense stays as it is."""
    noun, _, verb = action.partition(".")
    return f"{PAST_TENSE.get(verb, verb.replace('_', ' '))} {noun.replace('_', ' ')}".strip()


def details(detail: dict[str, Any]) -> list[tuple[str, str]]:
    """An event's detail as (name, text); of a row before and after only the fields that differ."""
    pairs = [
        (key, value_text(value))
        for key, value in detail.items()
        if value or (value == 0 and value is not False)
    ]
    before, after = detail.get("before"), detail.get("after")
    if isinstance(before, dict) and isinstance(after, dict):
        pairs = [pair for pair in pairs if pair[0] not in {"before", "after"}]
        pairs += [
            (key, f"{value_text(before.get(key))} → {value_text(after.get(key))}")
            for key in dict.fromkeys([*before, *after])
            if before.get(key) != after.get(key)
        ]
    return [(key.replace("_", " "), text) for key, text in pairs]


def value_text(value: Any) -> str:
    """A value of the audit trail as text; lists and objects as JSON."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    return "nothing" if value is None or value == "" else str(value)


@dataclass(frozen=True)
class AuditLine:
    """One event, in text."""

    event: AuditEvent
    who: str
    did: str
    details: list[tuple[str, str]]


@dataclass(frozen=True)
class AuditPage:
    """Lines, newest first, and the cursors of the pages before and after."""

    lines: list[AuditLine]
    keyset: KeysetPage[AuditEvent]


def audit_page(
    member: Membership, *, person: str = "", action: str = "", cursor: str | None = None
) -> AuditPage:
    """One page of the workspace's audit trail, newest first."""
    events = AuditEvent.objects.visible_to(member).select_related("actor")
    if person:
        events = events.filter(actor_id=int(person))
    if action:
        events = events.filter(action=action)
    page = keyset_page(
        events,
        order=("created_at", "id"),
        cursor=cursor,
        size=AUDIT_PAGE_SIZE,
        newest_first=True,
    )
    lines = [
        AuditLine(
            event,
            who=event.actor.display_name if event.actor else "The system",
            did=action_text(event.action),
            details=details(event.detail),
        )
        for event in page.rows
    ]
    return AuditPage(lines, page)


def workspace_named(name: str | None) -> Workspace:
    """The workspace of this name, for commands; the only one without a name. Raises BadInput."""
    workspaces = Workspace.objects.all()
    if name:
        workspaces = workspaces.filter(name=name)
    if len(workspaces) != 1:
        names = ", ".join(workspaces.values_list("name", flat=True)) or "none of that name"
        raise BadInput(f"Name one workspace with --workspace ({names}).")
    return workspaces[0]
