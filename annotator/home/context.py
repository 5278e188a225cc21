"""What the frame around every page needs: where one is, where one can go, what waits there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from annotator.accounts.models import Membership, Workspace
from annotator.accounts.permissions import Action, may
from annotator.annotation.models import Answer
from annotator.datasets.models import Sample

COUNTED_AT_MOST = 1000  # beyond it the exact number helps nobody, and counting it would cost


@dataclass(frozen=True)
class Place:
    """One entry of the navigation. `count` is what waits there for this person."""

    url: str
    label: str
    icon: str
    current: bool
    count: int


def to_label(member: Membership) -> int:
    """Samples that wait for the member's answer: unlabeled, or returned to them (one query)."""
    returned = Answer.objects.filter(
        sample=OuterRef("pk"), author=member.user_id, state=Answer.State.RETURNED
    )
    waiting = Sample.objects.visible_to(member).filter(
        Q(state=Sample.State.UNLABELED) | Q(Exists(returned), state=Sample.State.RETURNED)
    )
    return waiting.order_by()[:COUNTED_AT_MOST].count()


def to_review(member: Membership) -> int:
    """Samples with an answer that nobody has judged (one query)."""
    return Sample.objects.visible_to(member).awaiting_review().order_by()[:COUNTED_AT_MOST].count()


# (name of the address, label, icon, what one must be able to do, what waits there)
PLACES: list[tuple[str, str, str, Action, Callable[[Membership], int] | None]] = [
    ("home:home", "Home", "house", Action.READ, None),
    ("datasets:list", "Datasets", "images", Action.READ, None),
    ("annotation:start", "Label", "tags", Action.LABEL, to_label),
    ("review:start", "Review", "square-check", Action.REVIEW, to_review),
    ("training:tasks", "Tasks", "brain", Action.READ, None),
    ("connections:list", "Remotes", "server", Action.SEE_SYNC, None),
    ("push:deliveries", "Deliveries", "cloud-upload", Action.SEE_SYNC, None),
    ("accounts:team", "Team", "users", Action.MANAGE_PEOPLE, None),
    ("api:docs", "API docs", "file-text", Action.READ, None),
]


def navigation(request: HttpRequest, member: Membership) -> list[Place]:
    """The places that the member's role opens, with at most two queries."""
    places = []
    for name, label, icon, action, waiting in PLACES:
        if not may(member, action):
            continue
        url = reverse(name)
        is_here = request.path == url if url == "/" else request.path.startswith(url)
        places.append(Place(url, label, icon, is_here, waiting(member) if waiting else 0))
    return places


def shell(request: HttpRequest) -> dict[str, Any]:
    """The member's workspace and role, the workspaces to switch to, the theme, the navigation.

    What costs a query is found when a template first asks for it: a part drawn alone asks for nothing.
    """
    member = getattr(request, "member", None)
    theme = request.COOKIES.get("theme", "auto")
    shell: dict[str, Any] = {
        "member": member,
        "theme": theme if theme in {"light", "dark"} else "auto",
        "nav": [],
        "workspaces": [],
    }
    if member is not None:
        shell |= {
            "workspace": member.workspace,
            "role": member.get_role_display(),
            "workspaces": Workspace.objects.filter(memberships__user=member.user_id),
            "nav": SimpleLazyObject(lambda: navigation(request, member)),
        }
    return shell
