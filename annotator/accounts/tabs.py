"""The tabs above the pages about people and access."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from annotator.accounts.permissions import Action, may
from annotator.accounts.requests import MemberRequest

TABS = [
    ("accounts:profile", "Your account", Action.OWN_PROFILE),
    ("notifications:choices", "Notifications", Action.OWN_PROFILE),
    ("accounts:tokens", "API tokens", Action.OWN_TOKENS),
    ("accounts:team", "Team", Action.MANAGE_PEOPLE),
    ("accounts:audit", "Audit trail", Action.READ_AUDIT),
]


@dataclass(frozen=True)
class Tab:
    """One page; `is_here` when it is the page that is being rendered."""

    url: str
    label: str
    is_here: bool


def tabs_for(request: MemberRequest) -> list[Tab]:
    """The pages that the member's role opens."""
    opened = [(reverse(name), label) for name, label, action in TABS if may(request.member, action)]
    return [Tab(url, label, is_here=request.path == url) for url, label in opened]
