"""What happens to somebody's work in a workspace when they leave it, or can't sign in any more."""

from __future__ import annotations

from collections.abc import Callable

from annotator.accounts.models import User, Workspace

# Give the person's unfinished work to those who stay; a room appends its own when Django starts.
RELEASERS: list[Callable[[Workspace, User], None]] = []


def release_work(workspace: Workspace, user: User) -> None:
    """Let others do what the person was to do. Within the transaction in which they leave."""
    for release in RELEASERS:
        release(workspace, user)
