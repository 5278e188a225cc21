"""What waits for one person: comments, what came back to them, what only they may decide."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from annotator.accounts.models import Membership
from annotator.accounts.roles import Action, may
from annotator.annotation.models import Answer
from annotator.annotation.queries import returned_to
from annotator.comments.models import Mention
from annotator.comments.queries import waiting_for
from annotator.review.queries import awaiting

SHOWN = 50  # of each kind


@dataclass(frozen=True)
class WaitingWork:
    """What waits, the newest comments and the longest waiting answers first."""

    mentions: list[Mention]
    returned: list[Answer]
    disputed: list[Answer]

    @property
    def is_any(self) -> bool:
        """Whether anything waits."""
        return bool(self.mentions or self.returned or self.disputed)


def waiting_work(member: Membership) -> WaitingWork:
    """What waits for the member, at most SHOWN of each kind. Three queries."""
    returned = returned_to(member).order_by("returned_at")
    disputed: Any = ()
    if may(member, Action.REVIEW):
        disputed = awaiting(member).filter(first_reviewer__isnull=False).order_by("submitted_at")
        disputed = disputed.select_related("author", "first_reviewer", "sample__dataset")[:SHOWN]
    return WaitingWork(
        mentions=list(waiting_for(member)[:SHOWN]),
        returned=list(returned.select_related("sample__dataset")[:SHOWN]),
        disputed=list(disputed),
    )
