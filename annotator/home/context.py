"""What the frame around every page needs: where one is, where one can go, what waits there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from annotator.accounts.models import Membership, Workspace
from annotator.accounts.permissions import Action, may
from annotator.accounts.requests import HttpRequest
from annotator.annotation.queries import FiguresByDataset, figures, left_by_dataset
from annotator.annotation.work import COUNTED_AT_MOST
from annotator.review.queries import left_by_dataset as answers_left


@dataclass(frozen=True)
class NavigationEntry:
    """One entry of the navigation. `count` is what waits there for this person."""

    url: str
    label: str
    icon: str
    current: bool
    count: int


def to_label(member: Membership, counted: FiguresByDataset) -> int:
    """Samples that the member is asked to label, COUNTED_AT_MOST for more."""
    left = left_by_dataset(member, counted).values()
    return min(sum(each["fresh"] + each["returned"] for each in left), COUNTED_AT_MOST)


def to_review(member: Membership, counted: FiguresByDataset) -> int:
    """Answers that await the member's verdict, COUNTED_AT_MOST for more."""
    return min(sum(answers_left(member, counted).values()), COUNTED_AT_MOST)


# (name of the address, label, icon, what one must be able to do, what waits there)
Waiting = Callable[[Membership, FiguresByDataset], int]
ENTRIES: list[tuple[str, str, str, Action, Waiting | None]] = [
    ("home:home", "Home", "house", Action.READ, None),
    ("home:waiting", "For you", "inbox", Action.LABEL, None),
    ("datasets:list", "Datasets", "images", Action.READ, None),
    ("annotation:start", "Label", "tags", Action.LABEL, to_label),
    ("review:start", "Review", "square-check", Action.REVIEW, to_review),
    ("training:tasks", "Tasks", "brain", Action.READ, None),
    ("connections:list", "Remotes", "server", Action.SEE_SYNC, None),
    ("push:deliveries", "Deliveries", "cloud-upload", Action.SEE_SYNC, None),
    ("accounts:team", "Team", "users", Action.MANAGE_PEOPLE, None),
    ("home:system", "System", "activity", Action.SEE_SYSTEM, None),
    ("api:docs", "API docs", "file-text", Action.READ, None),
]

# Rooms, and single pages, that are reached from a dataset: they are within "Datasets".
WITHIN_DATASETS = {
    "assignments",
    "comments",
    "disagreements",
    "exports",
    "figures",
    "gold",
    "guidelines",
    "history",
    "imports",
    "predictions",
    "suggestions",
    "annotation:asking",
}


OF_PEOPLE = {"figures:own", "figures:person"}  # within no entry


def navigation(
    request: HttpRequest, member: Membership, counted: FiguresByDataset | None = None
) -> list[NavigationEntry]:
    """The entries that the member's role opens; one query, none with the member's `counted` figures."""
    entries = []
    counted = figures(member) if counted is None else counted
    here = _entry_address(request)
    for name, label, icon, action, waiting in ENTRIES:
        if not may(member, action):
            continue
        url = reverse(name)
        is_here = here == url if url == "/" else here.startswith(url)
        count = waiting(member, counted) if waiting else 0
        entries.append(NavigationEntry(url, label, icon, is_here, count))
    return entries


def bell(request: HttpRequest, member: Membership) -> NavigationEntry:
    """The member's notifications with how many are unread."""
    url = reverse("notifications:list")
    is_here = request.path.startswith(url)
    return NavigationEntry(url, "Notifications", "bell", is_here, member.unread)


def _entry_address(request: HttpRequest) -> str:
    """The page's address, or that of the entry within which it is."""
    match = request.resolver_match
    if match is None or match.view_name in OF_PEOPLE:
        return request.path
    within = {match.app_name, match.view_name} & WITHIN_DATASETS
    return reverse("datasets:list") if within else request.path


def workspaces(request: HttpRequest) -> list[Workspace]:
    """Those to switch to, by name; read with the session."""
    mine = (each.workspace for each in request.memberships)
    return sorted(mine, key=lambda each: (each.name.casefold(), each.pk))


def shell(request: HttpRequest) -> dict[str, Any]:
    """The member's workspace and role, the workspaces to switch to, the theme, the navigation.

    What costs a query is evaluated when a template first uses it: a part rendered alone uses nothing.
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
            "workspaces": workspaces(request),
            "nav": SimpleLazyObject(lambda: navigation(request, member)),
            "bell": bell(request, member),
        }
    return shell
